import fc from 'fast-check'
import { Query } from 'mingo'
import { describe, expect, test } from 'vitest'
import { compileCondition } from '../../src/query/compileCondition.js'
import { parseFilter } from '../../src/query/parseFilter.js'

type Document = Record<string, unknown>

/**
 * mingo runs MongoDB's query language on objects. Where docs/queries.md says that ours means the same, it must answer
 * the same; the differences listed there are shown one by one, so that the list stays true.
 */
const ours = (filter: object, item: object) => compileCondition(parseFilter(filter).condition)(item)
const theirs = (filter: object, item: object) => new Query(filter as Document).test(item as Document)

const scalar = fc.constantFrom<string | number | boolean | null>(
  '',
  'a',
  'b',
  'ab',
  'é',
  'Z',
  0,
  1,
  2,
  2.5,
  -1,
  true,
  false,
  null,
)
const ordered = fc.constantFrom<string | number>('', 'a', 'b', 'é', 0, 1, 2, -1)
const name = fc.constantFrom('a', 'b', 'c.d', 'c.e', 'c')
const inner = fc.record({ d: scalar, e: scalar }, { requiredKeys: [], noNullPrototype: true })
const item = fc.record(
  {
    a: scalar,
    b: scalar,
    c: fc.oneof(scalar, inner),
    values: fc.array(scalar, { maxLength: 4 }),
    objects: fc.array(inner, { maxLength: 3 }),
  },
  { requiredKeys: [], noNullPrototype: true },
)

const one = fc.oneof(
  fc.record({ $eq: scalar }),
  fc.record({ $ne: scalar }),
  fc.record({ $gt: ordered }),
  fc.record({ $gte: ordered, $lt: ordered }),
  fc.record({ $lte: ordered }),
  fc.record({ $in: fc.array(scalar, { maxLength: 12 }) }),
  fc.record({ $nin: fc.array(scalar, { maxLength: 3 }) }),
)
const test1 = fc.oneof(one, fc.record({ $exists: fc.boolean() }))
const field = fc
  .tuple(name, fc.oneof(scalar, test1, fc.record({ $not: test1 })))
  .map(([key, test]) => ({ [key]: test }))
const plain = fc
  .array(field, { minLength: 1, maxLength: 3 })
  .map((fields) => Object.assign({}, ...fields) as object)
const element = fc
  .tuple(fc.constantFrom('d', 'e'), fc.oneof(scalar, one))
  .map(([key, test]) => ({ [key]: test }))
const onArray = fc.oneof(
  fc.record({ values: fc.record({ $size: fc.nat(4) }) }),
  fc.record({ values: fc.record({ $all: fc.array(scalar, { maxLength: 2 }) }) }),
  fc.record({ values: fc.record({ $elemMatch: one }) }),
  fc.record({ values: fc.record({ $not: fc.record({ $elemMatch: one }) }) }),
  fc.record({ objects: fc.record({ $elemMatch: element }) }),
  fc.record({
    objects: fc.record({ $elemMatch: fc.record({ $or: fc.array(element, { minLength: 1, maxLength: 2 }) }) }),
  }),
)
const { filter } = fc.letrec<{ filter: object }>((tie) => ({
  filter: fc.oneof(
    { depthSize: 'small' },
    { weight: 4, arbitrary: plain },
    { weight: 3, arbitrary: onArray },
    {
      weight: 2,
      arbitrary: fc
        .tuple(
          fc.constantFrom('$and', '$or', '$nor'),
          fc.array(tie('filter'), { minLength: 1, maxLength: 3 }),
        )
        .map(([operator, branches]) => ({ [operator]: branches })),
    },
  ),
}))

test('filters that mean the same in MongoDB match the same items', () => {
  let hits = 0
  let runs = 0
  fc.assert(
    fc.property(filter, fc.array(item, { minLength: 1, maxLength: 8 }), (where, items) => {
      for (const each of items) {
        const expected = theirs(where, each)
        runs++
        if (expected) hits++
        expect(ours(where, each)).toBe(expected)
      }
    }),
    { numRuns: 2000 },
  )
  expect(hits / runs).toBeGreaterThan(0.1)
  expect(hits / runs).toBeLessThan(0.9)
})

describe('where docs/queries.md says that we leave MongoDB', () => {
  const day = new Date('2024-01-01')
  const rows: [string, object, object, boolean][] = [
    ['a scalar condition does not look into an array', { a: 1 }, { a: [1] }, false],
    ['nor does its complement', { a: { $ne: 1 } }, { a: [1] }, true],
    ['a path does not enter an array', { 'a.b': 1 }, { a: [{ b: 1 }] }, false],
    ['nor by a number', { 'a.0': 1 }, { a: [1] }, false],
    ['a Date is its text', { a: day }, { a: day.toISOString() }, true],
    ['also in ranges', { a: { $gt: '2023' } }, { a: day }, true],
    ['text goes by code point', { a: { $gt: '\uffff' } }, { a: '\u{1f600}' }, true],
    ['undefined leaves a condition out', { a: undefined }, { a: 1 }, true],
  ]
  test.each(rows)('%s', (_, where, each, expected) => {
    expect(ours(where, each)).toBe(expected)
    expect(theirs(where, each)).toBe(!expected)
  })

  test('$not stands at the top level too', () => {
    expect(ours({ $not: { a: 1 } }, { a: 2 })).toBe(true)
    expect(() => theirs({ $not: { a: 1 } }, { a: 2 })).toThrow()
  })

  test('arrays, objects and null to an ordering operator are refused as operands', () => {
    for (const [where, each] of [
      [{ a: [1] }, { a: [1] }],
      [{ a: { b: 1 } }, { a: { b: 1 } }],
      [{ a: { $gte: null } }, { a: null }],
    ] as const) {
      expect(() => ours(where, each)).toThrow(expect.objectContaining({ code: 'INVALID_FILTER' }))
      expect(theirs(where, each)).toBe(true)
    }
  })
})
