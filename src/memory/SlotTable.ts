import type { Slot } from './Slot.js'

/** No slot has the key. */
export const NONE = -1
/** No slot has the key, but one that may have had it now has another. */
export const STRAY = -2

const LEAST_CAPACITY = 16
/**
 * The table is made anew when so much of it is in use, with this many times the room that its entries take: more for many
 * of them, whose keys are mostly out of the cache when they are read again.
 */
const FULLEST = 0.8
const ROOM = 4 / 3
const ROOM_OF_MANY = 1.5
const MANY = 65_536

const EMPTY = 0
/** An entry that was deleted, which searches must pass: the lower bits of no other one are zero. */
const DEAD = 1 << 31

/**
 * From keys to slots, without the keys: those are read from the items, so that a key costs 5 to 8 bytes instead of the
 * 30 to 60 of a Map, and the garbage collector has nothing to walk. A hash table with open addressing and linear probing
 * (Knuth, The Art of Computer Programming, volume 3, section 6.4). An entry is a slot plus one in the lower bits and, in
 * what is left of 32, the end of the hash: keys of other hashes are hardly ever read. Growing reads all keys.
 *
 * Keys are texts, numbers, booleans, null and objects, equal as in a Map; all objects are taken for one.
 */
export class SlotTable {
  readonly #keyAt: (slot: Slot) => unknown
  #entries = new Int32Array(LEAST_CAPACITY)
  /** The lower bits of an entry. */
  #slotBits = 5
  #slotMask = 31
  #size = 0
  /** Entries that are not `EMPTY`. */
  #used = 0
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
    return this.#find(key, hashOf(key))
  }

  /** Adds a slot under a key that no other slot has. */
  add(key: unknown, slot: Slot): void {
    this.#makeRoomFor(slot)
    this.#put(hashOf(key), slot)
  }

  /** Adds a slot under its key unless another slot has that; whether it did. */
  addNew(key: unknown, slot: Slot): boolean {
    const hash = hashOf(key)
    if (this.#find(key, hash) >= 0) return false
    this.#makeRoomFor(slot)
    this.#put(hash, slot)
    return true
  }

  /** Takes a slot out that stands under that key; false when it does not. */
  delete(key: unknown, slot: Slot): boolean {
    const entries = this.#entries
    const mask = this.#slotMask
    let at = this.#foundAt
    if (at >= entries.length || (entries[at]! & mask) !== slot + 1) {
      for (at = this.#home(hashOf(key)); (entries[at]! & mask) !== slot + 1; at = this.#next(at))
        if (entries[at] === EMPTY) return false
    }
    entries[at] = DEAD
    this.#size--
    // Dead entries that no living one stands behind need not be passed: an id that comes and goes leaves no trail.
    if (entries[this.#next(at)] !== EMPTY) return true
    for (; entries[at] === DEAD; at = at === 0 ? entries.length - 1 : at - 1) {
      entries[at] = EMPTY
      this.#used--
    }
    return true
  }

  /** Takes everything out, and makes room for as many keys as are to come. */
  clear(expected = 0): void {
    this.#make(new Int32Array(0), expected, expected)
  }

  /** Takes over all entries of a table of the same keys, which is not to be used any more. */
  adopt(other: SlotTable): void {
    this.#entries = other.#entries
    this.#slotBits = other.#slotBits
    this.#slotMask = other.#slotMask
    this.#size = other.#size
    this.#used = other.#used
  }

  /** Slots were renumbered: `renumbered[old]` is the new one. The keys are already found by the new ones. */
  renumber(renumbered: Int32Array): void {
    const entries = this.#entries
    const mask = this.#slotMask
    for (let at = 0; at < entries.length; at++) {
      const entry = entries[at]!
      const slot = (entry & mask) - 1
      if (slot >= 0) entries[at] = (entry & ~mask) | (renumbered[slot]! + 1)
    }
    // Much was deleted, else nobody would renumber: give back the room for it.
    if (this.#size * 6 < entries.length) this.#make(this.slots(), this.#size, 0)
  }

  /** All slots, ascending. */
  slots(): Int32Array {
    const mask = this.#slotMask
    // Much faster than to sort them.
    const taken = new Uint8Array(mask)
    for (const entry of this.#entries) if ((entry & mask) !== 0) taken[(entry & mask) - 1] = 1
    const slots = new Int32Array(this.#size)
    let count = 0
    for (let slot = taken.indexOf(1); slot >= 0; slot = taken.indexOf(1, slot + 1)) slots[count++] = slot
    return slots
  }

  #find(key: unknown, hash: number): Slot {
    const entries = this.#entries
    const mask = this.#slotMask
    const mark = hash << this.#slotBits
    let none = NONE
    for (let at = this.#home(hash); ; at = this.#next(at)) {
      const entry = entries[at]!
      if (entry === EMPTY) return none
      if ((entry & ~mask) !== mark || entry === DEAD) continue
      const slot = (entry & mask) - 1
      const found = this.#keyAt(slot)
      if (isSame(found, key)) {
        this.#foundAt = at
        return slot
      }
      // Two keys may have one mark, but no key has two.
      if (hashOf(found) << this.#slotBits !== mark) none = STRAY
    }
  }

  #makeRoomFor(slot: Slot): void {
    if (this.#used < this.#entries.length * FULLEST && slot < this.#slotMask) return
    this.#make(this.slots(), this.#size + 1, slot)
  }

  /** Makes the table anew, of these slots and with room for as many as expected, and for numbers up to `largest`. */
  #make(slots: Int32Array, expected: number, largest: Slot): void {
    const room = expected < MANY ? ROOM : ROOM_OF_MANY
    const capacity = Math.max(LEAST_CAPACITY, Math.ceil((expected * room) / FULLEST))
    const last = slots[slots.length - 1] ?? 0
    this.#slotBits = 32 - Math.clz32(Math.max(capacity, largest + 1, last + 1))
    this.#slotMask = 2 ** this.#slotBits - 1
    this.#entries = new Int32Array(capacity)
    this.#size = 0
    this.#used = 0
    // In the order of the items, most of which lie side by side in memory.
    for (let i = 0; i < slots.length; i++) this.#put(hashOf(this.#keyAt(slots[i]!)), slots[i]!)
  }

  #put(hash: number, slot: Slot): void {
    const entries = this.#entries
    let at = this.#home(hash)
    while ((entries[at]! & this.#slotMask) !== 0) at = this.#next(at)
    if (entries[at] === EMPTY) this.#used++
    entries[at] = (hash << this.#slotBits) | (slot + 1)
    this.#size++
  }

  /** Where the search for a hash begins: the beginning of the hash says how far into the table. */
  #home(hash: number): number {
    return Math.floor((hash >>> 0) * (this.#entries.length / 2 ** 32))
  }

  #next(at: number): number {
    return at + 1 === this.#entries.length ? 0 : at + 1
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
