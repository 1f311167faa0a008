import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Batch, Change } from '../../src/contract/Change.js'
import { idOf, Replay } from '../../src/file/Replay.js'
import { surveyIds } from '../../src/file/reportRecovery.js'
import { SimulatedDisk } from '../simulated/SimulatedDisk.js'
import { applied, reopened } from './support/TestOwner.js'

interface Any {
  id?: string | number | boolean | null
  v: number
}

// Few ids, so that most are there more than once; some that are no ids.
const ids = fc.constantFrom('a', 'a', 'a', 'a', true, 1)
const noIds = fc.constantFrom(undefined, null, '', Number.NaN)
const item = fc.record({
  id: fc.oneof({ weight: 4, arbitrary: ids }, noIds),
  v: fc.nat(99),
}) as fc.Arbitrary<Any>

const put = item.map((it): Change<Any> => ({ op: 'put', id: idOf(it), item: it }))
const add = item.map((it): Change<Any> => ({ op: 'put', id: null, item: it }))
const remove = ids.map((id): Change<Any> => ({ op: 'delete', id }))
const removeAt = fc
  .array(fc.nat(5), { minLength: 1, maxLength: 3 })
  .map((positions): Change<Any> => ({ op: 'deleteAt', positions }))
const clear = fc.constant<Change<Any>>({ op: 'clear' })

// Positions are those before the batch, ids those of the moment: a batch of the writer never has both.
const batch = fc.oneof(
  fc.array(fc.oneof(put, put, add, remove, remove, clear), { minLength: 1, maxLength: 6 }),
  fc.array(fc.oneof(add, removeAt, removeAt, removeAt, clear), { minLength: 1, maxLength: 3 }),
)

/** What is said of where ids stand has to be right, since it is not looked at again. */
function checkSlots(replay: Replay<Any>, items: readonly Any[]): void {
  const found = items.map((it) => replay.slots?.find(idOf(it)))
  if (replay.slots !== null) expect(found).toEqual(items.map((_, i) => i))
}

describe('replaying', () => {
  test('gives what the plainest list gives, with ids that are taken, missing and deleted twice', () => {
    fc.assert(
      fc.property(
        fc.array(item, { minLength: 2, maxLength: 8 }),
        fc.array(batch, { maxLength: 8 }),
        (items, batches) => {
          const replay = new Replay<Any>([...items])
          let expected = items
          for (const batch of batches as Batch<Any>[]) {
            // A position that does not exist ends the replay: what was done until then is of no interest.
            const cleared = batch.findIndex(({ op }) => op === 'clear')
            const past = batch.some(
              (it, i) =>
                it.op === 'deleteAt' &&
                (cleared === -1 || i < cleared) &&
                it.positions.some((position) => position >= expected.length),
            )
            expect(replay.apply(batch)).toBe(!past)
            if (past) return
            expected = applied(expected as (Any & { id?: unknown })[], batch as Batch<Any & { id?: unknown }>)
          }
          const finished = replay.finish()
          expect(finished).toEqual(expected)
          checkSlots(replay, finished)
        },
      ),
      { numRuns: 3000, seed: 4 },
    )
  })

  test('of many items with an id the first that is left is the one that is meant', () => {
    const five = [1, 2, 3, 4, 5].map((v) => ({ id: 'a', v }))
    const put = (v: number) => ({ op: 'put', id: 'a', item: { id: 'a', v } }) as const
    const replayed = (...batches: Batch<Any>[]) => {
      const replay = new Replay<Any>([...five])
      for (const it of batches) expect(replay.apply(it)).toBe(true)
      return replay.finish().map(({ v }) => v)
    }
    const gone = { op: 'delete', id: 'a' } as const
    expect(replayed([gone, gone, put(6)])).toEqual([6, 4, 5])
    expect(replayed([gone, gone, gone, gone, gone, put(6), put(7)])).toEqual([7])
    // The places are known from the first batch on, and have to follow what the second does.
    const at = (...positions: number[]) => [{ op: 'deleteAt', positions }] as const
    expect(replayed([put(6)], at(1, 2), [gone, put(7)])).toEqual([7, 5])
    expect(replayed([put(6)], at(1, 2, 3, 4), [gone, put(7), put(8)])).toEqual([8])
  })

  test('an item in the place of one with another id does not disturb the places of either id', () => {
    const replay = new Replay<Any>([{ id: 'a', v: 0 }])
    expect(replay.apply([{ op: 'put', id: 'a', item: { id: 'b', v: 1 } }])).toBe(true)
    expect(replay.apply([{ op: 'deleteAt', positions: [0] }])).toBe(true)
    expect(replay.finish()).toEqual([])
  })

  test('says where each id stands, when every item has one and no two the same', () => {
    const [a, b, c] = ['a', 'b', 'c'].map((id, v) => ({ id, v }))
    const put = (id: string, item: Any): Batch<Any> => [{ op: 'put', id, item }]
    const said = (items: Any[], ...batches: Batch<Any>[]) => {
      const replay = new Replay<Any>([...items])
      for (const it of batches) expect(replay.apply(it)).toBe(true)
      const finished = replay.finish()
      checkSlots(replay, finished)
      return replay.slots !== null
    }
    expect(said([a!, b!], put('c', c!), [{ op: 'delete', id: 'a' }], put('a', a!))).toBe(true)
    expect(said([a!, a!], put('c', c!))).toBe(false)
    expect(said([a!, a!], [{ op: 'delete', id: 'a' }])).toBe(true)
    expect(said([{ v: 0 }], put('c', c!))).toBe(false)
    expect(said([a!, b!], put('c', c!), [{ op: 'put', id: null, item: b! }])).toBe(false)
    expect(said([a!], put('a', b!))).toBe(false)
    expect(said([a!, b!], put('a', c!), put('b', b!))).toBe(false)
    expect(said([a!], put('a', b!), put('a', a!))).toBe(true)
    expect(said([a!], put('b', c!), [{ op: 'delete', id: 'b' }])).toBe(true)
    // Nobody asked for an id: nothing is known.
    expect(said([a!], [{ op: 'put', id: null, item: b! }])).toBe(false)
  })
})

describe('what an opening says of ids', () => {
  test('counts up to a hundred that are there more than once, and says that there may be more', async () => {
    const twice = (n: number) => Array.from({ length: n * 2 }, (_, i) => ({ id: `i${i % n}` }))
    for (const [n, said] of [
      [99, 'for 99 of its ids'],
      [150, 'for at least 100 of its ids'],
    ] as const) {
      const disk = new SimulatedDisk()
      disk.putFolder('/d')
      disk.putFile('/d/items.json', JSON.stringify(twice(n)))
      const owner = await reopened(disk, '/d/items.json')
      expect(owner.log.recovery!.duplicateIds).toHaveLength(Math.min(n, 100))
      expect(owner.warnings.join()).toContain(said)
    }
  })

  test('an id that is there three times is one id', () => {
    const items = [{ id: 2 }, { id: 1 }, { id: 2 }, { id: 2 }, {}, null, 7]
    expect(surveyIds({ items, slots: null })).toEqual({
      duplicateIds: [2],
      itemsWithoutId: 3,
    })
  })
})
