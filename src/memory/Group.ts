import { type AnyId, compareIds } from '../query/compare.js'
import type { Slot } from './Slot.js'
import { type SlotBlocks, SlotList } from './SlotList.js'
import { SortedList } from './SortedList.js'

/** The items with one key: a slot, or several in two orders. */
export type Posting = Slot | Group

/** Several slots with one key, in insertion order, and by id once a sort has asked for that. */
export class Group {
  #slots: SlotList
  /** Deleted slots that are still in the list: to find the place of each costs more than one pass for many of them. */
  #dead: Slot[] | null = null
  /** The ids ascend with the slots, as ids that the component made do: one list then serves for both orders. */
  #ascending = true
  #ids: SortedList<AnyId> | null = null

  constructor(home: SlotBlocks) {
    this.#slots = new SlotList(home)
  }

  get length(): number {
    return this.#slots.length - (this.#dead?.length ?? 0)
  }

  get slots(): SlotList {
    if (this.#dead !== null) this.#bury(this.#dead)
    return this.#slots
  }

  add(slot: Slot, idAt: ((slot: Slot) => AnyId) | null): void {
    const { last } = this.#slots
    // A place at the end of the table may be given to another item: it must not be in the list as a dead one.
    if (last !== undefined && slot <= last && this.#dead !== null) this.#bury(this.#dead)
    if (idAt !== null) {
      const after = last === undefined || (slot > last && compareIds(idAt(slot), idAt(last)) > 0)
      if (!after) this.#ascending = false
      this.#ids?.insert(idAt(slot))
    }
    this.#slots.insert(slot)
  }

  delete(slot: Slot, id: AnyId): void {
    this.#ids?.delete(id)
    this.#dead ??= []
    const dead = this.#dead.push(slot)
    // The last one is what new ones are compared with, so it is never dead.
    if (slot === this.#slots.last || dead * 2 > this.#slots.length) this.#bury(this.#dead)
  }

  /** The ids in order; `null` when that is the order of the slots. Made when first asked for, kept from then on. */
  ids(idAt: (slot: Slot) => AnyId): SortedList<AnyId> | null {
    if (this.#ascending) return null
    if (this.#ids === null) {
      const ids: AnyId[] = []
      this.slots.ascend(null, (slot) => ids.push(idAt(slot)) > 0)
      this.#ids = new SortedList(compareIds, ids.sort(compareIds))
    }
    return this.#ids
  }

  /** Slots were renumbered in the same order, and their lists move: `renumbered[old]` is the new one. */
  renumber(renumbered: Int32Array, home: SlotBlocks): void {
    this.#slots = this.slots.renumber(renumbered, home)
  }

  /** Nobody will use the group any more. */
  free(): void {
    this.#slots.free()
  }

  #bury(dead: readonly Slot[]): void {
    this.#dead = null
    if (dead.length * 64 < this.#slots.length) for (const slot of dead) this.#slots.delete(slot)
    else this.#slots.deleteAll(new Int32Array(dead).sort())
  }
}
