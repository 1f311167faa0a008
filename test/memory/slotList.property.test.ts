import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { SlotBlocks, SlotList } from '../../src/memory/SlotList.js'
import { ascending, checkWalks, descending } from './checkWalks.js'

const numbers = (a: number, b: number) => a - b
const slot = fc.integer({ min: 0, max: 900 })
const sorted = (slots: Iterable<number>) => [...new Set(slots)].sort(numbers)

/** A list and the plain set that it must equal. */
class Pair {
  list: SlotList
  readonly slots = new Set<number>()

  constructor(home: SlotBlocks, start: readonly number[] = []) {
    this.list = new SlotList(home)
    this.insert(start)
  }

  get plain(): number[] {
    return sorted(this.slots)
  }

  insert(slots: readonly number[]): void {
    for (const each of slots) {
      this.list.insert(each)
      this.slots.add(each)
    }
  }

  delete(slots: readonly number[]): void {
    for (const each of slots) {
      this.list.delete(each)
      this.slots.delete(each)
    }
  }

  deleteAll(slots: readonly number[]): void {
    this.list.deleteAll(sorted(slots))
    for (const each of slots) this.slots.delete(each)
  }

  check(bound: number): void {
    const { list, plain } = this
    expect(list.length).toBe(plain.length)
    expect(list.last).toBe(plain.at(-1))
    expect(ascending(list, null)).toEqual(plain)
    expect(descending(list, null)).toEqual([...plain].reverse())
    expect(ascending(list, (each) => each < bound)).toEqual(plain.filter((each) => each >= bound))
    expect(descending(list, (each) => each > bound)).toEqual(plain.filter((each) => each <= bound).reverse())
    const follows = list.follower()
    const asked = Array.from({ length: 1300 }, (_, i) => i).filter((i) => i % (1 + (bound % 97)) === 0)
    expect(asked.filter(follows)).toEqual(asked.filter((each) => this.slots.has(each)))
  }
}

describe('SlotList', () => {
  test('lists that share their blocks equal plain sorted arrays after any changes', () => {
    const change = fc.record({
      list: fc.nat({ max: 2 }),
      do: fc.constantFrom('insert', 'insertRun', 'delete', 'deleteRun', 'deleteAll', 'renumber', 'free'),
      slots: fc.oneof(
        fc.array(slot, { minLength: 1, maxLength: 20 }),
        fc.array(slot, { minLength: 100, maxLength: 300 }),
      ),
    })
    fc.assert(
      fc.property(fc.array(change, { maxLength: 30 }), slot, (changes, bound) => {
        const home = new SlotBlocks()
        const pairs = [new Pair(home), new Pair(home), new Pair(home)]
        for (const { list, do: what, slots } of changes) {
          const pair = pairs[list]!
          // Slots that follow one another, as new items have them: whole blocks of them.
          const run = slots.map((_, i) => slots[0]! + i)
          if (what === 'insert') pair.insert(slots)
          if (what === 'insertRun') pair.insert(run)
          if (what === 'delete') pair.delete(slots)
          if (what === 'deleteRun') pair.delete(run)
          if (what === 'deleteAll') pair.deleteAll(slots)
          if (what === 'renumber') {
            const { list: old, plain } = pair
            const renumbered = new Int32Array(1200)
            for (const [to, from] of plain.entries()) renumbered[from] = to
            const moved = new Pair(home)
            moved.list = old.renumber(renumbered, home)
            old.free()
            for (const to of plain.keys()) moved.slots.add(to)
            pairs[list] = moved
          }
          if (what === 'free') {
            pair.list.free()
            pairs[list] = new Pair(home)
          }
        }
        for (const pair of pairs) pair.check(bound)
      }),
      { numRuns: 200 },
    )
  })

  test('slots are found on both sides of a run of neighbours that went', () => {
    const all = Array.from({ length: 901 }, (_, i) => i)
    fc.assert(
      fc.property(slot, slot, fc.array(slot, { maxLength: 20 }), slot, (from, to, inserts, bound) => {
        const pair = new Pair(new SlotBlocks(), all)
        pair.delete(all.slice(from, to))
        pair.check(bound)
        pair.insert(inserts)
        pair.check(bound)
      }),
      { numRuns: 100 },
    )
  })

  test('a list is as empty as a new one when its last slot is gone', () => {
    const { list } = new Pair(new SlotBlocks(), [0])
    const never = () => {
      throw new Error('nothing is there')
    }
    for (let i = 0; i < 2; i++) {
      list.delete(0)
      expect([list.length, list.last]).toEqual([0, undefined])
      list.ascend(never, never)
      list.descend(never, never)
    }
    list.insert(0)
    expect([list.length, list.last]).toEqual([1, 0])
  })

  test('stops where the visitor says, in both directions and past bounds that nothing passes', () => {
    const { list } = new Pair(
      new SlotBlocks(),
      Array.from({ length: 300 }, (_, i) => i),
    )
    checkWalks(list, 300)
  })

  test('slots in order fill their blocks, and blocks of what was deleted are used again', () => {
    const home = new SlotBlocks()
    const pair = new Pair(home)
    const fill = () => {
      for (let i = 0; i < 6200; i++) pair.list.insert(i)
    }
    fill()
    // 31 slots and their number in a block, and room for a sixteenth more of them.
    expect(home.numbers.length).toBeGreaterThanOrEqual(6400)
    expect(home.numbers.length).toBeLessThanOrEqual(6800)
    const full = home.numbers
    for (let i = 0; i < 6200; i += 2) pair.list.delete(i)
    for (let i = 1; i < 6200; i += 4) pair.list.delete(i)
    for (let i = 3; i < 6200; i += 8) pair.list.delete(i)
    expect(ascending(pair.list, null)).toEqual(Array.from({ length: 775 }, (_, i) => i * 8 + 7))
    // What is left moved together: another list finds room.
    const other = new Pair(home)
    for (let i = 0; i < 2500; i++) other.list.insert(i)
    expect(home.numbers).toBe(full)
    // One after the other: emptied blocks go back, too.
    for (let i = 0; i < 2500; i++) other.list.delete(i)
    const third = new Pair(home)
    for (let i = 0; i < 2500; i++) third.list.insert(i)
    expect(home.numbers).toBe(full)
    for (const { list } of [pair, other, third]) list.free()
    pair.list = new SlotList(home)
    fill()
    expect(home.numbers).toBe(full)
  })
})
