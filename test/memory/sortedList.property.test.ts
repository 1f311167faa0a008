import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { SortedList } from '../../src/memory/SortedList.js'
import { ascending, checkWalks, descending } from './checkWalks.js'

type Step = readonly ['insert' | 'delete', number]

const numbers = (a: number, b: number) => a - b
const entry = fc.integer({ min: 0, max: 3000 })
const step: fc.Arbitrary<Step> = fc.tuple(
  fc.oneof({ weight: 3, arbitrary: fc.constant('insert' as const) }, fc.constant('delete' as const)),
  entry,
)

/** A list and the plain sorted array that it must equal. */
class Pair {
  list: SortedList<number>
  plain: number[]

  constructor(start: readonly number[]) {
    this.plain = [...new Set(start)].sort(numbers)
    this.list = new SortedList(numbers, this.plain)
  }

  do([kind, value]: Step): void {
    const at = this.plain.indexOf(value)
    if (kind === 'insert') {
      expect(this.list.insert(value)).toBe(at < 0)
      if (at < 0) this.plain.push(value)
      this.plain.sort(numbers)
    } else {
      expect(this.list.delete(value)).toBe(at >= 0)
      if (at >= 0) this.plain.splice(at, 1)
    }
  }

  check(bound: number): void {
    const { list, plain } = this
    expect(list.length).toBe(plain.length)
    expect(list.last).toBe(plain.at(-1))
    expect(ascending(list, null)).toEqual(plain)
    expect(descending(list, null)).toEqual([...plain].reverse())
    expect(ascending(list, (value) => value < bound)).toEqual(plain.filter((value) => value >= bound))
    expect(descending(list, (value) => value > bound)).toEqual(
      plain.filter((value) => value <= bound).reverse(),
    )
  }
}

describe('SortedList', () => {
  test('equals a plain sorted array after any inserts and deletes', () => {
    fc.assert(
      fc.property(
        fc.array(entry, { maxLength: 40 }),
        fc.array(step, { maxLength: 60 }),
        entry,
        (start, steps, bound) => {
          const pair = new Pair(start)
          for (const each of steps) pair.do(each)
          pair.check(bound)
        },
      ),
      { numRuns: 200 },
    )
  })

  test('keeps the order when pieces are cut, emptied and filled again', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 2000 }),
        fc.array(entry, { minLength: 1000, maxLength: 1800 }),
        fc.integer({ min: 0, max: 1500 }),
        entry,
        (preset, inserts, deletes, bound) => {
          // Every second number, so that most pieces are full and what comes lies between.
          const pair = new Pair(Array.from({ length: preset }, (_, i) => i * 2))
          for (const value of inserts) insertQuietly(pair, value)
          pair.check(bound)
          // A run of neighbours: whole pieces go.
          for (const value of pair.plain.slice(bound % 100, (bound % 100) + deletes)) pair.list.delete(value)
          pair.plain.splice(bound % 100, deletes)
          pair.check(bound)
          for (const value of inserts.slice(0, 300)) insertQuietly(pair, value)
          pair.check(bound)
        },
      ),
      { numRuns: 15 },
    )
  })

  test('stops where the visitor says, in both directions and past bounds that nothing passes', () => {
    const all = Array.from({ length: 1500 }, (_, i) => i)
    checkWalks(new SortedList(numbers, all), 1500)
  })
})

function insertQuietly(pair: Pair, value: number): void {
  if (!pair.list.insert(value)) return
  pair.plain.push(value)
  pair.plain.sort(numbers)
}
