import type { IndexDefinition } from '../contract/Store.js'
import { type AnyId, compareValues, OTHER, type Sortable, toSortable } from '../query/compare.js'
import { readPath } from '../query/path.js'
import { Group, type Posting } from './Group.js'
import { LazyOrder, sortScalars } from './LazyOrder.js'
import { idOf, type Slot } from './Slot.js'
import { SlotBlocks } from './SlotList.js'
import { SlotTable } from './SlotTable.js'

/** What an index sorts by: the field's value as the sort order sees it; of several fields, all of them. */
export type Key = Sortable | CompoundKey

class CompoundKey {
  constructor(
    readonly values: readonly Sortable[],
    /** Equal for equal values and for no others. */
    readonly text: string,
  ) {}
}

/**
 * An index over one or more fields: from key to items in constant time, and the keys in order. Missing fields count as
 * null; arrays and objects are all one key, since only sorts ask for them.
 */
export class FieldIndex {
  readonly definition: IndexDefinition
  /** Edits from outside may have changed what is indexed: rebuild before the next use. */
  stale = true
  /** Keys that one item has: apart from the others, so that to delete such an item takes one look-up. */
  readonly #singles: SlotTable
  /** Keys that several items share. */
  readonly #groups = new Map<unknown, Group>()
  /** The slots of the groups. */
  #blocks = new SlotBlocks()
  readonly #order: LazyOrder<Key>
  readonly #itemAt: (slot: Slot) => unknown
  readonly #idAt: ((slot: Slot) => AnyId) | null

  /** @param identified  items have ids; without, ties keep insertion order */
  constructor(definition: IndexDefinition, identified: boolean, itemAt: (slot: Slot) => unknown) {
    this.definition = definition
    this.#itemAt = itemAt
    this.#idAt = identified ? (slot) => idOf(itemAt(slot)) : null
    this.compareKeys = comparator(definition)
    this.#singles = new SlotTable((slot) => mapKey(this.keyOf(itemAt(slot))))
    this.#order = new LazyOrder<Key>(this.compareKeys, () =>
      sortKeys(this.#keys(), this.compareKeys, definition.fields),
    )
  }

  keyOf(item: unknown): Key {
    const { fields } = this.definition
    if (fields.length === 1) return toSortable(readPath(item, fields[0]!.path))
    return compound(fields.map((field) => toSortable(readPath(item, field.path))))
  }

  /** The key with these values, one per field. */
  keyFrom(values: readonly Sortable[]): Key {
    return values.length === 1 ? values[0]! : compound(values)
  }

  /** The values of a key, one per field. */
  valuesOf(key: Key): readonly Sortable[] {
    return key instanceof CompoundKey ? key.values : [key]
  }

  /** Ascending for one field; for several, each in its declared direction. */
  readonly compareKeys: (a: Key, b: Key) => number

  /** Whether a unique index holds such an item: every field must be a scalar that is there. */
  isUniqueKey(key: Key): boolean {
    return this.valuesOf(key).every((value) => value !== null && value !== OTHER)
  }

  /** What stands for a key in a Map: equal for equal keys. */
  mapKey(key: Key): unknown {
    return mapKey(key)
  }

  posting(key: Key): Posting | undefined {
    return this.#at(mapKey(key))
  }

  /** Walks the keys in order, or in reverse; see `SortedList`. */
  walk(
    reverse: boolean,
    before: ((key: Key) => boolean) | null,
    visit: (key: Key, posting: Posting) => boolean,
  ): void {
    const order = this.#order.list
    const onKey = (key: Key) => {
      const posting = this.posting(key)
      return posting === undefined || visit(key, posting)
    }
    if (reverse) order.descend(before, onKey)
    else order.ascend(before, onKey)
  }

