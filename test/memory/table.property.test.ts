import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { defineIndex } from '../../src/core/indexDefinition.js'
import { Group } from '../../src/memory/Group.js'
import { SlotTable } from '../../src/memory/SlotTable.js'
import { Table } from '../../src/memory/Table.js'

interface Item {
  id: number
  a: number
}

type Step =
  | { readonly do: 'insert' | 'replace'; readonly id: number; readonly a: number }
  | { readonly do: 'delete'; readonly id: number }
  | { readonly do: 'deleteMany'; readonly below: number }
  | { readonly do: 'expose' | 'clear' }

const id = fc.integer({ min: 0, max: 300 })
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constantFrom('insert' as const, 'replace' as const),
      id,
      a: fc.integer({ min: 0, max: 5 }),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('delete' as const), id }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('deleteMany' as const), below: id }) },
  { weight: 1, arbitrary: fc.constantFrom({ do: 'expose' as const }, { do: 'clear' as const }) },
)

/** A table with an index beside a plain array. */
class Pair {
  readonly table = new Table<Item>(true)
  readonly index = this.table.addIndex(defineIndex({ a: 1 }))
  plain: Item[] = []

  insert(item: Item): void {
    if (this.plain.some((known) => known.id === item.id)) return
    this.table.insert(item)
    this.plain.push(item)
  }

  do(step: Step): void {
    const { table } = this
    switch (step.do) {
      case 'insert':
        this.insert({ id: step.id, a: step.a })
        return
      case 'replace': {
        const slot = table.slotOf(step.id)
        const at = this.plain.findIndex((item) => item.id === step.id)
        expect(slot < 0).toBe(at < 0)
        if (slot < 0) return
        const item = { id: step.id, a: step.a }
        table.replace(slot, item)
        this.plain[at] = item
        return
      }
      case 'delete': {
        const slot = table.slotOf(step.id)
        if (slot >= 0) table.delete(slot)
        this.plain = this.plain.filter((item) => item.id !== step.id)
        return
      }
      case 'deleteMany': {
        const slots = this.plain.filter((item) => item.id < step.below).map((item) => table.slotOf(item.id))
        for (const slot of slots) table.deleteQuietly(slot)
        table.tidy()
        this.plain = this.plain.filter((item) => item.id >= step.below)
        return
      }
      case 'expose':
        expect(table.expose()).toEqual(this.plain)
        return
      case 'clear':
        table.clear()
        this.plain = []
    }
  }

  check(): void {
    const { table, plain } = this
    expect(table.size).toBe(plain.length)
    expect(table.toArray()).toEqual(plain)
    for (const item of plain) expect(table.getById(item.id)).toBe(item)
    expect(table.getById(-1)).toBeUndefined()
    for (let a = 0; a <= 5; a++) expect(this.found(a)).toEqual(plain.filter((item) => item.a === a))
    const slots = plain.map((item) => table.slotOf(item.id))
    expect(table.positionsOf(slots)).toEqual(plain.map((_, position) => position))
    // Ids that are no longer there may be among them.
    const ids: unknown[] = []
    table.idOrder().ascend(null, (each) => table.slotOf(each) < 0 || ids.push(each) > 0)
    expect(ids).toEqual(plain.map((item) => item.id).sort((x, y) => x - y))
  }

  #handedOut: readonly Item[] = []

