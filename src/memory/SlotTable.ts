import type { Slot } from './Slot.js'

/** No slot has the key. */
export const NONE = -1
/** No slot has the key, but one that may have had it now has another. */
export const STRAY = -2

const LEAST_CAPACITY = 16
const EMPTY = 0

/**
 * From keys to slots, without the keys: those are read from the items, so that a key costs 10 to 25 bytes instead of the
 * 30 to 60 of a Map, and the garbage collector has nothing to walk. A hash table with open addressing and linear probing
 * (Knuth, The Art of Computer Programming, volume 3, section 6.4); each entry is a pair of hash and slot.
 *
 * Keys are texts, numbers, booleans, null and objects, equal as in a Map; all objects are taken for one.
 */
export class SlotTable {
  readonly #keyAt: (slot: Slot) => unknown
  /** Pairs: the hash, and the slot plus one (or `EMPTY`). */
  #pairs = new Int32Array(2 * LEAST_CAPACITY)
  #mask = LEAST_CAPACITY - 1
  #size = 0
  /** Where the last look-up found its slot: who deletes an item has mostly just looked it up. */
  #foundAt = 0

  /** @param keyAt  the key of what stands in a slot now */
  constructor(keyAt: (slot: Slot) => unknown) {
    this.#keyAt = keyAt
  }

  get size(): number {
    return this.#size
  }

  /** The slot with that key; `NONE`, or `STRAY`, when there is none. */
  find(key: unknown): Slot {
    const pairs = this.#pairs
    const hash = hashOf(key)
    let none = NONE
    for (let at = hash & this.#mask; ; at = (at + 1) & this.#mask) {
      const entry = pairs[2 * at + 1]!
      if (entry === EMPTY) return none
      if (pairs[2 * at] !== hash) continue
      const found = this.#keyAt(entry - 1)
      if (isSame(found, key)) {
        this.#foundAt = at
        return entry - 1
      }
      // Two keys may share a hash, but no key has two.
      if (hashOf(found) !== hash) none = STRAY
    }
  }

  /** Adds a slot under a key that no other slot has. */
  add(key: unknown, slot: Slot): void {
    if ((this.#size + 1) * 10 > (this.#mask + 1) * 7) this.#make(this.#size + 1)
    this.#put(hashOf(key), slot + 1)
    this.#size++
  }

  /** Adds a slot under its key unless another slot has that; whether it did. */
  addNew(key: unknown, slot: Slot): boolean {
    if ((this.#size + 1) * 10 > (this.#mask + 1) * 7) this.#make(this.#size + 1)
    const pairs = this.#pairs
    const hash = hashOf(key)
    let at = hash & this.#mask
    for (; pairs[2 * at + 1] !== EMPTY; at = (at + 1) & this.#mask) {
      if (pairs[2 * at] === hash && isSame(this.#keyAt(pairs[2 * at + 1]! - 1), key)) return false
    }
    pairs[2 * at] = hash
    pairs[2 * at + 1] = slot + 1
    this.#size++
    return true
  }

  /** Takes a slot out that stands under that key; false when it does not. */
  delete(key: unknown, slot: Slot): boolean {
    if (this.#size === 0) return false
    const pairs = this.#pairs
    let at = this.#foundAt
    if (pairs[2 * at + 1] !== slot + 1) {
      for (at = hashOf(key) & this.#mask; pairs[2 * at + 1] !== slot + 1; at = (at + 1) & this.#mask)
        if (pairs[2 * at + 1] === EMPTY) return false
    }
    this.#close(at)
    this.#size--
    return true
  }

  /** Takes everything out, and makes room for as many keys as are to come. */
  clear(expected = 0): void {
    this.#size = 0
    this.#make(expected)
  }

  /** Takes over all entries of a table of the same keys, which is not to be used any more. */
  adopt(other: SlotTable): void {
    this.#pairs = other.#pairs
    this.#mask = other.#mask
    this.#size = other.#size
  }

  /** Slots were renumbered: `renumbered[old]` is the new one. */
  renumber(renumbered: Int32Array): void {
    // Much was deleted, else nobody would renumber: give back the room for it.
    if (this.#size * 8 < this.#mask) this.#make(this.#size)
    const pairs = this.#pairs
    for (let i = 1; i < pairs.length; i += 2) {
      if (pairs[i]! > 0) pairs[i] = renumbered[pairs[i]! - 1]! + 1
    }
  }

  /** All slots, ascending. */
  slots(): Int32Array {
    const slots = new Int32Array(this.#size)
    let count = 0
    for (let i = 1; i < this.#pairs.length; i += 2)
      if (this.#pairs[i]! > 0) slots[count++] = this.#pairs[i]! - 1
    return slots.sort()
  }

  /** Makes the table anew, with room for `size` entries and about as many more. */
  #make(size: number): void {
    let capacity = LEAST_CAPACITY
    while (capacity * 7 < size * 10 * 1.4) capacity *= 2
    const before = this.#pairs
    this.#pairs = new Int32Array(2 * capacity)
    this.#mask = capacity - 1
    if (this.#size === 0) return
    for (let i = 1; i < before.length; i += 2) if (before[i]! > 0) this.#put(before[i - 1]!, before[i]!)
  }

  #put(hash: number, entry: number): void {
    const pairs = this.#pairs
    let at = hash & this.#mask
    while (pairs[2 * at + 1]! !== EMPTY) at = (at + 1) & this.#mask
    pairs[2 * at] = hash
    pairs[2 * at + 1] = entry
  }

  /**
   * Empties a place, and moves up what would no longer be found behind it (algorithm R of the same section). Marks of
   * deleted entries would need less code, but an id that comes and goes would leave a longer trail of them each time.
   */
  #close(place: number): void {
    const pairs = this.#pairs
    const mask = this.#mask
    let gap = place
    for (let at = (gap + 1) & mask; pairs[2 * at + 1] !== EMPTY; at = (at + 1) & mask) {
      const way = (at - pairs[2 * at]!) & mask
      if (way < ((at - gap) & mask)) continue
      pairs[2 * gap] = pairs[2 * at]!
      pairs[2 * gap + 1] = pairs[2 * at + 1]!
      gap = at
    }
    pairs[2 * gap + 1] = EMPTY
  }
}

function isSame(a: unknown, b: unknown): boolean {
  if (a === b || Object.is(a, b)) return true
  return typeof a === 'object' && typeof b === 'object' && a !== null && b !== null
}

/** Another in each process, so that ids cannot be chosen beforehand to fall on one place. */
const SEED = (Math.random() * 2 ** 32) | 0

const double = new Float64Array(1)
const halves = new Int32Array(double.buffer)

/** 32 bits of hash: multiplied, shifted and mixed as in MurmurHash3 (Appleby), but for each character. */
function hashOf(key: unknown): number {
  let hash = SEED
  if (typeof key === 'string') {
    for (let i = 0; i < key.length; i++) {
      hash = Math.imul(hash ^ key.charCodeAt(i), 0xcc9e2d51)
      hash ^= hash >>> 15
    }
  } else if (typeof key === 'number') {
    // Zero and minus zero are one key.
    double[0] = key === 0 ? 0 : key
    hash = Math.imul(hash ^ halves[0]!, 0xcc9e2d51)
    hash = Math.imul(hash ^ (hash >>> 15) ^ halves[1]!, 0xcc9e2d51)
  } else {
    hash ^= key === true ? 1 : key === false ? 2 : key === null ? 3 : 4
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  return hash ^ (hash >>> 13)
}
