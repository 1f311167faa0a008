import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { defineIndex, type IndexFields } from '../../src/core/indexDefinition.js'
import { FieldIndex, type Key } from '../../src/memory/FieldIndex.js'
import { Group, type Posting } from '../../src/memory/Group.js'
import { SlotBlocks } from '../../src/memory/SlotList.js'
import { compareValues, toSortable } from '../../src/query/compare.js'
import { readPath } from '../../src/query/path.js'

interface Item {
  id: string | number
  [field: string]: unknown
}

const scalar = fc.constantFrom(
  undefined,
  null,
  false,
  true,
  0,
  -0,
  1,
  Number.NaN,
  Infinity,
  -Infinity,
  '',
  'a',
  'b',
  'NaN',
  'null',
  '\u{1f600}',
  '\ue000',
  new Date(0),
  '1970-01-01T00:00:00.000Z',
)
const value = fc.oneof({ weight: 8, arbitrary: scalar }, fc.constantFrom([1], { x: 1 }))
const fields = fc.record({ a: value, b: value, n: fc.record({ c: value }) })
const definitions: readonly IndexFields[] = [
  { a: 1 },
  { a: -1 },
  { 'n.c': 1 },
  { a: 1, b: 1 },
  { a: 1, b: -1 },
  { b: -1, 'n.c': 1 },
  { a: -1, b: 1, 'n.c': -1 },
]

type Step =
  | { readonly do: 'add'; readonly id: string | number; readonly with: object }
  | { readonly do: 'remove'; readonly pick: number }
  | { readonly do: 'replace'; readonly pick: number; readonly with: object }
  | { readonly do: 'compact' }

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('add' as const),
      id: fc.oneof(fc.integer({ min: 0, max: 99 }), fc.string({ maxLength: 2 })),
      with: fields,
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('remove' as const), pick: fc.nat() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('replace' as const), pick: fc.nat(), with: fields }) },
  { weight: 1, arbitrary: fc.constant({ do: 'compact' as const }) },
)

/** An index beside a plain list of slots. */
class Pair {
  items: (Item | undefined)[] = []
  readonly index: FieldIndex

  constructor(definition: IndexFields, identified: boolean) {
    this.index = new FieldIndex(defineIndex(definition), identified, (slot) => this.items[slot])
    this.index.rebuild([])
  }

  do(step: Step): void {
    const { items, index } = this
    const slots = this.slots()
    switch (step.do) {
      case 'add': {
        if (items.some((item) => item?.id === step.id)) return
        const item = { id: step.id, ...step.with }
        index.add(items.push(item) - 1, item)
        return
      }
      case 'remove': {
        const slot = slots[step.pick % slots.length]
        if (slot === undefined) return
        index.remove(slot, items[slot], items[slot]?.id)
        items[slot] = undefined
        return
      }
      case 'replace': {
        const slot = slots[step.pick % slots.length]
        const before = slot === undefined ? undefined : items[slot]
        if (slot === undefined || before === undefined) return
        const after = { id: before.id, ...step.with }
        items[slot] = after
        index.replace(slot, before, after, before.id)
        return
      }
      case 'compact': {
        const renumbered = new Int32Array(items.length)
        for (const [next, slot] of slots.entries()) renumbered[slot] = next
        this.items = slots.map((slot) => items[slot])
        index.renumber(renumbered)
      }
    }
  }

  slots(): number[] {
    return [...this.items.keys()].filter((slot) => this.items[slot] !== undefined)
  }

  /** Groups of slots with equal keys, in the order of the index, worked out from the items alone. */
  expected(): number[][] {
    const parts = this.index.definition.fields
    const compare = (x: number, y: number) => {
      for (const { path, ascending } of parts) {
        const order = compareValues(
          toSortable(readPath(this.items[x], path)),
          toSortable(readPath(this.items[y], path)),
        )
        // An index on one field ascends whatever it was declared as.
        if (order !== 0) return ascending || parts.length === 1 ? order : -order
      }
      return 0
    }
    const groups: number[][] = []
    for (const slot of this.slots().sort((x, y) => compare(x, y) || x - y)) {
      const group = groups.at(-1)
      if (group?.[0] !== undefined && compare(group[0], slot) === 0) group.push(slot)
      else groups.push([slot])
    }
    return groups
  }

  found(reverse: boolean): number[][] {
    const groups: number[][] = []
    this.index.walk(reverse, null, (_key, posting) => groups.push(slotsOf(posting)) > 0)
    return groups
  }
}

function slotsOf(posting: Posting): number[] {
  if (!(posting instanceof Group)) return [posting]
  const slots: number[] = []
  posting.slots.ascend(null, (slot) => slots.push(slot) > 0)
  return slots
}

