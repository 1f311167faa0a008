import type { Batch, Change } from '../contract/Change.js'
import { isUsableId } from '../memory/Slot.js'
import { SlotTable } from '../memory/SlotTable.js'

/** An id as the file can hold it. Booleans are ids too, as in Pip.Services. */
export type Id = string | number | boolean

/**
 * Applies batches to the items of a snapshot. Deleted items leave holes that are closed when positions are asked for and
 * at the end, so that many deletes cost one pass and not one each. The look-up by id is made when it is first needed.
 */
export class Replay<T> {
  #items: (T | typeof HOLE)[]
  #holes = 0
  /** Where each id stands first; null until needed. */
  #slots: SlotTable | null = null
  /** Ids of more than one item, with all their places but the first, ascending. */
  readonly #more = new Map<Id, number[]>()
  /** Slots whose item is found by an id that is not its own, and that id. What this library writes has none. */
  readonly #renamed = new Map<number, Id>()

  constructor(items: T[]) {
    this.#items = items
  }

  /** The items, dense. Nothing may be applied afterwards. */
  finish(): T[] {
    const slots = this.#slots
    const unique = slots?.size === this.#items.length - this.#holes && this.#renamed.size === 0
    if (this.#holes > 0) {
      const renumbered = this.#close()
      if (unique) slots.renumber(renumbered)
    }
    this.#slots = unique ? slots : null
    return this.#items as T[]
  }

  /** Once finished: where each id stands, when it is known that every item has one and no two the same; else null. */
  get slots(): SlotTable | null {
    return this.#slots
  }

  /** Applies one batch; false when it names a position that does not exist: then the journal is not this file's. */
  apply(batch: Batch<T>): boolean {
    const doomed: number[] = []
    if (this.#holes > 0 && batch.some((change) => change.op === 'deleteAt')) this.#close()
    const length = this.#items.length
    let cleared = false
    for (const change of batch) {
      if (change.op === 'clear') {
        cleared = true
        doomed.length = 0
      }
      this.#change(change)
      if (change.op === 'deleteAt' && !cleared) {
        for (const position of change.positions) {
          if (position >= length) return false
          doomed.push(position)
        }
      }
    }
    // Positions are those before the batch: until here nothing has moved, and what was added stands behind them.
    for (const position of doomed) this.#deleteSlot(position)
    return true
  }

  #change(change: Change<T>): void {
    if (change.op === 'deleteAt') return
    if (change.op === 'clear') {
      this.#items = []
      this.#holes = 0
      this.#forget()
    } else if (change.op === 'delete') {
      const slot = this.#index().find(change.id)
      if (slot >= 0) this.#deleteSlot(slot)
    } else if (change.id === null) {
      const slot = this.#items.push(change.item) - 1
      if (this.#slots !== null) this.#note(this.#slots, slot)
    } else this.#put(change.id, change.item)
  }

  #put(id: Id, item: T): void {
    const slots = this.#index()
    const found = slots.find(id)
    const slot = found < 0 ? this.#items.length : found
    this.#items[slot] = item
    if (idOf(item) !== id) this.#renamed.set(slot, id)
    else if (this.#renamed.size > 0) this.#renamed.delete(slot)
    if (found < 0) slots.add(id, slot)
  }

  /** The id by which the item in a slot is found; a hole has none. */
  #idAt(slot: number): Id | null {
    const id = this.#renamed.size === 0 ? undefined : this.#renamed.get(slot)
    return id === undefined ? idOf(this.#items[slot]) : id
  }

  #note(slots: SlotTable, slot: number): void {
    const id = idOf(this.#items[slot])
    if (id === null || slots.addNew(id, slot)) return
    const more = this.#more.get(id)
    if (more === undefined) this.#more.set(id, [slot])
    else more.push(slot)
  }

  #deleteSlot(slot: number): void {
    // A position may be named twice.
    if (this.#items[slot] === HOLE) return
    const id = this.#idAt(slot)
    this.#items[slot] = HOLE
    this.#holes++
    this.#renamed.delete(slot)
    if (this.#slots === null || id === null) return
    const more = this.#more.get(id)
    if (this.#slots.delete(id, slot)) {
      const next = more?.shift()
      if (next !== undefined) this.#slots.add(id, next)
    } else more?.splice(more.indexOf(slot), 1)
  }

  #index(): SlotTable {
    if (this.#slots === null) {
      this.#slots = new SlotTable((slot) => this.#idAt(slot))
      this.#slots.clear(this.#items.length)
      for (let slot = 0; slot < this.#items.length; slot++) this.#note(this.#slots, slot)
    }
    return this.#slots
  }

  /** Closes the holes; where each item stood, its new place. */
  #close(): Int32Array {
    const renumbered = new Int32Array(this.#items.length)
    const items: T[] = []
    for (let slot = 0; slot < this.#items.length; slot++) {
      const item = this.#items[slot] as T | typeof HOLE
      if (item !== HOLE) renumbered[slot] = items.push(item) - 1
    }
    this.#items = items
    this.#holes = 0
    this.#forget()
    return renumbered
  }

  #forget(): void {
    this.#slots = null
    this.#more.clear()
    this.#renamed.clear()
  }
}

const HOLE: unique symbol = Symbol('deleted')

/** The id of an item that has a usable one; -0 is 0, as everywhere. */
export function idOf(item: unknown): Id | null {
  if (typeof item !== 'object' || item === null) return null
  const id = (item as { id?: unknown }).id
  return isUsableId(id) ? id : null
}
