import fc from 'fast-check'
import { expect, test } from 'vitest'
import { firstSorted } from '../../src/memory/firstSorted.js'

test('firstSorted() equals sorting everything and cutting the page out', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.integer({ min: 0, max: 300 }), { minLength: 20, maxLength: 120 }),
      fc.nat({ max: 20 }),
      fc.option(fc.nat({ max: 20 })),
      (entries, skip, take) => {
        const sorted = [...entries].sort((a, b) => a - b)
        const expected = take === null ? sorted.slice(skip) : sorted.slice(skip, skip + take)
        expect(firstSorted([...entries], (a, b) => Math.sign(a - b), skip, take)).toEqual(expected)
      },
    ),
    { numRuns: 400 },
  )
})

test('a page of many entries compares each of them about once', () => {
  let compared = 0
  const entries = Array.from({ length: 10_000 }, (_, i) => (i * 7919) % 10_000)
  const compare = (a: number, b: number) => {
    compared++
    return a - b
  }
  expect(firstSorted(entries, compare, 0, 5)).toEqual([0, 1, 2, 3, 4])
  expect(compared).toBeLessThan(20_000)
})