  /** All items as for a checkpoint, which is told where those that are the same stood before. */
  handOut(): void {
    const { items, positions } = this.table.toArraySince()
    expect(items).toEqual(this.plain)
    expect([...positions!]).toEqual(items.map((item) => this.#handedOut.indexOf(item)))
    this.#handedOut = items
  }

  found(a: number): (Item | undefined)[] {
    const posting = this.table.fresh(this.index).posting(a)
    if (posting === undefined) return []
    if (!(posting instanceof Group)) return [this.table.at(posting)]
    const items: (Item | undefined)[] = []
    posting.slots.ascend(null, (slot) => items.push(this.table.at(slot)) > 0)
    return items
  }
}

describe('Table', () => {
  test('equals a plain array after any steps, by place, id, index and order of ids', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), fc.nat({ max: 79 }), (steps, half) => {
        const pair = new Pair()
        for (const [i, each] of steps.entries()) {
          pair.do(each)
          if (i === half) pair.check()
        }
        pair.check()
      }),
      { numRuns: 200 },
    )
  })

  test('deleting most of many items moves the rest together and leaves every way to them right', () => {
    fc.assert(
      fc.property(fc.integer({ min: 100, max: 300 }), fc.nat(), (size, seed) => {
        const pair = new Pair()
        for (let i = 0; i < size; i++) pair.insert({ id: i, a: i % 6 })
        pair.check()
        // Not the last one, so that the holes are inside.
        for (let i = 0; i < size - 1; i++)
          if ((i * 7919 + seed) % 10 < 8) pair.do({ do: 'delete', id: (i * 31 + seed) % (size - 1) })
        pair.check()
        expect(pair.table.slotCount - pair.table.size).toBeLessThanOrEqual(
          Math.max(64, pair.table.slotCount / 2),
        )
        pair.insert({ id: 1000, a: 1 })
        pair.check()
      }),
      { numRuns: 40 },
    )
  })

  test('says which items are the same as when all were handed out before, and where they stood', () => {
    const quiet = step.filter((each) => each.do !== 'expose')
    const steps = fc.array(fc.oneof({ weight: 9, arbitrary: quiet }, fc.constant(null)), { maxLength: 80 })
    fc.assert(
      fc.property(fc.nat({ max: 300 }), steps, (size, all) => {
        const pair = new Pair()
        for (let i = 0; i < size; i++) pair.insert({ id: i, a: 0 })
        for (const each of all) {
          if (each === null) pair.handOut()
          else pair.do(each)
        }
        pair.handOut()
        pair.handOut()
      }),
      { numRuns: 300 },
    )
  })

  test('says so no more once the array was reached from outside, where any item may be edited at any time', () => {
    const table = new Table<Item>(true)
    const kept = table.expose()
    kept.push({ id: 1, a: 0 })
    table.freshen()
    for (let i = 0; i < 2; i++) expect(table.toArraySince()).toEqual({ items: kept, positions: null })
  })

  test('deleted places are given back: a queue of items does not grow', () => {
    const table = new Table<Item>(true)
    for (let i = 0; i < 5000; i++) {
      table.insert({ id: i, a: 0 })
      if (i >= 10) table.delete(table.slotOf(i - 10))
    }
    expect(table.size).toBe(10)
    expect(table.slotCount).toBeLessThan(200)
  })

  test('items with a taken or missing id are all kept, and look-ups see the first', () => {
    const table = new Table<{ id?: number; n: number }>(true)
    table.reset([{ id: 1, n: 0 }, { id: 1, n: 1 }, { n: 2 }, { id: 2, n: 3 }])
    expect(table.size).toBe(4)
    expect(table.getById(1)?.n).toBe(0)
    expect(table.regular).toBe(false)
    table.delete(table.slotOf(1))
    expect(table.getById(1)?.n).toBe(1)
    table.delete(table.slotOf(1))
    expect(table.getById(1)).toBeUndefined()
    expect(table.toArray().map((item) => item.n)).toEqual([2, 3])
  })

  test('a table of slots that comes with items is used, and kept up to date from there on', () => {
    const items = [
      { id: 1, a: 0 },
      { id: 2, a: 1 },
    ]
    const slots = new SlotTable((slot) => items[slot]!.id)
    for (const [slot, { id }] of items.entries()) slots.add(id, slot)
    const table = new Table<Item>(true)
    table.reset([
      { id: 1, a: 2 },
      { id: 1, a: 3 },
    ])
    table.settle()
    table.reset(items, slots)
    expect(table.regular).toBe(true)
    expect(table.size).toBe(2)
    table.insert({ id: 3, a: 4 })
    table.delete(table.slotOf(1))
    expect([1, 2, 3].map((id) => table.getById(id)?.a)).toEqual([undefined, 1, 4])
    const plain = new Table<Item>(false)
    plain.reset([{ id: 1, a: 0 }], slots)
    expect(plain.toArray()).toEqual([{ id: 1, a: 0 }])
  })
})
