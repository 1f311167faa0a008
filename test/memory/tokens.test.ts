import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { IndexFields } from '../../src/core/indexDefinition.js'
import { FilterParams, TokenizedPagingParams } from '../../src/data/index.js'
import { IdentifiableMemoryPersistence } from '../../src/memory/IdentifiableMemoryPersistence.js'
import { MemoryPersistence } from '../../src/memory/MemoryPersistence.js'
import type { Filter } from '../../src/query/Filter.js'
import { FakeLog } from './FakeLog.js'

interface Row {
  id: string | number | boolean
  a?: unknown
  b?: unknown
  n?: number
}

class Rows extends IdentifiableMemoryPersistence<Row, Row['id']> {
  get items(): Row[] {
    return this._items
  }
}

const value = fc.constantFrom<unknown>(0, 1, 2, 'p', 'q', null, undefined, true, Number.NaN)
const id = fc.oneof(
  fc.integer({ min: 0, max: 40 }),
  fc.constantFrom('a', 'b', 'cc', true, false, '\u{1f600}'),
)
const row: fc.Arbitrary<Row> = fc.record({ id, a: value, b: value, n: fc.nat(9) }) as fc.Arbitrary<Row>

type Write =
  | { readonly do: 'set'; readonly row: Row }
  | { readonly do: 'delete'; readonly id: Row['id'] }
  | { readonly do: 'touch'; readonly at: number; readonly n: number }
  | { readonly do: 'deleteByFilter'; readonly a: unknown }
  | { readonly do: 'expose' }

const write: fc.Arbitrary<Write> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('set' as const), row }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('delete' as const), id }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('touch' as const), at: fc.nat(), n: fc.nat(9) }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('deleteByFilter' as const), a: fc.constantFrom(0, 'p', true) }),
  },
  { weight: 1, arbitrary: fc.constant({ do: 'expose' as const }) },
)

const sort = fc.constantFrom<Record<string, 1 | -1> | null>(
  null,
  { a: 1 },
  { a: -1 },
  { a: 1, b: -1 },
  { b: -1, a: -1 },
  { id: -1 },
  { a: 1, id: -1 },
)
const filter = fc.constantFrom<Filter<Row> | null>(
  null,
  { a: 0 },
  { a: 'p' },
  { b: 1 },
  { a: 2, b: { $gte: 0 } },
  { a: { $in: [0, 1] } },
)
const indexes = fc.constantFrom<readonly IndexFields[]>(
  [],
  [{ a: 1 }],
  [{ a: 1, b: -1 }],
  [{ a: -1, b: 1 }, { b: 1 }, { b: 1, a: 1 }],
)

async function write1(rows: Rows, change: Write): Promise<void> {
  if (change.do === 'set') await rows.set(null, change.row)
  else if (change.do === 'delete') await rows.deleteById(null, change.id)
  else if (change.do === 'deleteByFilter') await rows.deleteByFilter(null, { a: change.a } as never)
  else if (change.do === 'expose') rows.items.reverse()
  else {
    const all = await rows.getListByFilter(null, null)
    const target = all[change.at % all.length]
    // A field that no sort asks for.
    if (target !== undefined) await rows.updatePartially(null, target.id, { n: change.n })
  }
}

/** The sort fields and the filter's field, which must not change for an item to count as staying in place. */
const placeOf = (each: Row) =>
  JSON.stringify([each.a === undefined ? null : String(each.a), typeof each.a, String(each.b)])

