import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compareText, compareValues, toSortable } from '../../src/query/compare.js'
import { compileCondition } from '../../src/query/compileCondition.js'
import { parseFilter } from '../../src/query/parseFilter.js'
import { parseProjection, project } from '../../src/query/projection.js'
import { compareBy, comparePlaces, compareToPlace, parseSort, placeOf } from '../../src/query/sort.js'
import { bindingOf, decodeToken, encodeToken } from '../../src/query/token.js'
import { filters, items, paths, values } from './arbitraries.js'
import { compare, matches, projected, sorted } from './naive.js'

const idOf = (item: { id: string | number }) => item.id
const directions = fc.uniqueArray(fc.tuple(paths, fc.constantFrom<1 | -1>(1, -1)), {
  minLength: 1,
  maxLength: 3,
  selector: ([path]) => path,
})
const asParams = (keys: readonly [string, 1 | -1][]) =>
  keys.map(([name, direction]) => ({ name, ascending: direction === 1 }))
const keysOf = (keys: readonly [string, 1 | -1][]) => parseSort(asParams(keys))?.keys ?? []

test('a compiled filter matches what the plain reading of the rules matches', () => {
  let hits = 0
  let misses = 0
  fc.assert(
    fc.property(filters, fc.array(items, { minLength: 1, maxLength: 8 }), (filter, all) => {
      const match = compileCondition(parseFilter(filter).condition)
      for (const item of all) {
        const expected = matches(item, filter)
        expected ? hits++ : misses++
        expect(match(item)).toBe(expected)
      }
    }),
    { numRuns: 3000 },
  )
  // A generator that drifts to filters matching all or nothing would make this test blind.
  expect(Math.min(hits, misses) / (hits + misses)).toBeGreaterThan(0.1)
})

test('reading a filter changes neither the filter nor, later, the items', () => {
  fc.assert(
    fc.property(filters, items, (filter, item) => {
      const [filterBefore, itemBefore] = [structuredClone(filter), structuredClone(item)]
      compileCondition(parseFilter(filter).condition)(item)
      expect(filter).toEqual(filterBefore)
      expect(item).toEqual(itemBefore)
    }),
    { numRuns: 300 },
  )
})

test('values have one total order', () => {
  fc.assert(
    fc.property(values, values, values, (a, b, c) => {
      const [x, y, z] = [toSortable(a), toSortable(b), toSortable(c)]
      expect(Math.sign(compareValues(x, y))).toBe(Math.sign(compare(a, b)))
      expect(Math.sign(compareValues(y, x))).toBe(-Math.sign(compareValues(x, y)) + 0)
      if (compareValues(x, y) <= 0 && compareValues(y, z) <= 0)
        expect(compareValues(x, z)).toBeLessThanOrEqual(0)
    }),
    { numRuns: 2000 },
  )
})

test('text is ordered by code point, lone surrogates included', () => {
  const units = fc.array(fc.constantFrom(0x61, 0xd7ff, 0xd800, 0xdbff, 0xdc00, 0xdfff, 0xe000, 0xffff), {
    maxLength: 5,
  })
  const text = units.map((codes) => String.fromCharCode(...codes))
  fc.assert(
    fc.property(text, text, (a, b) => {
      expect(Math.sign(compareText(a, b))).toBe(Math.sign(compare(a, b)))
    }),
    { numRuns: 5000 },
  )
})

test('sorting gives the order of the plain reading, and places agree with it', () => {
  fc.assert(
    fc.property(fc.uniqueArray(items, { selector: idOf, maxLength: 10 }), directions, (all, by) => {
      const keys = keysOf(by)
      const expected = sorted(all, by)
      expect([...all].sort(compareBy(keys, idOf))).toEqual(expected)
      for (let i = 0; i < expected.length; i++) {
        const place = placeOf(expected[i], keys, idOf)
        const side = compareToPlace(keys, place, idOf)
        expect(expected.map((item) => Math.sign(side(item)))).toEqual(
          expected.map((_, j) => Math.sign(j - i)),
        )
        const places = expected.map((item) => comparePlaces(keys, placeOf(item, keys, idOf), place))
        expect(places.map(Math.sign)).toEqual(expected.map((_, j) => Math.sign(j - i)))
      }
    }),
    { numRuns: 500 },
  )
})

test('a place goes through a token unchanged', () => {
  fc.assert(
    fc.property(filters, items, directions, (filter, item, by) => {
      const sort = parseSort(asParams(by))
      const binding = bindingOf('items', parseFilter(filter), sort)
      const place = placeOf(item, sort?.keys ?? [], idOf)
      expect(decodeToken(binding, encodeToken(binding, place))).toEqual(place)
    }),
    { numRuns: 500 },
  )
})

test('a token that was altered anywhere is refused', () => {
  const token = encodeToken('b', { id: 'x', values: [1, 'é', null, { other: true }] })
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=.~ é'
  fc.assert(
    fc.property(fc.nat(token.length), fc.nat(1), fc.constantFrom(...letters, ''), (at, cut, put) => {
      const altered = token.slice(0, at) + put + token.slice(at + cut)
      if (altered === token) return
      expect(() => decodeToken('b', altered)).toThrow(expect.objectContaining({ code: 'INVALID_TOKEN' }))
    }),
    { numRuns: 2000 },
  )
})

test('a projection keeps what the plain reading keeps', () => {
  fc.assert(
    fc.property(items, fc.array(paths, { minLength: 1, maxLength: 4 }), (item, select) => {
      expect(project(item, parseProjection(select) ?? [])).toEqual(projected(item, select))
    }),
    { numRuns: 1000 },
  )
})