describe('FieldIndex', () => {
  test('equals a naive multimap after any adds, removals, replacements and renumberings', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...definitions),
        fc.boolean(),
        fc.array(step, { maxLength: 60 }),
        (definition, identified, steps) => {
          const pair = new Pair(definition, identified)
          for (const each of steps) pair.do(each)
          const expected = pair.expected()
          expect(pair.found(false)).toEqual(expected)
          expect(pair.found(true)).toEqual([...expected].reverse())
          for (const group of expected) {
            const posting = pair.index.posting(pair.index.keyOf(pair.items[group[0] as number]))
            expect(posting === undefined ? [] : slotsOf(posting)).toEqual(group)
          }
        },
      ),
      { numRuns: 400 },
    )
  })

  test('rebuild() gives what adding one by one gives', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...definitions),
        fc.array(fields, { maxLength: 30 }),
        (definition, contents) => {
          const pair = new Pair(definition, true)
          pair.items = contents.map((each, id) => ({ id, ...each }))
          pair.index.rebuild(pair.items)
          expect(pair.found(false)).toEqual(pair.expected())
        },
      ),
      { numRuns: 150 },
    )
  })

  test('keeps each group by id too, however the ids arrive', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 0, max: 500 }), { maxLength: 60 }),
        fc.array(fc.nat(), { maxLength: 20 }),
        (ids, removals) => {
          const pair = new Pair({ a: 1 }, true)
          for (const id of ids) pair.do({ do: 'add', id, with: { a: 'same' } })
          for (const pick of removals) pair.do({ do: 'remove', pick })
          const posting = pair.index.posting('same' as Key)
          if (!(posting instanceof Group)) return
          const byId: unknown[] = []
          const ordered = posting.ids((slot) => pair.items[slot]?.id as number)
          if (ordered !== null) ordered.ascend(null, (id) => byId.push(id) > 0)
          else posting.slots.ascend(null, (slot) => byId.push(pair.items[slot]?.id) > 0)
          expect(byId).toEqual(
            pair
              .slots()
              .map((slot) => pair.items[slot]?.id as number)
              .sort((x, y) => x - y),
          )
        },
      ),
      { numRuns: 150 },
    )
  })

  test('a large group stays right while many of its items go, and places at the end are used again', () => {
    const change = fc.oneof(
      { weight: 3, arbitrary: fc.constant('add' as const) },
      { weight: 3, arbitrary: fc.nat() },
      { weight: 2, arbitrary: fc.constant('last' as const) },
      { weight: 1, arbitrary: fc.constantFrom('look' as const, 'length' as const) },
    )
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 1200 }),
        fc.array(change, { maxLength: 400 }),
        fc.boolean(),
        (size, changes, ascending) => {
          const group = new Group(new SlotBlocks())
          const ids = new Map<number, number>()
          const idAt = (slot: number) => ids.get(slot) as number
          const slots: number[] = []
          let next = 0
          let places = 0
          const add = () => {
            const slot = places++
            ids.set(slot, ascending ? next++ : -next++)
            group.add(slot, idAt)
            slots.push(slot)
          }
          const remove = (at: number) => {
            const [slot] = slots.splice(at, 1) as [number]
            group.delete(slot, idAt(slot))
            ids.delete(slot)
            // As a table does: empty places at its end are given to the next items.
            while (places > 0 && !ids.has(places - 1)) places--
          }
          const looked = () => {
            const seen: number[] = []
            group.slots.ascend(null, (slot) => seen.push(slot) > 0)
            return seen
          }
          for (let i = 0; i < size; i++) add()
          for (const each of changes) {
            if (each === 'add') add()
            else if (each === 'look') expect(looked()).toEqual(slots)
            else if (each === 'length') expect(group.length).toBe(slots.length)
            else if (slots.length > 1) remove(each === 'last' ? slots.length - 1 : each % slots.length)
          }
          expect(group.length).toBe(slots.length)
          expect(looked()).toEqual(slots)
          const ordered = group.ids(idAt)
          const byId: number[] = []
          if (ordered === null) byId.push(...slots.map(idAt))
          else ordered.ascend(null, (id) => byId.push(id as number) > 0)
          expect(byId).toEqual(slots.map(idAt).sort((x, y) => x - y))
        },
      ),
      { numRuns: 200 },
    )
  })

  test('a unique key needs a scalar in every field', () => {
    const index = new FieldIndex(defineIndex({ a: 1, b: 1 }, { unique: true }), true, () => ({ id: 'x' }))
    const unique = (item: unknown) => index.isUniqueKey(index.keyOf(item))
    expect(unique({ a: 1, b: false })).toBe(true)
    expect(unique({ a: '', b: 0 })).toBe(true)
    expect([{ a: 1 }, { a: null, b: 1 }, { a: [1], b: 1 }, { a: { c: 1 }, b: 1 }].map(unique)).toEqual([
      false,
      false,
      false,
      false,
    ])
  })
})
