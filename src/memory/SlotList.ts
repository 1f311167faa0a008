import type { Slot } from './Slot.js'
import { firstWhere } from './SortedList.js'

/** A block is its number of slots, and room for slots. */
const BLOCK = 32
const ROOM = BLOCK - 1
/** Lists of fewer blocks grow by exactly one at a time. */
const SHORT = 16

/**
 * The blocks of many lists in one array of 32-bit numbers. A typed array for each list would cost more than the slots of
 * a short one.
 */
export class SlotBlocks {
  numbers = new Int32Array(0)
  /** Where the blocks that nobody has had begin. */
  #end = 0
  readonly #returned: number[] = []

  /** Where an empty block begins. */
  take(): number {
    const block = this.#returned.pop() ?? this.#grow()
    this.numbers[block] = 0
    return block
  }

  giveBack(block: number): void {
    this.#returned.push(block)
  }

  #grow(): number {
    const block = this.#end
    this.#end += BLOCK
    if (this.#end > this.numbers.length) {
      // By a sixteenth: each number is copied some seventeen times in all, which takes a few nanoseconds.
      const larger = new Int32Array(this.#end + ((this.#end >>> 4) & -BLOCK))
      larger.set(this.numbers)
      this.numbers = larger
    }
    return block
  }
}

/**
 * Slots in ascending order, each once, at 4 bytes each and not the 8 of an array's entry. In blocks, so that an insert
 * moves few of them, however many there are.
 */
export class SlotList {
  readonly #home: SlotBlocks
  /** Where the blocks begin, in the order of their slots; only the first of an empty list is empty. */
  #blocks: number[]
  #length = 0

  /** @param home  has the blocks of this list and of others */
  constructor(home: SlotBlocks) {
    this.#home = home
    // A literal has room for its one element, an array that grows for seventeen: most lists need one.
    this.#blocks = [home.take()]
  }

  get length(): number {
    return this.#length
  }

  get last(): Slot | undefined {
    return this.#length === 0 ? undefined : this.#lastIn(this.#blocks[this.#blocks.length - 1]!)
  }