  add(slot: Slot, item: unknown): void {
    const key = this.keyOf(item)
    if (this.#put(slot, mapKey(key))) this.#order.add(key)
  }

  remove(slot: Slot, item: unknown, id: AnyId): void {
    const at = mapKey(this.keyOf(item))
    if (this.#singles.delete(at, slot)) {
      this.#order.forget()
      return
    }
    const group = this.#groups.get(at)
    if (group === undefined) return
    group.delete(slot, id)
    if (group.length > 1) return
    this.#groups.delete(at)
    this.#singles.add(at, group.slots.last!)
    group.free()
  }

  /** The item in `slot` was replaced by one with the same id. */
  replace(slot: Slot, before: unknown, after: unknown, id: AnyId): void {
    if (this.compareKeys(this.keyOf(before), this.keyOf(after)) === 0) return
    this.remove(slot, before, id)
    this.add(slot, after)
  }

  /** Makes the index anew; undefined stands for empty places. */
  rebuild(items: readonly unknown[]): void {
    this.#singles.clear()
    this.#groups.clear()
    this.#blocks = new SlotBlocks()
    this.#order.reset()
    for (let slot = 0; slot < items.length; slot++) {
      if (items[slot] !== undefined) this.#put(slot, mapKey(this.keyOf(items[slot])))
    }
    this.stale = false
  }

  /** Slots were renumbered in the same order: `renumbered[old]` is the new one. */
  renumber(renumbered: Int32Array): void {
    this.#singles.renumber(renumbered)
    // Mostly much was deleted, and what is left takes less room elsewhere.
    this.#blocks = new SlotBlocks()
    for (const group of this.#groups.values()) group.renumber(renumbered, this.#blocks)
  }

  #at(key: unknown): Posting | undefined {
    const group = this.#groups.get(key)
    if (group !== undefined) return group
    const slot = this.#singles.find(key)
    return slot < 0 ? undefined : slot
  }

  /** Adds a slot under that key; true when the key is new. */
  #put(slot: Slot, at: unknown): boolean {
    const group = this.#groups.get(at)
    if (group !== undefined) {
      group.add(slot, this.#idAt)
      return false
    }
    const single = this.#singles.find(at)
    if (single < 0) {
      this.#singles.add(at, slot)
      return true
    }
    const pair = new Group(this.#blocks)
    pair.add(single, this.#idAt)
    pair.add(slot, this.#idAt)
    this.#singles.delete(at, single)
    this.#groups.set(at, pair)
    return false
  }

  /** All keys, each once, in no order. */
  #keys(): Key[] {
    const keys: Key[] = []
    for (const slot of this.#singles.slots()) keys.push(this.keyOf(this.#itemAt(slot)))
    for (const { slots } of this.#groups.values()) keys.push(this.keyOf(this.#itemAt(slots.last!)))
    return keys
  }
}

function comparator(definition: IndexDefinition): (a: Key, b: Key) => number {
  const { fields } = definition
  if (fields.length === 1) return compareValues as (a: Key, b: Key) => number
  return (a, b) => {
    const { values: left } = a as CompoundKey
    const { values: right } = b as CompoundKey
    for (let i = 0; i < fields.length; i++) {
      const order = compareValues(left[i]!, right[i]!)
      if (order !== 0) return fields[i]!.ascending ? order : -order
    }
    return 0
  }
}

function sortKeys(
  keys: Key[],
  compare: (a: Key, b: Key) => number,
  fields: IndexDefinition['fields'],
): Key[] {
  if (fields.length === 1) return sortScalars(keys, compare)
  return sortCompoundTexts(keys, fields) ?? keys.sort(compare)
}

/**
 * Keys of several texts, all ascending, in the order of the texts joined: U+0000 comes before all other characters.
 * `null` when some key is not of that kind.
 */
function sortCompoundTexts(keys: readonly Key[], fields: IndexDefinition['fields']): Key[] | null {
  if (fields.some(({ ascending }) => !ascending)) return null
  const byText = new Map<string, Key>()
  for (const key of keys) {
    const { values } = key as CompoundKey
    if (!values.every((value) => typeof value === 'string' && !UNFIT.test(value))) return null
    byText.set(values.join('\0'), key)
  }
  return Array.from(byText.keys())
    .sort()
    .map((text) => byText.get(text)!)
}

/** What is no separator then, or sorts differently by UTF-16 units than by code points. */
const UNFIT = /[\0\ud800-\uffff]/

function compound(values: readonly Sortable[]): CompoundKey {
  // Objects stand for OTHER; strings are quoted, so no two lists of values share a text.
  return new CompoundKey(values, JSON.stringify(values.map(finite)))
}

/** JSON has no text for NaN and the infinities. */
function finite(value: Sortable): unknown {
  return typeof value === 'number' && !Number.isFinite(value) ? { number: String(value) } : value
}

function mapKey(key: Key): unknown {
  return key instanceof CompoundKey ? key.text : key
}
