import type { Batch, Change } from '../contract/Change.js'
import { ConflictException } from '../errors/index.js'
import type { AnyId } from '../query/compare.js'
import type { FieldIndex, Key } from './FieldIndex.js'
import { Group } from './Group.js'
import { idOf } from './Slot.js'
import type { Table } from './Table.js'

/** One item before and after a batch: `before` undefined is an insert, `after` null a deletion. */
export interface Write<T> {
  readonly before: T | undefined
  readonly after: T | null
}

/** What the plan of a batch can do: look up what is there, and write; each write sees those before it. */
export interface Writing<T> {
  getById(id: AnyId): T | undefined
  /** @throws ConflictException DUPLICATE_ID, DUPLICATE_KEY */
  insert(item: T): void
  /** `before` undefined is an insert, `after` null a deletion. @throws ConflictException DUPLICATE_KEY */
  write(before: T | undefined, after: T | null): void
}

/** The newest state that a write is checked against. */
interface View<T> {
  getById(id: AnyId): T | undefined
  /** The item that has that key of a unique index. */
  ownerOf(index: FieldIndex, key: Key): T | undefined
}

/** What is acknowledged. */
export class TableView<T> implements View<T> {
  readonly #table: Table<T>

  constructor(table: Table<T>) {
    this.#table = table
  }

  getById(id: AnyId): T | undefined {
    return this.#table.getById(id)
  }

  ownerOf(index: FieldIndex, key: Key): T | undefined {
    const posting = this.#table.fresh(index).posting(key)
    if (posting === undefined) return undefined
    return this.#table.at(posting instanceof Group ? posting.slots.last! : posting)
  }
}

/** Writes laid over a view: those of a batch in the making, or those that wait for their acknowledgement. */
export class Overlay<T> implements View<T> {
  /** An item was looked up that one of the writes is of. For whoever set it to false before. */
  consulted = false
  readonly #below: View<T>
  readonly #items = new Map<AnyId, Write<T>>()
  /** By the key that a write takes away, and by the one that it gives. */
  readonly #owners = new Map<FieldIndex, Map<unknown, Write<T>>>()

  constructor(below: View<T>) {
    this.#below = below
  }

  getById(id: AnyId): T | undefined {
    const write = this.#items.get(id)
    if (write === undefined) return this.#below.getById(id)
    this.consulted = true
    return write.after ?? undefined
  }

  ownerOf(index: FieldIndex, key: Key): T | undefined {
    const write = this.#owners.get(index)?.get(index.mapKey(key))
    if (write === undefined) return this.#below.ownerOf(index, key)
    const { after } = write
    return after !== null && index.compareKeys(index.keyOf(after), key) === 0 ? after : undefined
  }

  add(write: Write<T>, unique: readonly FieldIndex[], identified: boolean): void {
    const { before, after } = write
    if (identified) this.#items.set(idOf(after ?? before), write)
    for (const index of unique) {
      let owners = this.#owners.get(index)
      if (owners === undefined) {
        owners = new Map()
        this.#owners.set(index, owners)
      }
      if (before !== undefined) owners.set(index.mapKey(index.keyOf(before)), write)
      if (after !== null) owners.set(index.mapKey(index.keyOf(after)), write)
    }
  }

  /** Forgets a write, but for what a later one changed again. */
  settle(write: Write<T>, unique: readonly FieldIndex[], identified: boolean): void {
    const { before, after } = write
    if (identified) forget(this.#items, idOf(after ?? before), write)
    for (const index of unique) {
      const owners = this.#owners.get(index)!
      if (before !== undefined) forget(owners, index.mapKey(index.keyOf(before)), write)
      if (after !== null) forget(owners, index.mapKey(index.keyOf(after)), write)
    }
  }

  clear(): void {
    this.#items.clear()
    this.#owners.clear()
  }
}

function forget<T>(writes: Map<unknown, Write<T>>, key: unknown, write: Write<T>): void {
  if (writes.get(key) === write) writes.delete(key)
}

/** A batch in the making: each write is checked against the ones before it and the newest state below. */
export class Draft<T> implements Writing<T> {
  #writes: Write<T>[] | null = null
  readonly #below: View<T>
  #overlay: Overlay<T> | null = null
  readonly #unique: readonly FieldIndex[]
  readonly #identified: boolean

