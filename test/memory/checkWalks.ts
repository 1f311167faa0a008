import fc from 'fast-check'
import { expect } from 'vitest'

/** What the sorted lists have in common. */
export interface Walked {
  ascend(below: ((entry: number) => boolean) | null, visit: (entry: number) => boolean): void
  descend(above: ((entry: number) => boolean) | null, visit: (entry: number) => boolean): void
}

export function ascending(
  list: Walked,
  below: ((entry: number) => boolean) | null,
  most = Infinity,
): number[] {
  const seen: number[] = []
  if (most > 0) list.ascend(below, (entry) => seen.push(entry) < most)
  return seen
}

export function descending(
  list: Walked,
  above: ((entry: number) => boolean) | null,
  most = Infinity,
): number[] {
  const seen: number[] = []
  if (most > 0) list.descend(above, (entry) => seen.push(entry) < most)
  return seen
}

/** The list holds the numbers from 0 to below `length`: walks begin and stop where they are told to, both ways. */
export function checkWalks(list: Walked, length: number): void {
  const plain = Array.from({ length }, (_, i) => i)
  fc.assert(
    fc.property(
      fc.integer({ min: -2, max: length + 2 }),
      fc.integer({ min: 1, max: length + 20 }),
      fc.boolean(),
      (bound, most, strict) => {
        const below = (entry: number) => (strict ? entry < bound : entry <= bound)
        const above = (entry: number) => (strict ? entry > bound : entry >= bound)
        const up = plain.filter((entry) => !below(entry))
        const down = plain.filter((entry) => !above(entry)).reverse()
        expect(ascending(list, below, most)).toEqual(up.slice(0, most))
        expect(descending(list, above, most)).toEqual(down.slice(0, most))
      },
    ),
    { numRuns: 100 },
  )
}
