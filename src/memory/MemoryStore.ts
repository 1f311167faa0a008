import type { CallContext } from '../component/IContext.js'
import type { Batch } from '../contract/Change.js'
import {
  CHANGE_LOG,
  type ChangeLog,
  type ChangeLogSource,
  type RecoveryReport,
} from '../contract/ChangeLog.js'
import type { ILoader } from '../contract/ILoader.js'
import type { ISaver } from '../contract/ISaver.js'
import type {
  Awaitable,
  Explanation,
  IndexDefinition,
  Query,
  Store,
  StoreCapabilities,
} from '../contract/Store.js'
import { copyValue } from '../core/copyValue.js'
import type { ItemRules } from '../core/ItemRules.js'
import { FileException, UnsupportedException } from '../errors/index.js'
import type { ParsedFilter, ParsedSort } from '../query/Condition.js'
import type { AnyId } from '../query/compare.js'
import { project } from '../query/projection.js'
import { changesOf, Draft, duplicateKey, Overlay, TableView, type Write } from './Draft.js'
import { type FieldIndex, Group } from './FieldIndex.js'
import { Finder } from './Finder.js'
import { Gate } from './Gate.js'
import { idOf } from './Slot.js'
import { Table } from './Table.js'

/** Where a memory store loads from and saves to; asked at each use, since subclasses assign them late. */
export interface Backing<T> {
  loader(): ILoader<T> | null | undefined
  saver(): ISaver<T> | null | undefined
  warn(message: string): void
}

/**
 * Items in memory: without a saver as such; with a change log (`JsonFilePersister`) as a file store; with a user's own
 * saver by whole saves.
 *
 * A write is planned against the newest pending state in the call, made durable, and only then laid into the table,
 * so that reads see acknowledged writes only and a failed write leaves nothing to take back.
 */
export class MemoryStore<T, K> implements Store<T, K> {
  readonly #table: Table<T>
  readonly #finder: Finder<T>
  readonly #view: TableView<T>
  readonly #pending: Overlay<T>
  readonly #gate = new Gate()
  readonly #rules: ItemRules<T>
  readonly #backing: Backing<T>
  readonly #unique: FieldIndex[] = []
  #log: ChangeLog<T> | null = null
  /** A subclass may have edited items that are not saved yet. */
  #edited = false
  #sequence = 0
  #recovery: (() => RecoveryReport | null) | null = null

  constructor(identified: boolean, rules: ItemRules<T>, backing: Backing<T>) {
    this.#table = new Table(identified)
    this.#finder = new Finder(this.#table)
    this.#view = new TableView(this.#table)
    this.#pending = new Overlay(this.#view)
    this.#rules = rules
    this.#backing = backing
  }

  get capabilities(): StoreCapabilities {
    return this.#log === null ? MEMORY : FILE
  }

  /** What the last opening of the file found; `null` without a file. */
  get recovery(): RecoveryReport | null {
    return this.#recovery?.() ?? null
  }

  get identified(): boolean {
    return this.#table.identified
  }

  /** The stored objects, for subclasses: a dense array that may be read and edited. */
  expose(): T[] {
    this.#edited = true
    this.#rules.distrust()
    return this.#table.expose()
  }

  /** Takes a subclass's array in the place of all items. */
  adopt(items: T[]): void {
    this.#edited = true
    this.#rules.distrust()
    this.#table.reset(items)
  }

