import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { allOf, anyOf, bind, identifier, join, type Sql, sql, wholeNumber } from '../../src/sql/Sql.js'

const numbered = (position: number) => `$${position}`
const bare = () => '?'

/** A piece, and what it has to be: the text with `\0` for each value. */
interface Expected {
  readonly piece: Sql
  readonly text: string
  readonly values: readonly unknown[]
}

const text = (of: readonly Expected[], separator: string) => of.map((each) => each.text).join(separator)
const values = (of: readonly Expected[]) => of.flatMap((each) => each.values)
const pieces = (of: readonly Expected[]) => of.map((each) => each.piece)

const { any: composed } = fc.letrec<{ leaf: Expected; any: Expected }>((tie) => ({
  leaf: fc.oneof(
    fc.integer().map((value) => ({ piece: bind(value), text: '\0', values: [value] })),
    fc.constantFrom('a', 'b"', '').map((name) => ({
      piece: identifier(name),
      text: `"${name.replaceAll('"', '""')}"`,
      values: [],
    })),
    fc.constant({ piece: sql`x`, text: 'x', values: [] }),
    fc.constant({ piece: sql``, text: '', values: [] }),
  ),
  any: fc.oneof(
    { maxDepth: 4 },
    tie('leaf'),
    tie('any').map((of) => ({ piece: sql`(${of.piece})`, text: `(${of.text})`, values: of.values })),
    tie('any').map((of) => ({ piece: sql`NOT ${of.piece}`, text: `NOT ${of.text}`, values: of.values })),
    fc.tuple(tie('any'), tie('any')).map((of) => ({
      piece: sql`${of[0].piece} = ${of[1].piece}`,
      text: text(of, ' = '),
      values: values(of),
    })),
    fc.array(tie('any'), { maxLength: 4 }).map((of) => ({
      piece: join(pieces(of), sql`, `),
      text: text(of, ', '),
      values: values(of),
    })),
    fc.array(tie('any'), { minLength: 2, maxLength: 4 }).map((of) => ({
      piece: allOf(pieces(of)),
      text: `(${text(of, ' AND ')})`,
      values: values(of),
    })),
  ),
}))

function check({ piece, text, values }: Expected): void {
  let position = 0
  expect(piece.render(numbered)).toEqual({ text: text.replaceAll('\0', () => `$${++position}`), values })
  expect(piece.render(bare)).toEqual({ text: text.replaceAll('\0', '?'), values })
  expect(piece.text).toEqual(text.split('\0'))
}

describe('pieces of statements', () => {
  test('put together are the texts and the values put together', () => {
    fc.assert(fc.property(composed, check), { numRuns: 2000 })
  })

  test('put together again are the same text, whatever their values', () => {
    const compose = (value: unknown) => {
      const conditions = ['a', 'b'].map((name) => sql`${identifier(name)} = ${bind(value)}`)
      return sql`SELECT 1 WHERE ${anyOf(conditions)} LIMIT ${bind(value)}`
    }
    expect(compose(1).template).toBe(compose(2).template)
    expect(compose(1).values).toEqual([1, 1, 1])
    expect(compose(2).values).toEqual([2, 2, 2])
  })

  test('of any number are right, also put together with old ones', () => {
    const compose = (name: string, old: Expected): Expected => ({
      piece: sql`${identifier(name)} < ${old.piece}`,
      text: `"${name}" < ${old.text}`,
      values: old.values,
    })
    const old = compose('old', { piece: bind(5), text: '\0', values: [5] })
    const first = old.piece.template
    for (let i = 0; i < 30_000; i++) {
      const made = compose(`n${i}`, old)
      if (i % 100 === 0) check(made)
    }
    const again = compose('old', { piece: bind(6), text: '\0', values: [6] })
    check(again)
    check(old)
    expect(again.piece.template, 'templates are kept for ever').not.toBe(first)
  })

  test('do not keep each other, also where some live on', async () => {
    const living: Sql[] = []
    const others: WeakRef<object>[] = []
    for (let i = 0; i < 60_000; i++) {
      const made = sql`${identifier(`m${i}`)} < ${bind(i)}`
      if (i % 1000 === 0) living.push(made)
      else if (i % 1000 === 1) others.push(new WeakRef(made.template))
    }
    setFlagsFromString('--expose-gc')
    await new Promise(setImmediate)
    runInNewContext('gc')()
    expect(living).toHaveLength(60)
    expect(others.filter((other) => other.deref() !== undefined).length).toBeLessThan(20)
  })

  test('take whole numbers as text, and nothing that only looks like one', () => {
    expect(wholeNumber(0).text).toEqual(['0'])
    expect(wholeNumber(Number.MAX_SAFE_INTEGER).text).toEqual(['9007199254740991'])
    const others = [-1, 0.5, Number.NaN, 1e21, '1', '1; --', null, [1], { valueOf: () => 1 }, 1n]
    for (const other of others) expect(() => wholeNumber(other as number), String(other)).toThrow(TypeError)
  })

  test('take a list of any length', () => {
    const many = Array.from({ length: 200_000 }, (_, i) => bind(i))
    const { text, values } = sql`id IN (${join(many, sql`, `)})`.render(bare)
    expect(values.length).toBe(many.length)
    expect(text).toBe(`id IN (${many.map(() => '?').join(', ')})`)
  })
})
