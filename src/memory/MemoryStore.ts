import type { CallContext } from '../component/IContext.js'
import { CHANGE_LOG, type ChangeLogSource, type RecoveryReport } from '../contract/ChangeLog.js'
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
import { describe } from '../core/jsonValue.js'
import { FileException, InvalidStateException, UnsupportedException } from '../errors/index.js'
import type { ParsedFilter, ParsedSort } from '../query/Condition.js'
import type { AnyId } from '../query/compare.js'
import { project } from '../query/projection.js'
import { changeLogSource, isChangeLogSource } from './changeLogSource.js'
import { duplicateKey, type Writing } from './Draft.js'
import type { FieldIndex } from './FieldIndex.js'
import { Finder } from './Finder.js'
import { Group } from './Group.js'
import { idOf } from './Slot.js'
import { Table } from './Table.js'
import { WritePath } from './WritePath.js'

const UNOWNED =
  'Its file has no owner between a load and a save, so that another component or process may write it too, and what the ' +
  'last one saves counts: its persister has a load or save of its own, or is the saver and not the loader. Give one ' +
  'JsonFilePersister as both, and put what is to be done to the items into a subclass of the component.'

/** Where a memory store loads from and saves to; asked at each use, since subclasses assign them late. */
export interface Backing<T> {
  loader(): ILoader<T> | null | undefined
  saver(): ISaver<T> | null | undefined
  warn(message: string): void
}

/**
 * Items in memory: without a saver as such; with a change log (`JsonFilePersister`) as a file store; with a user's own
 * saver by whole saves. Reads see what is acknowledged; for the way of a write see `WritePath`.
 */
export class MemoryStore<T, K> implements Store<T, K> {
  readonly #table: Table<T>
  readonly #finder: Finder<T>
  readonly #rules: ItemRules<T>
  readonly #backing: Backing<T>
  readonly #writes: WritePath<T>
  #recovery: (() => RecoveryReport | null) | null = null

  constructor(identified: boolean, rules: ItemRules<T>, backing: Backing<T>) {
    this.#table = new Table(identified)
    this.#finder = new Finder(this.#table)
    this.#rules = rules
    this.#backing = backing
    this.#writes = new WritePath(this.#table, () => backing.saver())
  }

  get capabilities(): StoreCapabilities {
    return this.#writes.log === null ? MEMORY : FILE
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
    this.#handOut()
    return this.#table.expose()
  }

  /** Takes a subclass's array in the place of all items. */
  adopt(items: T[]): void {
    this.#handOut()
    this.#table.reset(items)
    // Whoever made the array has it in hand.
    this.#table.expose()
  }

