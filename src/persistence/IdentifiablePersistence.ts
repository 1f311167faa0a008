import {
  type CallContext,
  CompositeLogger,
  ConfigParams,
  type ICleanable,
  type IConfigurable,
  type IOpenable,
  type IReferenceable,
  type IReferences,
} from '../component/index.js'
import type { RecoveryReport } from '../contract/ChangeLog.js'
import type { IGetter } from '../contract/IGetter.js'
import type { IPartialUpdater } from '../contract/IPartialUpdater.js'
import type { ISetter } from '../contract/ISetter.js'
import type { IWriter } from '../contract/IWriter.js'
import type {
  Awaitable,
  Explanation,
  IndexDefinition,
  Store,
  StoreCapabilities,
  StoreOptions,
} from '../contract/Store.js'
import { Collection, withTraceId } from '../core/Collection.js'
import { ItemRules } from '../core/ItemRules.js'
import { defineIndex, type IndexFields, type IndexOptions } from '../core/indexDefinition.js'
import { Lifecycle, notOpened } from '../core/Lifecycle.js'
import { readChoice, readCount, readText } from '../core/settings.js'
import { traceOperation } from '../core/traceOperation.js'
import { warnTo } from '../core/warnTo.js'
import type {
  AnyValueMap,
  DataPage,
  IIdentifiable,
  ProjectionParams,
  TokenizedDataPage,
} from '../data/index.js'
import { ConfigException, InvalidStateException, UnsupportedException } from '../errors/index.js'
import type { Filter, Projection, Sort } from '../query/Filter.js'
import type { Paging, TokenizedPaging } from '../query/paging.js'
import { parsePath } from '../query/path.js'
import { type CopyOptions, copyItems } from './copyItems.js'
import { storeFromUrl } from './storeFromUrl.js'

export interface IdentifiablePersistenceOptions {
  /** The store; may be configured later by `url`. */
  readonly url?: string | undefined
  /** The driver module of a SQL store, such as `await import('better-sqlite3')`. Default: loaded by its name. */
  readonly driver?: unknown
  /** Makes a store of your own at each opening, in the place of the one that a URL names; see docs/writing-a-store.md. */
  readonly store?: StoreFactory | undefined
}

/** Makes a store for a component, not yet opened. */
export type StoreFactory = <T, K>(options: StoreOptions) => Awaitable<Store<T, K>>

/**
 * Keeps items with ids on the store that a URL names: `memory:`, `file:./data/items.json`, `sqlite:./data/app.db` or
 * `postgres://user@host/database`. The class stays the same; what a store cannot do is UNSUPPORTED at once.
 *
 * Items hold what JSON holds, and Dates in declared fields (`dateFields`); anything else is INVALID_ITEM, on every store
 * alike. Every operation needs `open` and copies: what is passed in or handed out is never the stored object.
 *
 * Config keys: `url` (or `connection.uri`); `table` (or `collection`), which overrides the name;
 * `options.max_page_size` (default 100); `options.id_type`: `string` (default) or `number`; of the memory and file
 * stores `options.reads`: `copied` (default) or `frozen`; and those of the store, see docs/stores.md.
 */