describe('pages by token while others write', () => {
  test('an item that is there throughout and keeps its sort fields is seen exactly once', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(row, { selector: (each) => each.id, maxLength: 40 }),
        fc.array(fc.array(write, { maxLength: 5 }), { maxLength: 25 }),
        filter,
        sort,
        indexes,
        fc.integer({ min: 1, max: 5 }),
        async (start, rounds, wanted, order, definitions, take) => {
          const rows = new Rows()
          for (const definition of definitions) rows.ensureIndex(definition)
          await rows.createMany(null, start)
          // Those without an index; who has been there, in its place, from the start until now.
          const model = new Rows()
          await model.createMany(null, start)
          const matching = await model.getListByFilter(null, wanted)
          const steady = new Map(matching.map((each) => [each.id, placeOf(each)]))
          // How many places an item has taken, which is how often it may be seen.
          const places = new Map<Row['id'], number>(start.map((each) => [each.id, 1]))
          const seen: Row['id'][] = []
          let token: string | null = null
          let round = 0
          do {
            const page: { data: Row[]; token: string | null } = await rows.getPageByToken(
              null,
              wanted,
              new TokenizedPagingParams(token, take),
              order,
            )
            seen.push(...page.data.map((each) => each.id))
            token = page.token
            // A page that does not get on would never end.
            expect(round).toBeLessThan(300)
            for (const change of rounds[round++] ?? []) {
              await write1(rows, change)
              const now = new Map(
                (await rows.getListByFilter(null, null)).map((each) => [each.id, placeOf(each)]),
              )
              for (const [each, place] of steady) if (now.get(each) !== place) steady.delete(each)
              if (change.do === 'set') places.set(change.row.id, (places.get(change.row.id) ?? 0) + 1)
            }
          } while (token !== null)
          for (const each of steady.keys()) expect(seen.filter((one) => one === each)).toHaveLength(1)
          for (const each of new Set(seen))
            expect(seen.filter((one) => one === each).length).toBeLessThanOrEqual(places.get(each)!)
        },
      ),
      { numRuns: 500 },
    )
  })
})

test('pages by token along an index whose first field the filter gives are the list, cut in pieces', async () => {
  const few = fc.constantFrom(0, 1, 2, 'p', null)
  const direction = fc.constantFrom<1 | -1>(1, -1)
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(few, few), { maxLength: 40 }),
      fc.tuple(direction, direction, direction),
      fc.integer({ min: 1, max: 5 }),
      async (values, [first, second, order], take) => {
        const rows = new Rows()
        rows.ensureIndex({ a: first, b: second })
        await rows.createMany(
          null,
          values.map(([a, b], id) => ({ id, a, b })),
        )
        const filter = { a: 1 }
        const sort = { b: order }
        const seen: Row[] = []
        let token: string | null = null
        do {
          const paging = new TokenizedPagingParams(token, take)
          const page: { data: Row[]; token: string | null } = await rows.getPageByToken(
            null,
            filter,
            paging,
            sort,
          )
          seen.push(...page.data)
          token = page.token
        } while (token !== null)
        expect(seen).toEqual(await rows.getListByFilter(null, filter, sort))
      },
    ),
    { numRuns: 300 },
  )
})

