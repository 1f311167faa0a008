import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, expectTypeOf, test } from 'vitest'
import { compileCondition } from '../../src/query/compileCondition.js'
import { type Filter, type PathOf, type Projection, path, type Sort } from '../../src/query/Filter.js'
import { parseFilter } from '../../src/query/parseFilter.js'

type Id = string & { readonly brand: 'id' }

interface Line {
  sku: string
  count: number
  notes?: string[]
}

interface Order {
  id: Id
  state: 'open' | 'closed'
  total: number
  paid: boolean
  when: Date
  shipped?: Date | null
  note?: string
  size: number | string
  tags: string[]
  lines: readonly Line[]
  address: { city: string; geo?: { lat: number; lon: number; deep: { er: string } } } | null
  parent?: Order
  meta: unknown
  labels: Record<string, string>
}

/** Statements that the type checker reads; nothing runs them. */
function types(_: () => void): void {}

describe('a typed filter', () => {
  test('accepts what its entity has', () => {
    types(() => {
      const filters: Filter<Order>[] = [
        null,
        undefined,
        {},
        { state: 'open', total: 5, paid: true, note: 'x', when: new Date() },
        { total: undefined, $or: undefined, note: { $gt: undefined } },
        { note: null, shipped: null, total: { $in: [1, 2, null] } },
        { total: { $gte: 1, $lt: 10, $not: { $eq: 5 } }, state: { $ne: 'open', $startsWith: 'o' } },
        { when: { $gt: new Date(), $lte: '2024-01-01T00:00:00.000Z' }, shipped: { $exists: false } },
        { size: { $gt: 'a', $lt: 5 } },
        { tags: { $all: ['a'], $size: 2, $elemMatch: { $startsWith: 'a' } } },
        { lines: { $elemMatch: { sku: 'a', count: { $gt: 1 }, $or: [{ count: 1 }] } } },
        { lines: { $elemMatch: { notes: { $elemMatch: { $eq: 'x' } } } } },
        { 'address.city': 'Rome', 'address.geo.lat': { $gt: 5 }, address: null, parent: { $exists: true } },
        { 'parent.parent.total': 5, 'parent.address.city': { $icontains: 'ro' } },
        { meta: 5, 'meta.any': { $gt: 5 }, 'labels.colour': 'red' },
        { $and: [{ total: 1 }, undefined, { $nor: [{ total: 2 }] }], $not: { total: 3 } },
        { ...path('parent.parent.parent.total', { $gt: 5 }), total: 1 },
        (order) => order.total > 5,
      ]
      return filters
    })
    expect(
      compileCondition(parseFilter(path('a.b.c.d', { $gt: 5 })).condition)({ a: { b: { c: { d: 6 } } } }),
    ).toBe(true)
  })

  test('refuses a misspelt field, operator or operand', () => {
    types(() => {
      const f = (_: Filter<Order>) => {}
      // @ts-expect-error no such field
      f({ totl: 5 })
      // @ts-expect-error no such nested field
      f({ 'address.town': 'Rome' })
      // @ts-expect-error no such field on the third level
      f({ 'address.geo.height': 5 })
      // @ts-expect-error no such operator
      f({ total: { $gtt: 5 } })
      // @ts-expect-error no such logical operator
      f({ $xor: [] })
      // @ts-expect-error a string is not a number
      f({ total: '5' })
      // @ts-expect-error not one of the states
      f({ state: 'opn' })
      // @ts-expect-error a range of another type
      f({ total: { $gt: 'a' } })
      // @ts-expect-error booleans have no order
      f({ paid: { $gt: 'a' } })
      // @ts-expect-error objects have no order
      f({ address: { $gt: 'a' } })
      // @ts-expect-error null has no order
      f({ total: { $gt: null } })
      // @ts-expect-error text operators are for text
      f({ total: { $contains: '5' } })
      // @ts-expect-error a scalar condition never matches an array
      f({ tags: 'a' })
      // @ts-expect-error elements are strings
      f({ tags: { $all: [5] } })
      // @ts-expect-error array operators are for arrays
      f({ note: { $size: 5 } })
      // @ts-expect-error no such field in an element
      f({ lines: { $elemMatch: { skuu: 'a' } } })
      // @ts-expect-error a misspelt field in a branch
      f({ $or: [{ totl: 5 }] })
      // @ts-expect-error an object is not an operand
      f({ address: { city: 'Rome' } })
      // @ts-expect-error a list of another type
      f({ total: { $in: ['a'] } })
      // @ts-expect-error not a filter
      f('total = 5')
      // @ts-expect-error a boolean is asked for
      f({ note: { $exists: 1 } })
      // @ts-expect-error deeper paths go through path()
      f({ 'parent.parent.parent.total': 5 })
      // @ts-expect-error no such operator in path() either
      f({ ...path('a.b.c.d', { $gtt: 5 }) })
    })
  })

  test('of an entity without known fields takes any path', () => {
    types(() => {
      const loose: Filter<unknown>[] = [{ a: 1, 'b.c': { $gt: 5 }, $or: [{ x: { $elemMatch: { y: 1 } } }] }]
      // biome-ignore lint/suspicious/noExplicitAny: entities of type any exist
      const any: Filter<any>[] = [{ a: 1, $not: { b: 'x' } }, (item) => item.a]
      const record: Filter<Record<string, number>>[] = [{ a: 1, b: { $gt: 5 } }]
      const indexed: Filter<{ id: string; [name: string]: unknown }>[] = [{ id: 'x', more: 5 }]
      return [loose, any, record, indexed]
    })
  })

  test('of a union takes the fields of every member', () => {
    types(() => {
      type Shape = { kind: 'circle'; radius: number } | { kind: 'square'; side: number }
      const filters: Filter<Shape>[] = [{ kind: 'circle', radius: 5 }, { side: { $gt: 1 } }]
      // @ts-expect-error no member has it
      const wrong: Filter<Shape> = { width: 5 }
      return [filters, wrong]
    })
  })

  test('of a generic entity inside a class can be handed on', () => {
    types(() => {
      class Base<T> {
        list(_: Filter<T>): void {}
        all() {
          this.list(null)
          this.list((item) => item !== null)
        }
      }
      ;new (class extends Base<Order> {
        open() {
          this.list({ state: 'open' })
        }
      })().open()
    })
  })
})