export class IdentifiablePersistence<T extends IIdentifiable<K>, K extends string | number = string>
  implements
    IConfigurable,
    IReferenceable,
    IOpenable,
    ICleanable,
    IWriter<T, K>,
    IGetter<T, K>,
    ISetter<T>,
    IPartialUpdater<T, K>
{
  /** Log of the component; writes to the loggers among its references. */
  protected _logger: CompositeLogger = new CompositeLogger()
  /** Most items of a page. */
  protected _maxPageSize = 100

  #name: string
  readonly #rules: ItemRules<T>
  readonly #collection: Collection<T, K>
  readonly #lifecycle = new Lifecycle()
  readonly #indexes: IndexDefinition[] = []
  #config = new ConfigParams()
  #url: string
  /** The URL that the store was made from: another may be configured while it is open. */
  #storeUrl = ''
  readonly #driver: unknown
  readonly #ownStore: StoreFactory | undefined
  #idType: 'string' | 'number' = 'string'
  #store: Store<T, K> | null = null
  #recovery: RecoveryReport | null = null

  /**
   * @param name  of the component: the table on SQL stores, and in messages and tokens
   * @throws ConfigException BAD_CONFIG  an option that does not exist
   */
  constructor(name: string, options: IdentifiablePersistenceOptions = {}) {
    checkOptions(options)
    this.#name = name
    this.#url = options.url ?? ''
    this.#driver = options.driver
    this.#ownStore = options.store
    const self = this
    this.#rules = new ItemRules<T>({
      get idType() {
        return self.#idType
      },
      kind: () => 'portable',
      warn: (message) => warnTo(this._logger, message),
    })
    this.#collection = new Collection<T, K>({
      get store() {
        return self.#store!
      },
      rules: this.#rules,
      name: () => this.#name,
      checkOpen: (operation) => {
        const { state } = this.#lifecycle
        if (state !== 'open') throw notOpened(this.#name, operation, state)
      },
      maxPageSize: () => this._maxPageSize,
      trace: (context, operation, store) =>
        traceOperation(this._logger, context, () => this.#name, operation, store),
    })
  }

  /** What the open store can do; null while the component is not open. */
  get capabilities(): StoreCapabilities | null {
    return this.#lifecycle.state === 'open' ? this.#store!.capabilities : null
  }

  /** Takes the settings named above; a later call overrides what it names. @throws ConfigException BAD_CONFIG */
  configure(config: ConfigParams): void {
    this.#name = readText(config, 'table') ?? readText(config, 'collection') ?? this.#name
    this.#config = this.#config.override(config)
    const url = readText(config, 'url') ?? readText(config, 'connection.uri') ?? this.#url
    // A closed component that kept its items in memory leaves them behind when it goes elsewhere.
    if (url !== this.#url && this.#lifecycle.state === 'closed') this.#store = null
    this.#url = url
    this._maxPageSize = readCount(config, 'options.max_page_size') ?? this._maxPageSize
    this.#idType = readChoice(config, 'options.id_type', ['string', 'number']) ?? this.#idType
    const reads = readChoice(config, 'options.reads', ['copied', 'frozen'])
    if (reads !== null) this.#rules.frozen = reads === 'frozen'
  }

  /** Takes the loggers among the references. */
  setReferences(references: IReferences): void {
    this._logger.setReferences(references)
  }

  isOpen(): boolean {
    return this.#lifecycle.state === 'open'
  }

  /**
   * Makes the store ready: loads and recovers a file, connects to a server, creates the table and the indexes that are
   * missing. Idempotent; calls at the same time share one opening.
   * @throws ConfigException BAD_CONFIG, NO_DRIVER
   * @throws FileException READ_FAILED, DATA_CORRUPTED, LOCKED
   * @throws ConnectionException CONNECT_FAILED
   * @throws ConflictException DUPLICATE_KEY  stored items violate a unique index
   */
  open(context: CallContext): Promise<void> {
    return this.#lifecycle.open(async () => {
      try {
        const store = this.#store ?? (await this.#makeStore())
        await store.open(context)
        this.#store = store
        this.#recovery = recoveryOf(store)
      } catch (error) {
        throw withTraceId(error, context)
      }
    })
  }

  /**
   * Makes everything durable and lets go of files and connections. Idempotent; does nothing where `open` was never
   * called.
   */
  close(context: CallContext): Promise<void> {
    return this.#lifecycle.close(async () => {
      try {
        await this.#store!.close(context)
        // A store in memory is the only place of its items, so it is kept for the next opening at the same URL.
        const inMemory = this.#store!.capabilities.name === 'memory' && this.#url.startsWith('memory:')
        if (!inMemory || this.#url !== this.#storeUrl) this.#store = null
      } catch (error) {
        throw withTraceId(error, context)
      }
    })
  }

  /** Deletes all items, durably. */
  clear(context: CallContext): Promise<void> {
    return this.#collection.clear(context)
  }

  /**
   * Adds an item; resolves with a copy of what is stored, its id filled in.
   * @throws ConflictException DUPLICATE_ID  the id is taken; DUPLICATE_KEY  a unique index has such an item
   * @throws BadRequestException INVALID_ITEM  not an object, or holds what cannot be stored
   */
  create(context: CallContext, item: T): Promise<T> {
    return this.#collection.create(context, item)
  }

  /** Adds all the items or none, as one durable write. Errors as `create`. */
  createMany(context: CallContext, items: readonly T[]): Promise<T[]> {
    return this.#collection.createMany(context, items)
  }

  /** Adds the item, or puts it in the place of the one with the same id. Errors as `create`, but for DUPLICATE_ID. */
  set(context: CallContext, item: T): Promise<T> {
    return this.#collection.set(context, item)
  }

  /** Sets all the items or none, as one durable write. Errors as `set`. */
  setMany(context: CallContext, items: readonly T[]): Promise<T[]> {
    return this.#collection.setMany(context, items)
  }

  /** Puts the item in the place of the one with the same id, whole; null, and nothing done, when there is none. */
  update(context: CallContext, item: T): Promise<T | null> {
    return this.#collection.update(context, item)
  }

  /**
   * Lays the given fields over the item's own; fields not given stay. null is stored as null. Resolves null when there
   * is no such item.
   * @throws BadRequestException ID_CHANGED  the data holds another id; INVALID_ITEM  it holds what cannot be stored
   */
  updatePartially(context: CallContext, id: K, data: AnyValueMap | Partial<T>): Promise<T | null> {
    return this.#collection.updatePartially(context, id, data)
  }

  /** Deletes the item and resolves with it; null when there is none. */
  deleteById(context: CallContext, id: K): Promise<T | null> {
    return this.#collection.deleteById(context, id)
  }

  /** Deletes the items with these ids, as one durable write; unknown ids are passed over. */
  deleteByIds(context: CallContext, ids: readonly K[]): Promise<void> {
    return this.#collection.deleteByIds(context, ids)
  }

  /**
   * Deletes all items that match, as one durable write. null and `{}` delete everything.
   * @throws BadRequestException EMPTY_FILTER  a condition is undefined, which would delete more than was meant
   */
  deleteByFilter(context: CallContext, filter: Filter<T>): Promise<void> {
    return this.#collection.deleteByFilter(context, filter)
  }

  /** The item with this id; null when there is none. */
  getOneById(context: CallContext, id: K): Promise<T | null> {
    return this.#collection.getOneById(context, id)
  }

  /** The items with these ids, each once, in the store's own order; unknown ids are passed over. */
  getListByIds(context: CallContext, ids: readonly K[]): Promise<T[]> {
    return this.#collection.getListByIds(context, ids)
  }

  /** The first item that matches, in the order of `sort`; null when none does. */
  getOneByFilter(context: CallContext, filter: Filter<T>, sort?: Sort<T>): Promise<T | null> {
    return this.#collection.getOneByFilter(context, filter, sort)
  }

  /** One of the items that match, each as likely as the others; null when none does. */
  getOneRandom(context: CallContext, filter: Filter<T>): Promise<T | null> {
    return this.#collection.getOneRandom(context, filter)
  }

  /** How many items match. */
  getCountByFilter(context: CallContext, filter: Filter<T>): Promise<number> {
    return this.#collection.getCountByFilter(context, filter)
  }

  /** All items that match, without a limit. Parameters and errors as `getPageByFilter`. */
  getListByFilter(
    context: CallContext,
    filter: Filter<T>,
    sort?: Sort<T>,
    select?: Projection<T> | ProjectionParams,
  ): Promise<T[]> {
    return this.#collection.getListByFilter(context, filter, sort, select)
  }

  /**
   * Reads one page of the items that match `filter`.
   *
   * @param filter  filter object or FilterParams (memory and file: or a predicate); null matches every item
   * @param paging  `skip` and `take` count items; `take` defaults to and is capped at `options.max_page_size`
   * @param sort  `{ field: 1 | -1 }` or SortParams (memory and file: or a key extractor), ties by id; null: insertion
   *   order on memory and file, by id on SQL
   * @param select  paths of the fields to keep; null keeps whole items
   * @returns `total` counts the matches before paging, and is null unless asked for
   * @throws BadRequestException INVALID_FILTER, INVALID_SORT, INVALID_PROJECTION, INVALID_PAGING
   */
  getPageByFilter(
    context: CallContext,
    filter: Filter<T>,
    paging?: Paging | null,
    sort?: Sort<T>,
    select?: Projection<T> | ProjectionParams,
  ): Promise<DataPage<T>> {
    return this.#collection.getPageByFilter(context, filter, paging, sort, select)
  }

  /**
   * Reads the page after the one that gave `paging.token`; the first without a token. Unlike pages by `skip`, an item
   * that is there throughout is seen exactly once whatever is written in between, and page 10,000 costs what page 1 does.
   *
   * @param sort  fields; null goes by id
   * @returns `token` of the next page; null when this is the last
   * @throws BadRequestException INVALID_TOKEN  altered, or made for another filter, sort or component
   */
  getPageByToken(
    context: CallContext,
    filter: Filter<T>,
    paging?: TokenizedPaging | null,
    sort?: Sort<T>,
    select?: Projection<T> | ProjectionParams,
  ): Promise<TokenizedDataPage<T>> {
    return this.#collection.getPageByToken(context, filter, paging, sort, select)
  }

  /** How a filter and a sort would be served: index used, items looked at, items that match. */
  explain(context: CallContext, filter: Filter<T>, sort?: Sort<T>): Promise<Explanation> {
    return this.#collection.explain(context, filter, sort)
  }

  /** Keeps an index over these fields; to be called in the constructor, before `open`. */
  ensureIndex(fields: IndexFields, options?: IndexOptions): void {
    this.#checkDeclaring('ensureIndex')
    const definition = defineIndex(fields, options)
    if (this.#indexes.some(({ name }) => name === definition.name)) return
    this.#indexes.push(definition)
    this.#rules.limitTexts(definition.fields.map(({ path }) => path))
  }

  /** Declares fields that hold Dates; to be called in the constructor, before `open`. */
  dateFields(...paths: string[]): void {
    this.#checkDeclaring('dateFields')
    this.#rules.declareDates(paths.map((text) => parsePath(text, 'dateFields', 'BAD_CONFIG')))
  }

  /** Resolves when everything acknowledged so far is on the disk. */
  flush(context: CallContext): Promise<void> {
    return this.#collection.flush(context)
  }

  /**
   * Writes a consistent copy of all items to a new file.
   * @throws UnsupportedException UNSUPPORTED  on stores without files
   */
  backup(context: CallContext, path: string): Promise<void> {
    return this.#collection.backup(context, path)
  }

  /**
   * Copies all items into another component, whatever its store, in order of id; both must be open. Items that the other
   * has under the same id are replaced. Resolves with the number of items copied.
   */
  copyTo(context: CallContext, other: IdentifiablePersistence<T, K>, options?: CopyOptions): Promise<number> {
    return copyItems(this.#collection, other.#collection, context, options)
  }

  /** What the last `open` found in the file; null on other stores. */
  get recovery(): RecoveryReport | null {
    return recoveryOf(this.#store) ?? this.#recovery
  }

  async #makeStore(): Promise<Store<T, K>> {
    this.#storeUrl = this.#url
    const options: StoreOptions = {
      name: this.#name,
      idType: this.#idType,
      indexes: this.#indexes,
      dateFields: this.#rules.dateFields,
    }
    if (this.#ownStore !== undefined) {
      const store = await this.#ownStore<T, K>(options)
      this.#checkOwnStore(store.capabilities)
      return store
    }
    return storeFromUrl<T, K>({
      url: this.#url,
      options,
      rules: this.#rules,
      config: this.#config,
      driver: this.#driver,
      warn: (message) => warnTo(this._logger, message),
    })
  }

  /** Refuses what a store of the user's own declares that it cannot do, so that no such store has to. */
  #checkOwnStore({ name, uniqueIndexes }: StoreCapabilities): void {
    const unique = this.#indexes.find((index) => index.unique)
    const what =
      unique !== undefined && !uniqueIndexes
        ? `unique indexes, as ${unique.name}`
        : this.#rules.frozen
          ? 'frozen reads'
          : null
    if (what === null) return
    throw new UnsupportedException(
      null,
      'UNSUPPORTED',
      `The ${name} store of "${this.#name}" has no ${what}.`,
    )
  }

  #checkDeclaring(operation: string): void {
    if (this.#store === null && this.#lifecycle.state === 'closed') return
    throw new InvalidStateException(
      null,
      'UNSUPPORTED',
      `Cannot call ${operation}() on "${this.#name}" once it was opened: indexes and date fields are made at open(). Call it in the constructor.`,
    )
  }
}

const OPTIONS: ReadonlySet<string> = new Set(['url', 'driver', 'store'])

function checkOptions(options: object | null): void {
  const given = typeof options === 'object' && options !== null
  const unknown = given ? Object.keys(options).find((name) => !OPTIONS.has(name)) : ''
  if (unknown === undefined) return
  const problem = given ? `"${unknown}" is not an option of the constructor` : 'its options are no object'
  throw new ConfigException(
    null,
    'BAD_CONFIG',
    `Cannot make the component: ${problem}. It takes ${[...OPTIONS].join(', ')}; settings such as options.max_page_size ` +
      'come by configure().',
  )
}

function recoveryOf(store: unknown): RecoveryReport | null {
  return (store as { recovery?: RecoveryReport | null } | null)?.recovery ?? null
}
