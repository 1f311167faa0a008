import type { ItemsSince } from '../contract/ChangeLog.js'
import type { IndexDefinition } from '../contract/Store.js'
import { type AnyId, compareIds } from '../query/compare.js'
import { FieldIndex } from './FieldIndex.js'
import { LazyOrder, sortScalars } from './LazyOrder.js'
import { idOf, isUsableId, type Slot } from './Slot.js'
import { NONE, SlotTable } from './SlotTable.js'
import type { SortedList } from './SortedList.js'
import { Unchanged } from './Unchanged.js'

/**
 * The stored objects in insertion order, the way from id to place, and the indexes. Deleted places are `undefined`
 * until the array is compacted. The array may be edited from outside after `expose`: from then on a hit by id is
 * verified, and the first miss or index query makes one pass over all items.
 */
export class Table<T> {
  readonly indexes: FieldIndex[] = []
  /** Every item has an id that no other has. Files written elsewhere may break this; look-ups then see the first. */
  regular = true
  #items: (T | undefined)[] = []
  readonly #slots: SlotTable | null
  #holes = 0
  #lastSlot = 0
  #stale = false
  #idOrder: LazyOrder<AnyId> | null = null
  /** There from when it is first asked for. */
  #unchanged: Unchanged<T> | null = null
  /** Somebody may have kept the array, and edit items at any time. */
  #reached = false
  /** Queries under way in which functions of users run. */
  #queries = 0
  #changes = 0

  constructor(identified: boolean) {
    this.#slots = identified ? new SlotTable((slot) => idOf(this.#items[slot])) : null
  }

  get identified(): boolean {
    return this.#slots !== null
  }