  #handOut(): void {
    this.#writes.handOut()
    this.#rules.distrust()
  }

  async open(context: unknown): Promise<void> {
    const loader = this.#backing.loader()
    const source = changeLogSource<T>(loader, this.#backing.saver())
    if (source !== null) await this.#openLog(context, source)
    else {
      if (isChangeLogSource(this.#backing.saver())) this.#backing.warn(UNOWNED)
      if (loader) this.#table.reset(await this.#load(context, loader))
    }
    this.#table.freshen()
    this.#checkUnique()
  }

  /** Loads again, dropping unsaved direct edits. */
  async load(context: unknown): Promise<void> {
    const loader = this.#backing.loader()
    if (!loader) return
    await this.#writes.exclusive(async () => {
      const before = this.#table.toArray()
      this.#table.reset(await this.#load(context, loader))
      try {
        this.#checkUnique()
      } catch (error) {
        this.#table.reset(before)
        throw error
      }
      // What was loaded need not be what the log holds: the path, or the loader, may be another one since.
      const { log } = this.#writes
      this.#writes.edited = log !== null
      this.#writes.inHand = log !== null
    })
  }

  close(context: unknown): Promise<void> {
    return this.#writes.exclusive(async () => {
      const { log } = this.#writes
      // Who only reads may read `_items` too.
      const edited = this.#writes.edited && log?.isReadOnly !== true
      if (log === null || edited) await this.#saveAll(context)
      await log?.close(context)
      this.#writes.log = null
    })
  }

  /** Saves all items: what makes direct edits durable. */
  save(context: unknown): Promise<void> {
    return this.#writes.exclusive(async () => {
      // The caller has edited the items, perhaps through a reference that it kept.
      this.#table.expose()
      this.#rules.distrust()
      await this.#saveAll(context)
    })
  }

  async #saveAll(context: unknown): Promise<void> {
    // A file that a subclass has made break them would not open again.
    if (this.#writes.inHand && !this.#writes.isPlain) this.#checkUnique()
    await this.#writes.saveAll(context)
  }

  insert(context: unknown, items: readonly T[]): Awaitable<T[]> {
    const plan = (writing: Writing<T>) => {
      for (const item of items) writing.insert(item)
      return items
    }
    return this.#writes.write(context, items.length, plan, this.#giveAll)
  }

  upsert(context: unknown, items: readonly T[]): Awaitable<T[]> {
    const plan = (writing: Writing<T>) => {
      for (const item of items) writing.write(writing.getById(idOf(item)), item)
      return items
    }
    return this.#writes.write(context, items.length, plan, this.#giveAll)
  }

  replace(context: unknown, item: T): Awaitable<T | null> {
    const plan = (writing: Writing<T>) => {
      const before = writing.getById(idOf(item))
      if (before === undefined) return null
      writing.write(before, item)
      return item
    }
    return this.#writes.write(context, 1, plan, this.#giveOne)
  }

  merge(context: unknown, id: K, data: Readonly<Record<string, unknown>>): Awaitable<T | null> {
    const plan = (writing: Writing<T>) => {
      const before = writing.getById(id as AnyId)
      if (before === undefined) return null
      const after = this.#rules.merge(before, data)
      writing.write(before, after)
      return after
    }
    return this.#writes.write(context, 1, plan, this.#giveOne)
  }

  deleteByIds(context: unknown, ids: readonly K[]): Awaitable<T[]> {
    const plan = (writing: Writing<T>): readonly T[] => {
      if (ids.length === 1) return deleteById(writing, ids[0] as AnyId)
      const found: T[] = []
      for (const id of ids) found.push(...deleteById(writing, id as AnyId))
      return this.#inStorageOrder(found)
    }
    // What is gone when the call is over may be handed out as it is.
    return this.#writes.write(context, ids.length, plan, this.#writes.isPlain ? asItIs : this.#giveAll)
  }

  async deleteByFilter(context: unknown, filter: ParsedFilter): Promise<number> {
    const deleteMatching = async () => {
      let count = 0
      await this.#finder.withSlots(filter, (slots) => {
        count = slots.length
        return this.#writes.delete(context, slots)
      })
      return count
    }
    // It looks at all items, so it waits for the writes before it instead of looking through them.
    return this.#writes.isPlain ? deleteMatching() : await this.#writes.exclusive(deleteMatching)
  }

  clear(context: unknown): Promise<void> {
    return this.#writes.clear(context)
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
    return this.#writes.log?.flush(context)
  }

  backup(context: unknown, path: string): Awaitable<void> {
    const { log } = this.#writes
    if (log !== null) return log.backup(context, path)
    throw new UnsupportedException(
      null,
      'UNSUPPORTED',
      'A store in memory has no file to back up. Write its getListByFilter() where you need it.',
    )
  }

  /** Adds an index over what is stored and what will be. @throws ConflictException DUPLICATE_KEY */
  ensureIndex(definition: IndexDefinition): void {
    const { unique, isBusy } = this.#writes
    if (unique.some((index) => index.definition.name === definition.name)) return
    if (definition.unique && isBusy) throw declaredBesideWrites(definition)
    const index = this.#table.addIndex(definition)
    if (!definition.unique) return
    try {
      if (this.#table.slotCount > 0) this.#checkKeys(index)
    } catch (error) {
      this.#table.dropIndex(index)
      throw error
    }
    unique.push(index)
  }

  async #openLog(context: unknown, source: ChangeLogSource<T>): Promise<void> {
    const log = source[CHANGE_LOG]({
      identified: this.#table.identified,
      items: () => this.#writes.items(),
      itemsSince: () => this.#writes.itemsSince(),
      checkEdits: () => this.#checkEdits(),
      warn: (message) => this.#backing.warn(message),
    })
    const items = await log.open(context)
    // Before anything can fail: closing a log folds what the table holds into its file.
    this.#table.reset(items, log.takeSlots?.())
    try {
      for (const item of items) this.#rules.revive(item)
      this.#checkUnique()
    } catch (error) {
      // Nobody will hold the log. Why the opening is refused is what the caller has to hear of.
      if (log.abandon) await log.abandon()
      else await log.close(context).catch(() => {})
      throw error
    }
    this.#writes.edited = false
    this.#writes.inHand = false
    this.#writes.log = log
    this.#recovery = () => log.recovery
  }

  async #load(context: unknown, loader: ILoader<T>): Promise<T[]> {
    const items: unknown = await loader.load(context as CallContext)
    if (!Array.isArray(items)) {
      throw new FileException(
        null,
        'READ_FAILED',
        `The loader answered with ${items === null ? 'null' : typeof items} where an array of items was expected. ` +
          'Look at its load(): where nothing is stored yet it answers with an empty array.',
      )
    }
    this.#rules.distrust()
    // By place: a map would pass over holes, which the table takes for deleted items.
    for (let i = 0; i < items.length; i++) {
      const item: unknown = items[i]
      if (typeof item !== 'object' || item === null || Array.isArray(item)) throw noItem(i, item)
    }
    return items.map((item) => this.#rules.revive(copyValue(item) as T))
  }

  #checkEdits(): boolean {
    if (!this.#writes.inHand) return false
    // They may have been made through an array that was kept.
    this.#table.expose()
    this.#checkUnique()
    return true
  }

  #checkUnique(): void {
    for (const index of this.#writes.unique) this.#checkKeys(index)
  }

  #checkKeys(index: FieldIndex): void {
    this.#table.fresh(index).walk(false, null, (key, posting) => {
      if (!(posting instanceof Group) || !index.isUniqueKey(key)) return true
      const ids: AnyId[] = []
      posting.slots.ascend(null, (slot) => ids.push(idOf(this.#table.at(slot))) < 2)
      throw duplicateKey(index, key, ids[0], ids[1])
    })
  }

  readonly #giveOne = (item: T | null): T | null => (item === null ? null : this.#rules.give(item))

  readonly #giveAll = (items: readonly T[]): T[] => {
    // A literal has room for its one element, an array that grows at once for seventeen.
    if (items.length === 1) return [this.#rules.give(items[0]!)]
    const copies: T[] = []
    for (let i = 0; i < items.length; i++) copies.push(this.#rules.give(items[i]!))
    return copies
  }

  #inStorageOrder(items: T[]): T[] {
    if (items.length < 2) return items
    // What is not in the table yet will stand at its end.
    const { slotCount } = this.#table
    const places = new Map<T, number>()
    for (const item of items) {
      const slot = this.#table.slotOf(idOf(item))
      places.set(item, slot < 0 ? slotCount + places.size : slot)
    }
    return items.sort((a, b) => places.get(a)! - places.get(b)!)
  }
}

function deleteById<T>(writing: Writing<T>, id: AnyId): T[] {
  const before = writing.getById(id)
  if (before === undefined) return []
  writing.write(before, null)
  return [before]
}

function asItIs<T>(items: readonly T[]): T[] {
  return items as T[]
}

function noItem(index: number, element: unknown): FileException {
  return new FileException(
    null,
    'READ_FAILED',
    `The loader answered with an array whose element ${index} is ${describe(element)}, and an item is an object. ` +
      'Look at its load().',
  )
}

const MEMORY: StoreCapabilities = {
  name: 'memory',
  order: 'insertion',
  functions: true,
  durable: false,
  uniqueIndexes: true,
  backup: false,
}

const FILE: StoreCapabilities = { ...MEMORY, name: 'file', durable: true, backup: true }

/** The writes were checked without it, and their answers can no longer be refused. */
function declaredBesideWrites({ name }: IndexDefinition): InvalidStateException {
  return new InvalidStateException(
    null,
    'UNSUPPORTED',
    `Cannot make the unique index "${name}" while writes are under way. Call ensureIndex() in the constructor.`,
  )
}