test('sorts and projections know the fields', () => {
  types(() => {
    const sorts: Sort<Order>[] = [
      null,
      { total: 1, 'address.city': -1 },
      [{ name: 'x', ascending: true }],
      (o) => o.total,
    ]
    const fields: Projection<Order>[] = [null, ['id', 'address.city'], []]
    // @ts-expect-error no such field
    const wrongSort: Sort<Order> = { totl: 1 }
    // @ts-expect-error directions are 1 and -1
    const wrongDirection: Sort<Order> = { total: 2 }
    // @ts-expect-error a comparator is not a key extractor
    const comparator: Sort<Order> = (a: Order, b: Order) => a.total - b.total
    // @ts-expect-error no such field
    const wrongField: Projection<Order> = ['totl']
    return [sorts, fields, wrongSort, wrongDirection, comparator, wrongField]
  })
  expectTypeOf<'address.geo.lat'>().toExtend<PathOf<Order>>()
  expectTypeOf<'parent.parent.id'>().toExtend<PathOf<Order>>()
  expectTypeOf<'tags.length'>().not.toExtend<PathOf<Order>>()
  expectTypeOf<'when.getTime'>().not.toExtend<PathOf<Order>>()
})

test('an entity that holds itself costs the type checker a bounded effort', () => {
  // Instantiations, not time: they are the same on every machine.
  const few = instantiations(1)
  const many = instantiations(30)
  expect(many).toBeGreaterThan(few)
  expect(many).toBeLessThan(few + 5000)
})

/** Instantiations that checking filters of an entity with itself under `selves` names takes. */
function instantiations(selves: number): number {
  const root = new URL('../..', import.meta.url).pathname
  const folder = mkdtempSync(join(tmpdir(), 'filter-types-'))
  try {
    const fields = Array.from({ length: selves }, (_, i) => `self${i}?: Node`).join('; ')
    writeFileSync(
      join(folder, 'entity.ts'),
      `import type { Filter } from '${root}src/query/Filter.js'
       interface Node { id: string; at: Date; list: Node[]; ${fields} }
       export const filter: Filter<Node> = { id: 'x', 'self0.self0.at': { $gt: new Date() } }`,
    )
    const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc')
    const flags = '--noEmit --strict --target ES2022 --module preserve --extendedDiagnostics'
    const report = execFileSync(process.execPath, [tsc, ...flags.split(' '), join(folder, 'entity.ts')], {
      cwd: folder,
      encoding: 'utf8',
    })
    return Number(/Instantiations:\s+(\d+)/.exec(report)?.[1])
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