  /** Items stored. */
  get size(): number {
    if (this.#stale) this.#pass()
    return this.#items.length - this.#holes
  }

  /** Places to walk: the slots from 0 up to here, some of them empty. */
  get slotCount(): number {
    return this.#items.length
  }

  /** The array of places itself, to be walked at once; some are empty. */
  get places(): readonly (T | undefined)[] {
    return this.#items
  }

  at(slot: Slot): T | undefined {
    return this.#items[slot]
  }

  /** The place that was found last. */
  get lastSlot(): Slot {
    return this.#lastSlot
  }

  /** The place of the item with that id; -1 when there is none. */
  slotOf(id: AnyId): Slot {
    const slot = this.#slots!.find(id)
    if (slot >= 0) {
      this.#lastSlot = slot
      return slot
    }
    if (slot === NONE && !this.#stale) return NONE
    // Edited from outside, perhaps through an array that was kept.
    this.#markStale()
    this.#pass()
    return this.#slots!.find(id)
  }

  /** The same of an item that was there when a write of it was planned: a miss is no proof while the array is in hand. */
  slotOfKnown(id: AnyId): Slot {
    const slot = this.slotOf(id)
    if (slot >= 0 || !this.#reached) return slot
    this.#markStale()
    this.#pass()
    return this.#slots!.find(id)
  }

  getById(id: AnyId): T | undefined {
    const slot = this.slotOf(id)
    return slot < 0 ? undefined : this.#items[slot]
  }

  /**
   * Puts `after` in the place of the stored object `before`: undefined is an insert, `after` null a deletion.
   *
   * @param likely  where `before` probably stands: it was looked up when the write was planned
   */
  write(before: T | undefined, after: T | null, likely = this.#lastSlot): void {
    if (before === undefined) {
      this.insert(after!)
      return
    }
    const slot = this.#items[likely] === before ? likely : this.slotOfKnown(idOf(before))
    // A subclass may have taken the item out of `_items` while the write was under way.
    if (slot < 0) {
      if (after !== null) this.insert(after)
    } else if (after === null) this.delete(slot)
    else this.replace(slot, after)
  }

  /** A number that grows with whatever may change the order of a walk. */
  get changes(): number {
    return this.#changes
  }

  /** Appends an item whose id is not taken. */
  insert(item: T): void {
    this.#changes++
    if (this.#reached) this.#thaw()
    const slot = this.#items.push(item) - 1
    if (this.#slots !== null) {
      this.#slots.add(idOf(item), slot)
      this.#idOrder?.add(idOf(item))
    }
    for (const index of this.indexes) if (!index.stale) index.add(slot, item)
  }

  /** Puts an item in the place of the one with the same id. */
  replace(slot: Slot, item: T): void {
    this.#changes++
    if (this.#reached) this.#thaw()
    const before = this.#items[slot]
    this.#items[slot] = item
    this.#unchanged?.forget(slot)
    for (const index of this.indexes) if (!index.stale) index.replace(slot, before, item, idOf(item))
  }

  delete(slot: Slot): void {
    this.deleteQuietly(slot)
    this.tidy()
  }

  /** Deletes without moving any other item, so that slots at hand stay right; `tidy` when done. */
  deleteQuietly(slot: Slot): void {
    this.#changes++
    if (this.#reached) this.#thaw()
    const item = this.#items[slot]
    const id = idOf(item)
    for (const index of this.indexes) if (!index.stale) index.remove(slot, item, id)
    if (this.#slots !== null) {
      // Moved by hand, an item may stand where another one is entered, which must stay.
      if (this.#reached && this.#slots.find(id) !== slot) this.#markStale()
      else this.#slots.delete(id, slot)
      this.#idOrder?.forget()
      // Another item with that id may become the visible one.
      if (!this.regular) this.#markStale()
    }
    this.#items[slot] = undefined
    this.#unchanged?.forget(slot)
    this.#holes++
  }

  /**
   * Runs a query with a function of a user, which may write, and read the array: until it is over no item changes its
   * place.
   */
  held<V>(query: () => V): V {
    this.settle()
    this.#thaw()
    // Handing the array out moves nothing then.
    if (this.#holes > 0) this.#compact()
    this.#queries++
    try {
      return query()
    } finally {
      this.#queries--
      this.tidy()
    }
  }

  /** Drops empty places at the end, and all of them when they are the greater part. */
  tidy(): void {
    if (this.#queries > 0) return
    while (this.#items.length > 0 && this.#items[this.#items.length - 1] === undefined) {
      this.#items.pop()
      this.#holes--
    }
    if (this.#holes > 64 && this.#holes > this.#items.length / 2) this.#compact()
  }

  /**
   * Puts other items in the place of all; the array is the table's from now on. So are `slots`, if given: a table of
   * the slots of those items, each of which has an id that no other has.
   */
  reset(items: T[], slots: object | null = null): void {
    this.#items = items
    this.#holes = 0
    this.#markStale()
    if (!(slots instanceof SlotTable) || this.#slots === null) return
    this.#slots.adopt(slots)
    this.regular = true
    this.#stale = false
  }

  /** Deletes everything, into a new array: one that was handed out keeps what it held. */
  clear(): void {
    this.#changes++
    this.reset([])
    this.freshen()
  }

  /**
   * The dense array of stored objects, to be read and edited from outside. A function of a user that has deleted items in
   * the same query sees `undefined` in their places.
   */
  expose(): T[] {
    if (this.#holes > 0) this.#compact()
    this.#markStale()
    this.#reached = true
    return this.#items as T[]
  }

  /** A new dense array of the stored objects. */
  toArray(): T[] {
    if (this.#holes === 0 && !this.#stale) return this.#items.slice() as T[]
    // A plain loop: a checkpoint of a large store waits for this in one go.
    const items: T[] = []
    for (const item of this.#items) if (item !== undefined) items.push(item)
    return items
  }

  /** `toArray` as a checkpoint needs it. */
  toArraySince(): ItemsSince<T> {
    if (this.#reached || this.#stale) return { items: this.toArray(), positions: null }
    this.#unchanged ??= new Unchanged()
    return this.#unchanged.handOut(this.#items)
  }

  /** Where the items in these slots stand in the list as others see it; `slots` ascend. */
  positionsOf(slots: readonly Slot[]): number[] {
    const positions: number[] = []
    let position = 0
    for (let slot = 0; slot < this.#items.length && positions.length < slots.length; slot++) {
      if (slots[positions.length] === slot) positions.push(position)
      if (this.#items[slot] !== undefined) position++
    }
    return positions
  }

  /** Makes sure that slots and sizes are right before a walk over all items. */
  settle(): void {
    if (this.#stale) this.#pass()
  }

  addIndex(definition: IndexDefinition): FieldIndex {
    const known = this.indexes.find((index) => index.definition.name === definition.name)
    if (known !== undefined) return known
    const index = new FieldIndex(definition, this.identified, (slot) => this.#items[slot])
    this.indexes.push(index)
    return this.fresh(index)
  }

  dropIndex(index: FieldIndex): void {
    this.indexes.splice(this.indexes.indexOf(index), 1)
  }

  /** An index made ready for use. */
  fresh(index: FieldIndex): FieldIndex {
    if (this.#stale) this.#pass()
    if (index.stale) {
      this.#changes++
      index.rebuild(this.#items)
    }
    return index
  }

  /** Makes everything ready, so that no later call waits for it. */
  freshen(): void {
    this.settle()
    for (const index of this.indexes) this.fresh(index)
  }

  /** All ids in order, and some that are no longer there. Made when first asked for. */
  idOrder(): SortedList<AnyId> {
    if (this.#stale) this.#pass()
    this.#idOrder ??= new LazyOrder(compareIds, () => sortScalars(this.toArray().map(idOf), compareIds))
    return this.#idOrder.list
  }

  #markStale(): void {
    this.#stale = true
    for (const index of this.indexes) index.stale = true
    this.#idOrder = null
    this.#unchanged = null
  }

  /** One pass after edits from outside: empty places out, ids to places anew. Indexes follow when they are used. */
  #pass(): void {
    this.#changes++
    this.#stale = false
    this.#thaw()
    const items = this.#items
    this.#holes = 0
    if (items.includes(undefined)) {
      if (this.#queries === 0) this.#items = dropEmpty(items)
      else for (const item of items) if (item === undefined) this.#holes++
    }
    const slots = this.#slots
    if (slots === null) return
    slots.clear(items.length)
    this.regular = true
    for (let slot = 0; slot < items.length; slot++) {
      if (items[slot] === undefined) continue
      const id = idOf(items[slot])
      if (!isUsableId(id) || !slots.addNew(id, slot)) this.regular = false
    }
  }

  /** An array that somebody has frozen or sealed makes room for one that can be written to. */
  #thaw(): void {
    if (!Object.isExtensible(this.#items)) this.#items = [...this.#items]
  }

  #compact(): void {
    if (this.#queries > 0) return
    // After edits from outside nobody knows where anything stands.
    if (this.#stale) {
      this.#pass()
      return
    }
    const items = this.#items
    this.#unchanged?.compact(items)
    const renumbered = new Int32Array(items.length)
    let next = 0
    for (let slot = 0; slot < items.length; slot++) {
      const item = items[slot]
      if (item === undefined) continue
      items[next] = item
      renumbered[slot] = next++
    }
    items.length = next
    this.#holes = 0
    this.#slots?.renumber(renumbered)
    for (const index of this.indexes) if (!index.stale) index.renumber(renumbered)
  }
}

/** Takes empty places out, in place: the array may be in the hands of a subclass. */
function dropEmpty<T>(items: (T | undefined)[]): T[] {
  let next = 0
  for (const item of items) if (item !== undefined) items[next++] = item
  items.length = next
  return items as T[]
}
