import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { LazyOrder, sortScalars } from '../../src/memory/LazyOrder.js'

const compare = (a: number, b: number) => a - b

/** A lazy order beside the set that it orders. */
class Pair {
  readonly living = new Set<number>()
  /** How often the order was made anew. */
  made = 0
  readonly order = new LazyOrder<number>(compare, () => {
    this.made++
    return sortScalars([...this.living], compare)
  })

  add(entry: number): void {
    if (this.living.has(entry)) return
    this.living.add(entry)
    this.order.add(entry)
  }

  forget(entry: number): void {
    if (this.living.delete(entry)) this.order.forget()
  }

  /** The entries as a walk sees them: the dead passed over. */
  get walked(): number[] {
    const entries: number[] = []
    this.order.list.ascend(null, (entry) => !this.living.has(entry) || entries.push(entry) > 0)
    return entries
  }
}

describe('LazyOrder', () => {
  const entry = fc.integer({ min: 0, max: 400 })
  const step = fc.oneof(
    { weight: 6, arbitrary: fc.record({ add: entry }) },
    { weight: 4, arbitrary: fc.record({ forget: entry }) },
    { weight: 1, arbitrary: fc.constant('ask' as const) },
  )

  test('equals the sorted set of what lives, whenever it is asked', () => {
    fc.assert(
      fc.property(fc.nat({ max: 400 }), fc.array(step, { maxLength: 200 }), (filled, steps) => {
        const pair = new Pair()
        for (let i = 0; i < filled; i++) pair.add(i)
        for (const each of steps) {
          if (each === 'ask') expect(pair.walked).toEqual([...pair.living].sort(compare))
          else if ('add' in each) pair.add(each.add)
          else pair.forget(each.forget)
        }
        expect(pair.walked).toEqual([...pair.living].sort(compare))
      }),
      { numRuns: 300 },
    )
  })

  test('a few changes are laid in, many are not even noted', () => {
    const pair = new Pair()
    for (let i = 0; i < 1000; i++) pair.add(i)
    expect(pair.walked).toHaveLength(1000)
    for (let i = 0; i < 10; i++) pair.add(1000 + i)
    expect(pair.walked).toHaveLength(1010)
    expect(pair.made).toBe(1)
    for (let i = 0; i < 10_000; i++) {
      pair.add(2000 + i)
      if (i > 0) pair.forget(2000 + i - 1)
    }
    expect(pair.walked.at(-1)).toBe(11_999)
    expect(pair.made).toBe(2)
  })
})
