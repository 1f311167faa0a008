import type { Batch, Change } from '../contract/Change.js'
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
  /** Once that is there: the id by which the item in each slot is found. */
  #keys: (Id | null)[] = []
  /** Ids of more than one item, with all their places but the first, ascending. */
  readonly #more = new Map<Id, number[]>()

  constructor(items: T[]) {
    this.#items = items
  }

  /** The items, dense. Nothing may be applied afterwards. */
  finish(): T[] {
    this.#close()
    return this.#items as T[]
  }

  /** Applies one batch; false when it names a position that does not exist: then the journal is not this file's. */
  apply(batch: Batch<T>): boolean {
    const doomed: number[] = []
    if (batch.some((change) => change.op === 'deleteAt')) this.#close()
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
      this.#slots = null
      this.#more.clear()
    } else if (change.op === 'delete') {
      const slot = this.#index().find(change.id)
      if (slot >= 0) this.#deleteSlot(slot)
    } else {
      const slot = change.id === null ? -1 : this.#index().find(change.id)
      if (slot < 0) this.#add(change.item, change.id ?? idOf(change.item))
      else this.#items[slot] = change.item
    }
  }

  #add(item: T, id: Id | null): void {
    this.#items.push(item)
    if (this.#slots !== null) this.#note(this.#slots, id)
  }

  /** Notes the id of the next slot. */
  #note(slots: SlotTable, id: Id | null): void {
    const slot = this.#keys.push(id) - 1
    if (id === null) return
    if (slots.find(id) < 0) slots.add(id, slot)
    else {
      const more = this.#more.get(id)
      if (more === undefined) this.#more.set(id, [slot])
      else more.push(slot)
    }
  }

  #deleteSlot(slot: number): void {
    this.#items[slot] = HOLE
    this.#holes++
    if (this.#slots === null) return
    // A hole has no id: a position named twice ends here.
    const id = this.#keys[slot]!
    if (id === null) return
    const more = this.#more.get(id)
    if (this.#slots.delete(id, slot)) {
      const next = more?.shift()
      if (next !== undefined) this.#slots.add(id, next)
    } else more?.splice(more.indexOf(slot), 1)
    this.#keys[slot] = null
  }

  #index(): SlotTable {
    if (this.#slots === null) {
      this.#keys = []
      this.#slots = new SlotTable((slot) => this.#keys[slot])
      this.#slots.clear(this.#items.length)
      for (const item of this.#items) this.#note(this.#slots, item === HOLE ? null : idOf(item))
    }
    return this.#slots
  }

  #close(): void {
    if (this.#holes === 0) return
    this.#items = this.#items.filter((item) => item !== HOLE)
    this.#holes = 0
    this.#slots = null
    this.#more.clear()
  }
}

const HOLE: unique symbol = Symbol('deleted')

/** The id of an item that has a usable one; -0 is 0, as everywhere. */
export function idOf(item: unknown): Id | null {
  if (typeof item !== 'object' || item === null) return null
  const id = (item as { id?: unknown }).id
  if (typeof id === 'string') return id === '' ? null : id
  if (typeof id === 'boolean') return id
  return typeof id === 'number' && !Number.isNaN(id) ? id : null
}