  /** Puts a slot in its place; nothing changes when it is there already. */
  insert(slot: Slot): void {
    const blocks = this.#blocks
    const { last } = this
    if (last === undefined || last < slot) {
      const tail = blocks[blocks.length - 1]!
      // The full tail is left full: slots mostly come in order, and fill the next one.
      this.#put(this.#isFull(tail) ? this.#addBlock(blocks.length) : tail, slot)
      return
    }
    const at = this.#find(slot)
    const block = blocks[at]!
    if (this.#isFull(block)) this.#cut(at)
    this.#put(this.#lastIn(block) < slot ? this.#blocks[at + 1]! : block, slot)
  }

  /** Takes a slot out, if it is there. */
  delete(slot: Slot): void {
    const at = this.#find(slot)
    if (at === this.#blocks.length) return
    const { numbers } = this.#home
    const block = this.#blocks[at]!
    const index = this.#indexIn(block, slot)
    if (numbers[index] !== slot) return
    numbers.copyWithin(index, index + 1, block + 1 + numbers[block]!)
    numbers[block]!--
    this.#length--
    if (numbers[block] === 0 && this.#length > 0) {
      this.#blocks.splice(at, 1)
      this.#home.giveBack(block)
    }
    // Blocks that are nearly empty cost as much as full ones.
    if (this.#length * 4 < (this.#blocks.length - 1) * ROOM) this.deleteAll([])
  }

  /** Takes many slots out in one pass, and closes the gaps between all; `slots` ascend. Others are passed over. */
  deleteAll(slots: ArrayLike<Slot>): void {
    const { numbers } = this.#home
    const blocks = this.#blocks
    let next = 0
    let kept = 0
    let into = 0
    for (const block of blocks) {
      const end = block + numbers[block]!
      for (let index = block + 1; index <= end; index++) {
        const slot = numbers[index]!
        while (next < slots.length && slots[next]! < slot) next++
        if (next < slots.length && slots[next] === slot) continue
        if (kept === ROOM) {
          numbers[blocks[into++]!] = ROOM
          kept = 0
        }
        numbers[blocks[into]! + ++kept] = slot
      }
    }
    numbers[blocks[into]!] = kept
    this.#length = into * ROOM + kept
    for (const block of blocks.splice(into + 1)) this.#home.giveBack(block)
  }

  /** Gives all blocks back: the list is not to be used any more. */
  free(): void {
    for (const block of this.#blocks) this.#home.giveBack(block)
  }

  /**
   * A list elsewhere, of the slots that these were given for: `renumbered[old]` is the new one; the order is the same.
   */
  renumber(renumbered: Int32Array, home: SlotBlocks): SlotList {
    const list = new SlotList(home)
    this.ascend(null, (slot) => {
      list.insert(renumbered[slot]!)
      return true
    })
    return list
  }

  /**
   * Calls `visit` with each slot in order until it returns false. Starts at the first slot for which `below` is false
   * (`null`: the first); `below` must be true for a run at the start and false from there on.
   */
  ascend(below: ((slot: Slot) => boolean) | null, visit: (slot: Slot) => boolean): void {
    if (this.#length === 0) return
    const { numbers } = this.#home
    const blocks = this.#blocks
    let at = 0
    let from = 0
    if (below !== null) {
      at = firstWhere(blocks.length, (i) => !below(this.#lastIn(blocks[i]!)))
      if (at === blocks.length) return
      const block = blocks[at]!
      from = firstWhere(numbers[block]!, (i) => !below(numbers[block + 1 + i]!))
    }
    for (; at < blocks.length; at++, from = 0) {
      const block = blocks[at]!
      const end = block + numbers[block]!
      for (let index = block + 1 + from; index <= end; index++) if (!visit(numbers[index]!)) return
    }
  }

  /**
   * Calls `visit` with each slot in reverse order until it returns false. Starts at the last slot for which `above` is
   * false (`null`: the last); `above` must be false for a run at the start and true from there on.
   */
  descend(above: ((slot: Slot) => boolean) | null, visit: (slot: Slot) => boolean): void {
    if (this.#length === 0) return
    const { numbers } = this.#home
    const blocks = this.#blocks
    let at = blocks.length - 1
    let count = numbers[blocks[at]!]!
    if (above !== null) {
      at = firstWhere(blocks.length, (i) => above(numbers[blocks[i]! + 1]!)) - 1
      if (at < 0) return
      const block = blocks[at]!
      count = firstWhere(numbers[block]!, (i) => above(numbers[block + 1 + i]!))
    }
    for (;;) {
      const block = blocks[at]!
      for (let index = block + count; index > block; index--) if (!visit(numbers[index]!)) return
      if (--at < 0) return
      count = numbers[blocks[at]!]!
    }
  }

  /** A function that tells whether a slot is in the list, to be asked of slots that ascend. */
  follower(): (slot: Slot) => boolean {
    const { numbers } = this.#home
    const blocks = this.#blocks
    let at = this.#length === 0 ? blocks.length : 0
    return (slot) => {
      while (at < blocks.length && this.#lastIn(blocks[at]!) < slot) at++
      return at < blocks.length && numbers[this.#indexIn(blocks[at]!, slot)] === slot
    }
  }

  #lastIn(block: number): Slot {
    const { numbers } = this.#home
    return numbers[block + numbers[block]!]!
  }

  #isFull(block: number): boolean {
    return this.#home.numbers[block] === ROOM
  }

  /** A new block at that place of the list. */
  #addBlock(at: number): number {
    const block = this.#home.take()
    // Arrays that grow leave room, which costs short lists more than a copy.
    if (this.#blocks.length < SHORT) this.#blocks = this.#blocks.toSpliced(at, 0, block)
    else this.#blocks.splice(at, 0, block)
    return block
  }

  /** Moves the upper half of a block to a new one behind it. */
  #cut(at: number): void {
    const block = this.#blocks[at]!
    const upper = this.#addBlock(at + 1)
    const { numbers } = this.#home
    const end = block + 1 + numbers[block]!
    const half = numbers[block]! >>> 1
    numbers.copyWithin(upper + 1, block + 1 + half, end)
    numbers[upper] = numbers[block]! - half
    numbers[block] = half
  }

  /** Puts a slot in its place in a block that has room. */
  #put(block: number, slot: Slot): void {
    const { numbers } = this.#home
    const end = block + 1 + numbers[block]!
    const index = this.#lastIn(block) < slot ? end : this.#indexIn(block, slot)
    if (index < end) {
      if (numbers[index] === slot) return
      numbers.copyWithin(index + 1, index, end)
    }
    numbers[index] = slot
    numbers[block]!++
    this.#length++
  }

  /** The first block whose last slot is not below that one; past the end when there is none. */
  #find(slot: Slot): number {
    const blocks = this.#blocks
    let low = 0
    let high = this.#length === 0 ? 0 : blocks.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#lastIn(blocks[middle]!) < slot) low = middle + 1
      else high = middle
    }
    return low
  }

  /** Where in `numbers` the first slot of a block stands that is not below that one; behind the last when none is. */
  #indexIn(block: number, slot: Slot): number {
    const { numbers } = this.#home
    let low = block + 1
    let high = low + numbers[block]!
    while (low < high) {
      const middle = (low + high) >>> 1
      if (numbers[middle]! < slot) low = middle + 1
      else high = middle
    }
    return low
  }
}
