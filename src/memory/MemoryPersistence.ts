import { traceIdOf } from '../component/IContext.js'
import {
  type CallContext,
  CompositeLogger,
  type ConfigParams,
  type ICleanable,
  type IConfigurable,
  type IOpenable,
  type IReferenceable,
  type IReferences,
} from '../component/index.js'
import { CHANGE_LOG, type RecoveryReport } from '../contract/ChangeLog.js'
import type { ILoader } from '../contract/ILoader.js'
import type { ISaver } from '../contract/ISaver.js'
import type { Explanation } from '../contract/Store.js'
import { Collection, withTraceId } from '../core/Collection.js'
import { ItemRules } from '../core/ItemRules.js'
import { defineIndex, type IndexFields, type IndexOptions } from '../core/indexDefinition.js'
import { Lifecycle, notOpened } from '../core/Lifecycle.js'
import { readChoice, readCount } from '../core/settings.js'
import { traceOperation } from '../core/traceOperation.js'
import { warnTo } from '../core/warnTo.js'
import type { DataPage, ProjectionParams, TokenizedDataPage } from '../data/index.js'
import { ConfigException, UnsupportedException } from '../errors/index.js'
import type { Filter, Projection, Sort } from '../query/Filter.js'
import type { Paging, TokenizedPaging } from '../query/paging.js'
import { parsePath } from '../query/path.js'
import { MemoryStore } from './MemoryStore.js'

/** The operations of a persistence, for the classes of this library that add methods to it. */
export let collectionOf: <T, K>(persistence: MemoryPersistence<T>) => Collection<T, K>

/**
 * Keeps items of any kind in memory, in the order of their creation, and can load them from and save them to
 * somewhere else. Items have no ids; see `IdentifiableMemoryPersistence` for those that do.
 *
 * Every operation is asynchronous, takes the trace context of the call first (a correlation id, a context or null), and
 * copies: what is passed in or handed out is never the stored object. Without a loader no `open` is needed; with one,
 * operations before `open` and after `close` are refused with NOT_OPENED.
 *
 * Config keys: `options.max_page_size` (default 100); `options.reads`: `copied` (default) or `frozen`, which hands
 * out the stored objects themselves, deeply frozen.
 *
 * Subclasses may read, edit in place and replace `_items`, and then call `save()`; read the field anew after each
 * operation instead of keeping the array.
 */
export class MemoryPersistence<T> implements IConfigurable, IReferenceable, IOpenable, ICleanable {
  /** Log of the component; writes to the loggers among its references. */
  protected _logger: CompositeLogger = new CompositeLogger()
  /** The stored objects in insertion order, live: see the class. */
  declare protected _items: T[]
  /** Where `open` loads from; may be assigned until then. */
  protected _loader: ILoader<T> | null | undefined
  /** Where changes are saved; may be assigned until `open`. */
  protected _saver: ISaver<T> | null | undefined
  protected _opened = false
  /** Most items of a page. */
  protected _maxPageSize = 100

  readonly #store: MemoryStore<T, unknown>
  readonly #rules: ItemRules<T>
  readonly #collection: Collection<T, unknown>
  readonly #lifecycle = new Lifecycle()