describe('a token', () => {
  const FILTER = { a: { $gte: 0 } }
  const SORT = { a: 1, b: -1 } as const

  async function rows(count = 9): Promise<Rows> {
    const made = new Rows()
    await made.createMany(
      null,
      Array.from({ length: count }, (_, i) => ({ id: `r${i}`, a: i % 3, b: i })),
    )
    return made
  }

  async function firstToken(of: Rows): Promise<string> {
    const page = await of.getPageByToken(null, FILTER, new TokenizedPagingParams(null, 2), SORT)
    return page.token!
  }

  const next = (of: Rows, token: unknown, filter: object | null = FILTER, order: object | null = SORT) =>
    of.getPageByToken(null, filter as never, { token, take: 2 } as never, order as never)

  const refused = { code: 'INVALID_TOKEN', status: 400 }

  test('any change to any of its characters is refused', async () => {
    const store = await rows()
    const token = await firstToken(store)
    for (let i = 0; i < token.length; i++) {
      const other = token[i] === 'A' ? 'B' : 'A'
      await expect(next(store, token.slice(0, i) + other + token.slice(i + 1))).rejects.toMatchObject(refused)
    }
  })

  test('cut short, lengthened, doubled or made up, it is refused', async () => {
    const store = await rows()
    const token = await firstToken(store)
    for (let i = 1; i < token.length; i++)
      await expect(next(store, token.slice(0, i))).rejects.toMatchObject(refused)
    for (const made of [
      `${token}A`,
      `${token}=`,
      ` ${token}`,
      token + token,
      'x',
      '10',
      '{}',
      '\0',
      'ÄÖ',
      'A'.repeat(9999),
    ])
      await expect(next(store, made)).rejects.toMatchObject(refused)
    for (const made of [5, {}, [token], true]) await expect(next(store, made)).rejects.toMatchObject(refused)
  })

  test('of another filter, sort or component it is refused', async () => {
    const store = await rows()
    const token = await firstToken(store)
    class Others extends Rows {}
    await expect(next(store, token, { a: { $gte: 1 } })).rejects.toMatchObject(refused)
    await expect(next(store, token, null)).rejects.toMatchObject(refused)
    await expect(next(store, token, FILTER, { a: 1 })).rejects.toMatchObject(refused)
    await expect(next(store, token, FILTER, { a: 1, b: 1 })).rejects.toMatchObject(refused)
    await expect(next(store, token, FILTER, { b: -1, a: 1 })).rejects.toMatchObject(refused)
    await expect(next(store, token, FILTER, null)).rejects.toMatchObject(refused)
    await expect(next(new Others(), token)).rejects.toMatchObject(refused)
  })

  test('is good in another instance, and after close and open', async () => {
    const token = await firstToken(await rows())
    const other = await rows()
    const expected = (await next(other, token)).data
    expect(expected.map((each) => each.id)).toEqual(['r0', 'r7'])
    const log = new FakeLog<Row>(await other.getListByFilter(null, null))
    const onDisk = new Rows(log, log)
    for (let i = 0; i < 2; i++) {
      await onDisk.open(null)
      expect((await next(onDisk, token)).data).toEqual(expected)
      await onDisk.close(null)
    }
  })

  test('is good when the item of its place is gone, and with another page size', async () => {
    const store = await rows()
    const token = await firstToken(store)
    await store.deleteByIds(null, ['r6', 'r3', 'r0'])
    const page = await store.getPageByToken(null, FILTER, new TokenizedPagingParams(token, 3, true), SORT)
    expect(page.data.map((each) => each.id)).toEqual(['r7', 'r4', 'r1'])
    expect(page.total).toBe(6)
  })

  test('is null on the last page and on an empty one; an empty or null one begins anew', async () => {
    const store = await rows(4)
    const all = await store.getPageByToken(null, null, new TokenizedPagingParams(null, 4))
    expect([all.data.length, all.token, all.total]).toEqual([4, null, null])
    const none = await store.getPageByToken(null, { a: 99 })
    expect([none.data, none.token]).toEqual([[], null])
    const anew = await next(store, '')
    expect(anew.data).toEqual((await next(store, null)).data)
  })

  test('without a sort goes by id, whatever the order of insertion', async () => {
    const store = new Rows()
    for (const each of ['b', 10, 'a', 9, '10', true, 'Z', false]) await store.create(null, { id: each })
    const seen: unknown[] = []
    let token: string | null = null
    do {
      const page: { data: Row[]; token: string | null } = await store.getPageByToken(
        null,
        null,
        new TokenizedPagingParams(token, 1),
      )
      seen.push(...page.data.map((each) => each.id))
      token = page.token
      expect(seen.length).toBeLessThan(20)
    } while (token !== null)
    expect(seen).toEqual([false, true, 9, 10, '10', 'Z', 'a', 'b'])
  })

  test('of FilterParams is bound to their values', async () => {
    const store = await rows()
    const page = await store.getPageByToken(
      null,
      FilterParams.fromTuples('a', '1'),
      new TokenizedPagingParams(null, 1),
    )
    const more = await store.getPageByToken(
      null,
      FilterParams.fromTuples('a', '1'),
      new TokenizedPagingParams(page.token, 1),
    )
    expect(more.data.map((each) => each.id)).toEqual(['r4'])
    await expect(
      store.getPageByToken(null, FilterParams.fromTuples('a', '2'), new TokenizedPagingParams(page.token, 1)),
    ).rejects.toMatchObject(refused)
  })

  test('does not exist for key extractors, nor in stores without ids', async () => {
    const store = await rows()
    const unsupported = { code: 'UNSUPPORTED' }
    await expect(store.getPageByToken(null, null, null, (each: Row) => each.n)).rejects.toMatchObject(
      unsupported,
    )
    await expect(new MemoryPersistence<Row>().getPageByToken(null, null)).rejects.toMatchObject(unsupported)
  })
})

test('items without ids have no pages by token: UNSUPPORTED, with the trace id of the call', async () => {
  const store = new MemoryPersistence<{ n: number }>()
  await store.open(null)
  await expect(store.getPageByToken('trace' as never, null)).rejects.toMatchObject({
    code: 'UNSUPPORTED',
    trace_id: 'trace',
  })
})