  async open(context: unknown): Promise<void> {
    const loader = this.#backing.loader()
    const source = changeLogSource<T>(loader, this.#backing.saver())
    if (source !== null) await this.#openLog(context, source)
    else if (loader) this.#table.reset(await this.#load(context, loader))
    this.#table.freshen()
    this.#checkUnique()
  }

  /** Loads again, dropping unsaved direct edits. */
  async load(context: unknown): Promise<void> {
    const loader = this.#backing.loader()
    if (!loader) return
    await this.#gate.exclusive(async () => {
      this.#table.reset(await this.#load(context, loader))
      this.#edited = false
    })
  }

  close(context: unknown): Promise<void> {
    return this.#gate.exclusive(async () => {
      if (this.#log === null) {
        await this.#backing.saver()?.save(context as CallContext, this.#table.toArray())
        return
      }
      if (this.#edited) await this.#saveAll(context, this.#log)
      await this.#log.close(context)
      this.#log = null
    })
  }

  /** Saves all items: what makes direct edits durable. */
  save(context: unknown): Promise<void> {
    return this.#gate.exclusive(async () => {
      // The caller has edited the items, perhaps through a reference that it kept.
      this.#table.expose()
      this.#rules.distrust()
      if (this.#log !== null) await this.#saveAll(context, this.#log)
      else await this.#backing.saver()?.save(context as CallContext, this.#table.toArray())
    })
  }

  insert(context: unknown, items: readonly T[]): Awaitable<T[]> {
    return this.#write(context, (draft) => {
      for (const item of items) draft.insert(item)
      return items
    })
  }

  upsert(context: unknown, items: readonly T[]): Awaitable<T[]> {
    return this.#write(context, (draft) => {
      for (const item of items) draft.write(draft.getById(idOf(item)), item)
      return items
    })
  }

  replace(context: unknown, item: T): Awaitable<T | null> {
    return this.#writeOne(context, (draft) => {
      const before = draft.getById(idOf(item))
      if (before === undefined) return null
      draft.write(before, item)
      return item
    })
  }

  merge(context: unknown, id: K, data: Readonly<Record<string, unknown>>): Awaitable<T | null> {
    return this.#writeOne(context, (draft) => {
      const before = draft.getById(id as AnyId)
      if (before === undefined) return null
      const after = this.#rules.merge(before, data)
      draft.write(before, after)
      return after
    })
  }

  deleteByIds(context: unknown, ids: readonly K[]): Awaitable<T[]> {
    return this.#write(
      context,
      (draft) => {
        const found: T[] = []
        for (const id of ids) {
          const before = draft.getById(id as AnyId)
          if (before === undefined) continue
          draft.write(before, null)
          found.push(before)
        }
        return found.length > 1 ? this.#inStorageOrder(found) : found
      },
      DELETED,
    )
  }

  async deleteByFilter(context: unknown, filter: ParsedFilter): Promise<number> {
    if (this.#isPlain()) return this.#deleteMatching(filter, null)
    // It looks at all items, so it waits for the writes before it instead of looking through them.
    return await this.#gate.exclusive(() => this.#deleteMatching(filter, context))
  }

  async clear(context: unknown): Promise<void> {
    if (this.#isPlain()) return this.#table.clear()
    await this.#gate.exclusive(async () => {
      if (this.#log !== null)
        return this.#append(context, this.#log, [{ op: 'clear' }], () => this.#table.clear())
      await this.#backing.saver()!.save(context as CallContext, [])
      this.#table.clear()
    })
  }

  getOneById(_context: unknown, id: K): T | null {
    const item = this.#table.getById(id as AnyId)
    return item === undefined ? null : this.#rules.give(item)
  }

  getListByIds(_context: unknown, ids: readonly K[]): T[] {
    const found: T[] = []
    for (const id of new Set(ids)) {
      const item = this.#table.getById(id as AnyId)
      if (item !== undefined) found.push(item)
    }
    return this.#inStorageOrder(found).map((item) => this.#rules.give(item))
  }

  find(_context: unknown, query: Query): T[] {
    const found = this.#finder.find(query)
    const { select } = query
    if (select !== null) return found.map((item) => copyValue(project(item, select)) as T)
    for (let i = 0; i < found.length; i++) found[i] = this.#rules.give(found[i]!)
    return found
  }

  count(_context: unknown, filter: ParsedFilter): number {
    return this.#finder.count(filter)
  }

  random(_context: unknown, filter: ParsedFilter): T | null {
    const item = this.#finder.random(filter)
    return item === undefined ? null : this.#rules.give(item)
  }

  explain(_context: unknown, filter: ParsedFilter, sort: ParsedSort): Explanation {
    return this.#finder.explain(filter, sort)
  }

  flush(context: unknown): Awaitable<void> {
    return this.#log?.flush(context)
  }

  backup(context: unknown, path: string): Awaitable<void> {
    if (this.#log !== null) return this.#log.backup(context, path)
    throw new UnsupportedException(
      null,
      'UNSUPPORTED',
      'A store in memory has no file to back up. Write its getListByFilter() where you need it.',
    )
  }

  /** Adds an index over what is stored and what will be. @throws ConflictException DUPLICATE_KEY */
  ensureIndex(definition: IndexDefinition): void {
    const index = this.#table.addIndex(definition)
    if (!definition.unique || this.#unique.includes(index)) return
    try {
      if (this.#table.slotCount > 0) this.#checkKeys(index)
    } catch (error) {
      this.#table.dropIndex(index)
      throw error
    }
    this.#unique.push(index)
  }

  /** Without a saver a change is made in the call. */
  #isPlain(): boolean {
    return this.#log === null && !this.#backing.saver()
  }

  #writeOne(context: unknown, plan: (draft: Draft<T>) => T | null): Awaitable<T | null> {
    const written = this.#write(context, (draft) => {
      const item = plan(draft)
      return item === null ? [] : [item]
    })
    if (written instanceof Promise) return written.then((items) => items[0] ?? null)
    return written[0] ?? null
  }

  /** Plans a batch, makes it durable, applies it; the answer is copies of what `plan` returns. */
  #write(context: unknown, plan: (draft: Draft<T>) => readonly T[], answers = STORED): Awaitable<T[]> {
    if (this.#log !== null) {
      const log = this.#log
      return this.#gate.shared(() => this.#writeToLog(context, log, plan))
    }
    const saver = this.#backing.saver()
    if (saver) return this.#gate.exclusive(() => this.#writeBySaving(context, saver, plan))
    const draft = new Draft(this.#view, this.#unique, this.#table.identified)
    const answer = plan(draft)
    this.#apply(draft.writes)
    // What is no longer stored may be handed out as it is.
    return answers === DELETED ? (answer as T[]) : this.#giveAll(answer)
  }

  #writeToLog(context: unknown, log: ChangeLog<T>, plan: (draft: Draft<T>) => readonly T[]): Awaitable<T[]> {
    const { identified } = this.#table
    const draft = new Draft(this.#pending, this.#unique, identified)
    const answer = plan(draft)
    const { writes } = draft
    if (writes.length === 0) {
      this.#gate.leave()
      return this.#giveAll(answer)
    }
    const sequence = ++this.#sequence
    for (const write of writes) this.#pending.add(write, this.#unique, identified, sequence)
    const batch: Batch<T> = identified
      ? changesOf(writes)
      : writes.map(({ after }) => ({ op: 'put', id: null, item: after! }))
    return new Promise((resolve, reject) => {
      log.append(context, batch, (error) => {
        this.#gate.leave()
        if (error !== null) {
          // Whatever was planned after it fails with it, so nothing pending is left.
          this.#pending.clear()
          reject(error)
          return
        }
        this.#apply(writes)
        this.#pending.settle(writes, this.#unique, identified, sequence)
        try {
          resolve(this.#giveAll(answer))
        } catch (problem) {
          reject(problem)
        }
      })
    })
  }

  async #writeBySaving(
    context: unknown,
    saver: ISaver<T>,
    plan: (draft: Draft<T>) => readonly T[],
  ): Promise<T[]> {
    const draft = new Draft(this.#view, this.#unique, this.#table.identified)
    const answer = plan(draft)
    if (draft.writes.length > 0) {
      await saver.save(context as CallContext, this.#after(draft.writes))
      this.#apply(draft.writes)
    }
    return this.#giveAll(answer)
  }

  #apply(writes: readonly Write<T>[]): void {
    const table = this.#table
    for (const { before, after } of writes) {
      if (before === undefined) {
        table.insert(after!)
        continue
      }
      const slot = table.slotOf(idOf(before))
      // A subclass may have taken the item out of `_items` while the write was under way.
      if (slot < 0) {
        if (after !== null) table.insert(after)
      } else if (after === null) table.delete(slot)
      else table.replace(slot, after)
    }
  }

  /** The list of all items as it would be after these writes. */
  #after(writes: readonly Write<T>[]): T[] {
    const changed = new Map<T, T | null>()
    const added: T[] = []
    for (const { before, after } of writes) {
      if (before === undefined) added.push(after!)
      else changed.set(before, after)
    }
    const items: T[] = []
    for (const item of this.#table.toArray()) {
      const after = changed.get(item)
      if (after === undefined) items.push(item)
      else if (after !== null) items.push(after)
    }
    return items.concat(added.map((item) => changed.get(item) ?? item))
  }

  #deleteMatching(filter: ParsedFilter, context: unknown): Awaitable<number> {
    const table = this.#table
    const slots = this.#finder.slots(filter)
    const items = slots.map((slot) => table.at(slot)!)
    // Not by place: a subclass may edit the items while the deletion is under way.
    const remove = () => this.#removeAll(items)
    const saver = this.#backing.saver()
    if (slots.length === 0) return 0
    if (this.#log !== null)
      return this.#deleteFromLog(context, this.#log, slots, items, remove).then(() => items.length)
    if (saver)
      return saver
        .save(context as CallContext, this.#without(items))
        .then(remove)
        .then(() => items.length)
    remove()
    return items.length
  }

  async #deleteFromLog(
    context: unknown,
    log: ChangeLog<T>,
    slots: readonly number[],
    items: readonly T[],
    remove: () => void,
  ): Promise<void> {
    const table = this.#table
    if (table.identified && table.regular) {
      const writes = items.map((before) => ({ before, after: null }))
      return this.#append(context, log, changesOf(writes), remove)
    }
    // Items that no id tells apart are named by position, which holds while the file and the memory agree.
    if (!table.identified && !this.#edited) {
      return this.#append(context, log, [{ op: 'deleteAt', positions: table.positionsOf(slots) }], remove)
    }
    await log.save(context, this.#without(items))
    remove()
  }

  #removeAll(items: readonly T[]): void {
    const table = this.#table
    table.settle()
    if (table.identified && table.regular) {
      for (const item of items) {
        const slot = table.slotOf(idOf(item))
        if (slot >= 0) table.deleteQuietly(slot)
      }
    } else {
      const dropped = new Set(items)
      for (let slot = 0; slot < table.slotCount; slot++) {
        const item = table.at(slot)
        if (item !== undefined && dropped.has(item)) table.deleteQuietly(slot)
      }
    }
    table.tidy()
  }

  #without(items: readonly T[]): T[] {
    const dropped = new Set(items)
    return this.#table.toArray().filter((item) => !dropped.has(item))
  }

  /** Appends a batch; `apply` runs in the same call as the acknowledgement, so that a checkpoint never falls between. */
  #append(context: unknown, log: ChangeLog<T>, batch: Batch<T>, apply: () => void): Promise<void> {
    return new Promise((resolve, reject) => {
      log.append(context, batch, (error) => {
        if (error !== null) return reject(error)
        apply()
        resolve()
      })
    })
  }

  async #saveAll(context: unknown, log: ChangeLog<T>): Promise<void> {
    // Edits made while the save is under way count for the next one.
    this.#edited = false
    try {
      await log.save(context, this.#table.toArray())
    } catch (error) {
      this.#edited = true
      throw error
    }
  }

  async #openLog(context: unknown, source: ChangeLogSource<T>): Promise<void> {
    const log = source[CHANGE_LOG]({
      items: () => this.#table.toArray(),
      warn: (message) => this.#backing.warn(message),
    })
    const items = await log.open(context)
    try {
      for (const item of items) this.#rules.revive(item)
      this.#table.reset(items)
      this.#checkUnique()
    } catch (error) {
      await log.close(context)
      throw error
    }
    this.#pending.clear()
    this.#edited = false
    this.#log = log
    this.#recovery = () => log.recovery
  }

  async #load(context: unknown, loader: ILoader<T>): Promise<T[]> {
    const items: unknown = await loader.load(context as CallContext)
    if (!Array.isArray(items)) {
      throw new FileException(
        null,
        'READ_FAILED',
        `The loader answered with ${items === null ? 'null' : typeof items} where an array of items was expected.`,
      )
    }
    this.#rules.distrust()
    return items.map((item) => this.#rules.revive(copyValue(item) as T))
  }

  #checkUnique(): void {
    for (const index of this.#unique) this.#checkKeys(index)
  }

  #checkKeys(index: FieldIndex): void {
    this.#table.fresh(index).walk(false, null, (key, posting) => {
      if (!(posting instanceof Group) || !index.isUniqueKey(key)) return true
      const ids: AnyId[] = []
      posting.slots.ascend(null, (slot) => ids.push(idOf(this.#table.at(slot))) < 2)
      throw duplicateKey(index, key, ids[0], ids[1])
    })
  }

  #inStorageOrder(items: T[]): T[] {
    if (items.length < 2) return items
    const slots = new Map(items.map((item) => [item, this.#table.slotOf(idOf(item))]))
    return items.sort((a, b) => slots.get(a)! - slots.get(b)!)
  }

  #giveAll(items: readonly T[]): T[] {
    const copies: T[] = []
    for (let i = 0; i < items.length; i++) copies.push(this.#rules.give(items[i]!))
    return copies
  }
}

/** What a write answers with: items that are stored now, or items that no longer are. */
const STORED = 0
const DELETED = 1

const MEMORY: StoreCapabilities = {
  name: 'memory',
  order: 'insertion',
  functions: true,
  durable: false,
  uniqueIndexes: true,
  backup: false,
}

const FILE: StoreCapabilities = { ...MEMORY, name: 'file', durable: true, backup: true }

/** The saver, when it is also the loader, can take single changes, and no subclass has its own `load` or `save`. */
function changeLogSource<T>(loader: unknown, saver: unknown): ChangeLogSource<T> | null {
  if (loader !== saver || typeof saver !== 'object' || saver === null || !(CHANGE_LOG in saver)) return null
  // The class that gives the change log must be the one whose `load` and `save` would run.
  let prototype: object | null = saver
  while (prototype !== null && !Object.hasOwn(prototype, CHANGE_LOG))
    prototype = Object.getPrototypeOf(prototype) as object | null
  const given = prototype as (ILoader<T> & ISaver<T>) | null
  const own = saver as unknown as ILoader<T> & ISaver<T>
  if (given === null || given.load !== own.load || given.save !== own.save) return null
  return saver as unknown as ChangeLogSource<T>
}