  constructor(loader?: ILoader<T> | null, saver?: ISaver<T> | null)
  /** @internal */
  constructor(loader?: ILoader<T> | null, saver?: ISaver<T> | null, identified?: boolean)
  constructor(loader?: ILoader<T> | null, saver?: ISaver<T> | null, identified = false) {
    checkMember(loader, 'loader', 'load')
    checkMember(saver, 'saver', 'save')
    this._loader = loader
    this._saver = saver
    const warn = (message: string) => warnTo(this._logger, message)
    this.#rules = new ItemRules<T>({
      idType: identified ? 'any' : 'none',
      kind: () => this.#valueKind(),
      warn,
    })
    this.#store = new MemoryStore(identified, this.#rules, {
      loader: () => this._loader,
      saver: () => this._saver,
      warn,
    })
    const self = this
    const name = () => this.constructor.name
    this.#collection = new Collection({
      get store() {
        self.#takeRedeclaredItems()
        return self.#store
      },
      rules: this.#rules,
      name,
      checkOpen: (operation) => this.#checkOpen(operation),
      maxPageSize: () => this._maxPageSize,
      trace: (context, operation, store) => traceOperation(this._logger, context, name, operation, store),
    })
  }

  /** Reads `options.max_page_size` and `options.reads`. @throws ConfigException BAD_CONFIG */
  configure(config: ConfigParams): void {
    const maxPageSize = readCount(config, 'options.max_page_size')
    const reads = readChoice(config, 'options.reads', ['copied', 'frozen'])
    this._maxPageSize = maxPageSize ?? this._maxPageSize
    if (reads !== null) this.#rules.frozen = reads === 'frozen'
  }

  /** Takes the loggers among the references. */
  setReferences(references: IReferences): void {
    this._logger.setReferences(references)
  }

  isOpen(): boolean {
    return this._opened
  }

  /**
   * Loads the items, where there is a loader. Idempotent; calls at the same time share one opening.
   * @throws what the loader rejects with; from a file: FileException READ_FAILED, DATA_CORRUPTED, LOCKED
   */
  open(context: CallContext): Promise<void> {
    return this.#lifecycle.open(async () => {
      this.#takeRedeclaredItems()
      await this.#traced(context, () => this.#store.open(context))
      this._opened = true
    })
  }

  /** Loads the items again from the loader; direct edits that were not saved are gone. Does nothing without a loader. */
  protected load(context: CallContext): Promise<void> {
    return this.#traced(context, () => this.#store.load(context))
  }

  /**
   * Makes everything durable and lets go of the file. Idempotent; does nothing where `open` was never called. When it
   * rejects, the component is still open and nothing acknowledged is lost.
   */
  close(context: CallContext): Promise<void> {
    return this.#lifecycle.close(async () => {
      this.#takeRedeclaredItems()
      await this.#traced(context, () => this.#store.close(context))
      this._opened = false
    })
  }

  /**
   * Saves all items, direct edits of `_items` included, when the writes before it are done. Does nothing without a saver.
   * Items are read while they are saved: an edit made before it has resolved may be saved or not, and is for certain by
   * the next `save`.
   */
  save(context: CallContext): Promise<void> {
    return this.#traced(context, async () => {
      this.#checkOpen('save')
      this.#takeRedeclaredItems()
      await this.#store.save(context)
    })
  }

  /** Deletes all items, durably. */
  clear(context: CallContext): Promise<void> {
    return this.#collection.clear(context)
  }

  /**
   * Adds an item at the end; resolves with a copy of what is stored.
   * @throws BadRequestException INVALID_ITEM  not an object, or holds what cannot be stored
   * @throws ConflictException DUPLICATE_KEY  a unique index has such an item
   */
  create(context: CallContext, item: T): Promise<T> {
    return this.#collection.create(context, item)
  }

  /** Adds all the items or none, as one durable write. Errors as `create`. */
  createMany(context: CallContext, items: readonly T[]): Promise<T[]> {
    return this.#collection.createMany(context, items)
  }

  /**
   * Reads one page of the items that match `filter`.
   *
   * @param filter  filter object, FilterParams or predicate; null matches every item
   * @param paging  `skip` and `take` count items; `take` defaults to and is capped at `options.max_page_size`
   * @param sort  `{ field: 1 | -1 }`, SortParams or key extractor; null keeps insertion order
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
   * @throws UnsupportedException UNSUPPORTED  items have no ids, or the sort is a function
   */
  getPageByToken(
    context: CallContext,
    filter: Filter<T>,
    paging?: TokenizedPaging | null,
    sort?: Sort<T>,
    select?: Projection<T> | ProjectionParams,
  ): Promise<TokenizedDataPage<T>> {
    if (!this.#store.identified)
      return Promise.reject(noIds('getPageByToken').withTraceId(traceIdOf(context)))
    return this.#collection.getPageByToken(context, filter, paging, sort, select)
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

  /** One of the items that match, each as likely as the others; null when none does. */
  getOneRandom(context: CallContext, filter: Filter<T>): Promise<T | null> {
    return this.#collection.getOneRandom(context, filter)
  }

  /**
   * Deletes all items that match, as one durable write. null and `{}` delete everything.
   * @throws BadRequestException EMPTY_FILTER  a condition is undefined, which would delete more than was meant
   */
  deleteByFilter(context: CallContext, filter: Filter<T>): Promise<void> {
    return this.#collection.deleteByFilter(context, filter)
  }

  /**
   * Keeps an index over these fields, to be called in the constructor. Filters and sorts use it; `explain` tells.
   * @throws ConflictException DUPLICATE_KEY  it is unique and stored items violate it (with a loader: at `open`)
   */
  ensureIndex(fields: IndexFields, options?: IndexOptions): void {
    this.#store.ensureIndex(defineIndex(fields, options))
  }

  /** Declares fields that hold Dates, so that they come back as Dates from a file. To be called in the constructor. */
  dateFields(...paths: string[]): void {
    this.#rules.declareDates(paths.map((text) => parsePath(text, 'dateFields', 'BAD_CONFIG')))
  }

  /** How a filter and a sort would be served: index used, items looked at, items that match. */
  explain(context: CallContext, filter: Filter<T>, sort?: Sort<T>): Promise<Explanation> {
    return this.#collection.explain(context, filter, sort)
  }

  /** Resolves when everything acknowledged so far is on the disk. */
  flush(context: CallContext): Promise<void> {
    return this.#collection.flush(context)
  }

  /**
   * Writes a consistent copy of all items to a new file, as a plain JSON array.
   * @throws UnsupportedException without a file
   */
  backup(context: CallContext, path: string): Promise<void> {
    return this.#collection.backup(context, path)
  }

  /** What the last `open` found in the file; null without a file. */
  get recovery(): RecoveryReport | null {
    return this.#store.recovery
  }

  /** A file keeps what JSON keeps; a user's own saver may keep anything. */
  #valueKind(): 'structural' | 'json' {
    const saver = this._saver
    return typeof saver === 'object' && saver !== null && CHANGE_LOG in saver ? 'json' : 'structural'
  }

  #checkOpen(operation: string): void {
    if (!this._loader) return
    const { state } = this.#lifecycle
    if (state === 'open' || (state === 'closed' && this._opened)) return
    throw notOpened(this.constructor.name, operation, state)
  }

  /** A subclass that declares the field again hides the accessor behind its own value: take that over. */
  #takeRedeclaredItems(): void {
    if (!Object.hasOwn(this, '_items')) return
    const items: unknown = this._items
    Reflect.deleteProperty(this, '_items')
    if (Array.isArray(items)) this.#store.adopt(items as T[])
  }

  async #traced(context: CallContext, run: () => Promise<void>): Promise<void> {
    try {
      await run()
    } catch (error) {
      throw withTraceId(error, context)
    }
  }

  static {
    collectionOf = (persistence) => persistence.#collection as Collection<any, any>
    Object.defineProperty(MemoryPersistence.prototype, '_items', {
      configurable: true,
      enumerable: false,
      get(this: MemoryPersistence<unknown>) {
        return this.#store.expose()
      },
      set(this: MemoryPersistence<unknown>, items: unknown[]) {
        if (!Array.isArray(items)) throw new TypeError('_items takes an array of items.')
        this.#store.adopt(items)
      },
    })
  }
}

/** Refuses what cannot load or save where it is given, instead of at the first use. */
function checkMember(given: unknown, what: 'loader' | 'saver', method: 'load' | 'save'): void {
  if (!given || typeof (given as Record<string, unknown>)[method] === 'function') return
  const example = JSON.stringify(typeof given === 'string' ? given : './data/items.json')
  throw new ConfigException(
    null,
    'BAD_CONFIG',
    `Cannot make the component: its ${what} is ${typeof given === 'string' ? 'a text' : 'an object'} without ${method}(). ` +
      `To keep the items in a file, give new JsonFilePersister(${example}).`,
  )
}

function noIds(operation: string): UnsupportedException {
  return new UnsupportedException(
    null,
    'UNSUPPORTED',
    `${operation}() needs items with ids, by which ties are told apart. Use IdentifiableMemoryPersistence.`,
  )
}
