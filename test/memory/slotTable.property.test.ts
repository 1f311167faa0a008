import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { NONE, SlotTable, STRAY } from '../../src/memory/SlotTable.js'

const OTHER = { other: true }

/** A slot table beside a Map; the keys stand in `keys`, as those of items do. */
class Pair {
  readonly keys: unknown[] = []
  table = new SlotTable((slot) => this.keys[slot])
  readonly map = new Map<unknown, number>()

  add(key: unknown): void {
    if (this.map.has(key)) return
    const slot = this.keys.push(key) - 1
    this.map.set(key, slot)
    this.table.add(key, slot)
  }

  addNew(key: unknown): void {
    const slot = this.keys.push(key) - 1
    expect(this.table.addNew(key, slot)).toBe(!this.map.has(key))
    if (!this.map.has(key)) this.map.set(key, slot)
  }

  adopt(): void {
    const before = this.table
    this.table = new SlotTable((slot) => this.keys[slot])
    this.table.adopt(before)
  }

  delete(key: unknown): void {
    const slot = this.map.get(key)
    expect(this.table.delete(key, slot ?? this.keys.length)).toBe(slot !== undefined)
    this.map.delete(key)
  }

  /** Moves the living to the front, in order. */
  renumber(): void {
    const renumbered = new Int32Array(this.keys.length)
    const living = this.keys.flatMap((key, slot) => (this.map.get(key) === slot ? [{ key, slot }] : []))
    for (const [next, { key, slot }] of living.entries()) {
      renumbered[slot] = next
      this.map.set(key, next)
    }
    this.keys.splice(0, this.keys.length, ...living.map(({ key }) => key))
    this.table.renumber(renumbered)
  }

  check(others: readonly unknown[]): void {
    expect(this.table.size).toBe(this.map.size)
    for (const [key, slot] of this.map) expect(this.table.find(key)).toBe(slot)
    for (const key of others) expect(this.table.find(key)).toBe(this.map.get(key) ?? NONE)
    expect([...this.table.slots()]).toEqual([...this.map.values()].sort((a, b) => a - b))
  }
}

const key = fc.oneof(
  fc.integer({ min: 0, max: 60 }),
  fc.constantFrom<unknown>(
    null,
    true,
    false,
    OTHER,
    Number.NaN,
    -0,
    0.5,
    -1,
    2 ** 40,
    5e-324,
    '',
    'a',
    '0',
    '1',
  ),
  fc.string({ maxLength: 3 }),
)
const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ add: key }) },
  { weight: 3, arbitrary: fc.record({ addNew: key }) },
  { weight: 5, arbitrary: fc.record({ delete: key }) },
  { weight: 1, arbitrary: fc.constantFrom('renumber' as const, 'clear' as const, 'adopt' as const) },
)

describe('SlotTable', () => {
  test('equals a Map from keys to slots after any steps', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), fc.array(key), (steps, others) => {
        const pair = new Pair()
        for (const each of steps) {
          if (each === 'renumber') pair.renumber()
          else if (each === 'adopt') pair.adopt()
          else if (each === 'clear') {
            pair.table.clear()
            pair.map.clear()
          } else if ('add' in each) pair.add(each.add)
          else if ('addNew' in each) pair.addNew(each.addNew)
          else pair.delete(each.delete)
        }
        pair.check(others)
      }),
      { numRuns: 300 },
    )
  })

  test('a hundred thousand keys of each kind, half of them deleted, the rest found', () => {
    for (const make of [
      (i: number) => `item-${i}`,
      (i: number) => i,
      (i: number) => i * 65_536,
      (i: number) => i / 7,
    ]) {
      const pair = new Pair()
      for (let i = 0; i < 100_000; i++) pair.add(make(i))
      for (let i = 0; i < 100_000; i += 2) pair.delete(make(i))
      expect(pair.table.size).toBe(50_000)
      for (let i = 0; i < 100_000; i++) {
        if (pair.table.find(make(i)) !== (i % 2 === 0 ? NONE : i))
          throw new Error(`wrong slot for ${make(i)}`)
      }
    }
  })

  test('adding and deleting for ever keeps finding, and leaves what is missing missing', () => {
    const pair = new Pair()
    for (let i = 0; i < 50_000; i++) {
      pair.add(`k${i}`)
      if (i >= 20) pair.delete(`k${i - 20}`)
    }
    pair.check(['k0', 'k49979', 'k50000'])
  })

  test('few of many keys are found after a renumbering, and the others are not', () => {
    const pair = new Pair()
    for (let i = 0; i < 10_000; i++) pair.add(`k${i}`)
    for (let i = 0; i < 10_000; i++) if (i % 1000 !== 7) pair.delete(`k${i}`)
    pair.renumber()
    pair.check(['k0', 'k7', 'k9007', 'k9999'])
    for (let i = 0; i < 100; i++) pair.add(`new${i}`)
    pair.check(['k0', 'k7', 'new99', 'new100'])
  })

  test('few keys in slots far apart are found, and told from each other', () => {
    const slots = [0, 15, 31, 32, 4095, 4096, 70_000, 2 ** 20 - 2, 2 ** 20 - 1, 2 ** 20, 2 ** 22 + 1]
    const table = new SlotTable((slot) => `k${slot}`)
    for (const slot of slots) table.add(`k${slot}`, slot)
    expect([...table.slots()]).toEqual(slots)
    for (const slot of slots) expect(table.find(`k${slot}`)).toBe(slot)
    for (const slot of slots) expect(table.delete(`k${slot}`, slot + 7)).toBe(false)
    for (const slot of slots) expect(table.delete(`k${slot}`, slot)).toBe(true)
    for (const slot of slots) expect(table.find(`k${slot}`)).toBe(NONE)
  })

  test('keys that come and go do not make the table larger, nor a search in it endless', () => {
    const pair = new Pair()
    for (let i = 0; i < 1000; i++) pair.add(`k${i}`)
    for (let i = 0; i < 30_000; i++) {
      pair.delete(`k${i % 1000}`)
      pair.add(`k${i % 1000}`)
      expect(pair.table.find(`other${i}`)).toBe(NONE)
    }
    pair.check(['k1000'])
  })

  test('a slot whose key was changed is told from one that never had it', () => {
    const pair = new Pair()
    pair.add('a')
    pair.keys[0] = 'b'
    expect(pair.table.find('a')).toBe(STRAY)
    expect(pair.table.find('c')).toBe(NONE)
  })
})