  constructor(below: View<T>, unique: readonly FieldIndex[], identified: boolean) {
    this.#below = below
    this.#unique = unique
    this.#identified = identified
  }

  get writes(): readonly Write<T>[] {
    return this.#writes ?? []
  }

  getById(id: AnyId): T | undefined {
    return this.#view().getById(id)
  }

  insert(item: T): void {
    if (this.#identified) checkId(this.#view(), item)
    this.write(undefined, item)
  }

  write(before: T | undefined, after: T | null): void {
    if (after !== null && this.#unique.length > 0) checkKeys(this.#view(), this.#unique, before, after)
    const write = { before, after }
    this.#overlay?.add(write, this.#unique, this.#identified)
    // Most batches are single writes: a literal has room for one element, an array that grows at once for seventeen.
    if (this.#writes === null) this.#writes = [write]
    else this.#writes.push(write)
  }

  /** The state that the next write sees. A single write needs no overlay. */
  #view(): View<T> {
    if (this.#overlay === null && this.#writes !== null) {
      this.#overlay = new Overlay(this.#below)
      for (const write of this.#writes) this.#overlay.add(write, this.#unique, this.#identified)
    }
    return this.#overlay ?? this.#below
  }
}

/** Writes that are laid into the table as they come, for batches of one: nothing after it can fail. */
export class DirectWriting<T> implements Writing<T> {
  readonly #table: Table<T>
  readonly #view: View<T>
  readonly #unique: readonly FieldIndex[]

  constructor(table: Table<T>, view: View<T>, unique: readonly FieldIndex[]) {
    this.#table = table
    this.#view = view
    this.#unique = unique
  }

  getById(id: AnyId): T | undefined {
    return this.#table.getById(id)
  }

  insert(item: T): void {
    if (this.#table.identified) checkId(this.#view, item)
    this.write(undefined, item)
  }

  write(before: T | undefined, after: T | null): void {
    if (after !== null && this.#unique.length > 0) checkKeys(this.#view, this.#unique, before, after)
    this.#table.write(before, after)
  }
}

function checkId<T>(view: View<T>, item: T): void {
  if (view.getById(idOf(item)) !== undefined) throw duplicateId(idOf(item))
}

function checkKeys<T>(view: View<T>, unique: readonly FieldIndex[], before: T | undefined, after: T): void {
  for (const index of unique) {
    const key = index.keyOf(after)
    if (!index.isUniqueKey(key)) continue
    const owner = view.ownerOf(index, key)
    if (owner !== undefined && owner !== before) throw duplicateKey(index, key, idOf(owner), idOf(after))
  }
}

/** The batch as the change log takes it, for a store with ids. */
export function changesOf<T>(writes: readonly Write<T>[]): Batch<T> {
  return writes.map(changeOf)
}

function changeOf<T>({ before, after }: Write<T>): Change<T> {
  if (after === null) return { op: 'delete', id: idOf(before) as string }
  return { op: 'put', id: idOf(after) as string, item: after }
}

function duplicateId(id: AnyId): ConflictException {
  return new ConflictException(
    null,
    'DUPLICATE_ID',
    `Cannot create item "${String(id)}": the id is taken. Call set() to replace that item, or leave the id empty to get a new one.`,
  ).withDetails('id', id)
}

/** @param other  id of the item that was to be written; undefined in stores without ids */
export function duplicateKey(index: FieldIndex, key: Key, owner: AnyId, other: AnyId): ConflictException {
  const { fields, name } = index.definition
  const values = index.valuesOf(key)
  const what = fields.map(({ path }, i) => `${path.join('.')} ${JSON.stringify(values[i])}`).join(' and ')
  return new ConflictException(
    null,
    'DUPLICATE_KEY',
    `Item "${String(other)}" has the same ${what} as item "${String(owner)}", and the index on these fields is unique. ` +
      'Change or delete one of the two items.',
  )
    .withDetails('index', name)
    .withDetails('ids', [owner, other])
}
