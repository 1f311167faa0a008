import { describe, expect, test } from 'vitest'
import { SortField } from '../../src/data/SortField.js'
import { SortParams } from '../../src/data/SortParams.js'
import { compareIds, compareText, compareValues, OTHER, rankOf, toSortable } from '../../src/query/compare.js'
import { compareBy, parseSort } from '../../src/query/sort.js'

const INVALID = expect.objectContaining({ code: 'INVALID_SORT' })
const order = (sort: unknown, items: { id: string | number }[]) =>
  [...items].sort(compareBy(parseSort(sort)?.keys ?? [], (item) => item.id)).map((item) => item.id)

describe('parseSort()', () => {
  test('takes nothing, SortParams, arrays of fields, directions and key extractors', () => {
    const keys = [
      { path: ['a', 'b'], ascending: true },
      { path: ['c'], ascending: false },
    ]
    for (const none of [null, undefined, [], {}, new SortParams()]) expect(parseSort(none)).toBeNull()
    expect(parseSort({ 'a.b': 1, c: -1 })).toEqual({ keys, extractor: null })
    expect(parseSort(new SortParams(new SortField('a.b'), new SortField('c', false)))).toEqual({
      keys,
      extractor: null,
    })
    expect(parseSort([{ name: 'a.b' }, { name: 'c', ascending: false }])).toEqual({ keys, extractor: null })
    expect(parseSort([{ name: 'a', ascending: null }])?.keys).toEqual([{ path: ['a'], ascending: true }])
    const extractor = (item: { a: number }) => item.a
    expect(parseSort(extractor)).toEqual({ keys: null, extractor })
  })

  test('counts a field that is named twice where it came first', () => {
    const twice = [{ name: 'a', ascending: false }, { name: 'b' }, { name: 'a', ascending: true }]
    expect(parseSort(twice)?.keys).toEqual([
      { path: ['a'], ascending: false },
      { path: ['b'], ascending: true },
    ])
  })

  test('refuses a comparator, which would be called with one item', () => {
    expect(() => parseSort((a: number, b: number) => a - b)).toThrow(INVALID)
    expect(() => parseSort((a: number, b: number) => a - b)).toThrow(/\(item\) => item\.name/)
  })

  test('refuses numeric names beside others, whose place JavaScript does not keep', () => {
    expect(Object.keys({ b: 1, 1: -1 })).toEqual(['1', 'b'])
    expect(() => parseSort({ b: 1, 1: -1 })).toThrow(INVALID)
    expect(parseSort({ 1: -1 })?.keys).toEqual([{ path: ['1'], ascending: false }])
    expect(parseSort([{ name: 'b' }, { name: '1' }])?.keys).toHaveLength(2)
  })

  test('refuses what is not a sort, naming the place', () => {
    for (const sort of [
      'a',
      5,
      true,
      5n,
      new Map(),
      new Date(),
      { a: 0 },
      { a: 2 },
      { a: '1' },
      { a: true },
      { a: undefined },
      { a: null },
    ]) {
      expect(() => parseSort(sort)).toThrow(INVALID)
    }
    for (const field of [
      null,
      undefined,
      'a',
      {},
      { name: null },
      { name: '' },
      { name: 'a', ascending: 'no' },
      { name: 5 },
    ]) {
      expect(() => parseSort([{ name: 'a' }, field])).toThrow(/\[1\]/)
      expect(() => parseSort([field])).toThrow(INVALID)
    }
    for (const path of ['__proto__', 'a.constructor', '$a', "a'b", 'a..b', '']) {
      expect(() => parseSort([{ name: path }])).toThrow(INVALID)
      expect(() => parseSort(JSON.parse(`{ ${JSON.stringify(path)}: 1 }`))).toThrow(INVALID)
    }
    expect(() => parseSort(Array.from({ length: 33 }, (_, i) => ({ name: `a${i}` })))).toThrow(INVALID)
  })
})

describe('the order', () => {
  test('of mixed types: missing = null, false, true, numbers, text by code point, the rest', () => {
    const ascending = [
      [undefined, null, new Date(Number.NaN)],
      [false],
      [true],
      [Number.NaN],
      [-Infinity],
      [-1],
      [0, -0],
      [5],
      [''],
      ['2'],
      ['2024-01-01T00:00:00.000Z', new Date('2024-01-01')],
      ['a'],
      ['\ue000'],
      ['\uffff'],
      ['\u{1f600}'],
      [[], {}, [1], { a: 1 }, 5n, () => 1, Symbol('x'), new Map()],
    ]
    ascending.forEach((group, i) => {
      for (const a of group) {
        ascending.forEach((other, j) => {
          for (const b of other) {
            expect(Math.sign(compareValues(toSortable(a), toSortable(b)))).toBe(Math.sign(i - j))
          }
        })
      }
    })
    expect([undefined, null, false, true, 5, 'a', new Date(0), [], {}, 5n].map(rankOf)).toEqual([
      0, 0, 1, 2, 3, 4, 4, 5, 5, 5,
    ])
    expect(toSortable([])).toBe(OTHER)
    expect(Object.is(toSortable(-0), 0)).toBe(true)
  })

  test('of text at pairs and lone surrogates is that of code points', () => {
    expect(compareText('\u{1f600}', '\ufb01')).toBeGreaterThan(0)
    expect('\u{1f600}' > '\ufb01').toBe(false)
    expect(compareText('\ud83d', '\ue000')).toBeLessThan(0)
    expect(compareText('\ud83d\ude00', '\ud83d\ue000')).toBeGreaterThan(0)
    expect(compareText('a', 'ab')).toBeLessThan(0)
    expect(compareText('ab', 'ab')).toBe(0)
  })

  test('of ids: numbers before strings', () => {
    expect(compareIds(5, '1')).toBeLessThan(0)
    expect(compareIds('1', 5)).toBeGreaterThan(0)
    expect(compareIds(5, 10)).toBeLessThan(0)
    expect(compareIds('5', '10')).toBeGreaterThan(0)
    expect(compareIds('x', 'x')).toBe(0)
  })

  test('descending is the reverse, and ties go by ascending id in both directions', () => {
    const items = [{ id: '3', a: 1 }, { id: '2' }, { id: '1', a: 1 }, { id: '4', a: 'x' }]
    expect(order({ a: 1 }, items)).toEqual(['2', '1', '3', '4'])
    expect(order({ a: -1 }, items)).toEqual(['4', '1', '3', '2'])
  })

  test('goes by the most significant field first, through nested objects and not into arrays', () => {
    const items = [
      { id: 1, a: { b: 2 }, c: 1 },
      { id: 2, a: { b: 1 }, c: 1 },
      { id: 3, a: { b: 1 }, c: 2 },
      { id: 4, a: [{ b: 9 }], c: 0 },
    ]
    expect(order({ 'a.b': 1, c: -1 }, items)).toEqual([4, 3, 2, 1])
    expect(order({ c: -1, 'a.b': 1 }, items)).toEqual([3, 2, 1, 4])
  })
})
