import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { FAULTY_CALLS, type FaultKind } from '../simulated/calls.js'
import { engineWith } from './ChangeLogSubject.js'
import { runFaultCase } from './faults.js'
import { persistenceWith } from './PersistenceSubject.js'
import type { Item, Kind } from './Subject.js'

let skew = 0
const passTime = (ms: number): void => {
  skew += ms
}
const now = performance.now.bind(performance)
beforeEach(() => {
  vi.spyOn(performance, 'now').mockImplementation(() => now() + skew)
})
afterEach(() => {
  vi.restoreAllMocks()
})

const START: Item[] = [
  { id: 'a', v: 0 },
  { id: 'b', v: 0, text: 'w'.repeat(600) },
]

const SCENARIOS: { name: string; start: Item[] | null; kinds: Kind[] }[] = [
  { name: 'a new store', start: null, kinds: ['create', 'createMany', 'update'] },
  { name: 'a store that is there', start: START, kinds: ['updatePartially', 'delete', 'create'] },
  { name: 'a fold beside writes', start: START, kinds: ['create', 'checkpoint', 'update', 'createMany'] },
  // The second one copies lines of the file that the first one wrote.
  {
    name: 'folds one after the other',
    start: START,
    kinds: ['checkpoint', 'update', 'checkpoint', 'delete'],
  },
  { name: 'whole saves', start: START, kinds: ['save', 'create', 'save'] },
  { name: 'closing and opening again', start: START, kinds: ['create', 'reopen', 'delete', 'reopen'] },
]

/** How many calls behind the first of a pair the second one is, at most. */
const FARTHEST = 3

const SUBJECTS = [
  { name: 'engine', open: engineWith(), durableWrites: true },
  { name: 'engine, no durable writes', open: engineWith(), durableWrites: false },
  { name: 'persistence', open: persistenceWith(), durableWrites: true },
]

for (const scenario of SCENARIOS) {
  for (const { name, open, durableWrites } of SUBJECTS) {
    test(`${scenario.name}, ${name}: each disk call fails in each way, once and for good`, async () => {
      const reached: string[] = []
      for (const kind of Object.keys(FAULTY_CALLS) as FaultKind[]) {
        for (const [forever, afterEffect] of [
          [false, false],
          [true, false],
          [false, true],
        ] as const) {
          if (kind === 'short' && afterEffect) continue
          let points = 0
          for (let at = 1; ; at++) {
            const how = { durableWrites, kind, at, forever, afterEffect, passTime }
            const fired = await runFaultCase({ open, ...scenario, ...how })
            if (fired === 0) break
            points++
          }
          // A way of failing that no call ever met would be tested by nothing.
          expect(points).toBeGreaterThan(0)
          reached.push(`${kind}${forever ? ' for good' : afterEffect ? ' after the effect' : ''} ${points}`)
        }
      }
      console.log(`${scenario.name}, ${name}: fault points reached: ${reached.join(', ')}`)
    }, 600_000)
  }
}

for (const scenario of SCENARIOS) {
  test(`${scenario.name}: a second call fails while the store gets over the first`, async () => {
    const { open, durableWrites } = SUBJECTS[0]!
    let pairs = 0
    for (let again = 1; again <= FARTHEST; again++) {
      for (let at = 1; ; at++) {
        const how = { durableWrites, kind: 'EIO', at, again, forever: false, passTime } as const
        const fired = await runFaultCase({ open, ...scenario, ...how })
        if (fired === 0) break
        if (fired === 2) pairs++
      }
    }
    expect(pairs).toBeGreaterThan(100)
    console.log(`${scenario.name}: pairs of fault points reached: ${pairs}`)
  }, 600_000)
}
