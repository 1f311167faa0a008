import type { Condition, ParsedFilter, ParsedSort, Path, Place } from '../query/Condition.js'

/** An answer that may be there at once: memory answers in the call, files and servers by a promise. */
export type Awaitable<V> = V | Promise<V>

/** What a store can do beyond the operations that all have. What it declares `false` is `UNSUPPORTED` when asked for. */
export interface StoreCapabilities {
  /** Name for messages and traces: `memory`, `file`, `sqlite`, `postgres`. */
  readonly name: string
  /** Order of lists and pages without a sort. */
  readonly order: 'insertion' | 'id'
  /** Takes a JavaScript predicate as filter and a key extractor as sort. */
  readonly functions: boolean
  /** What was acknowledged is there after the process is killed. */
  readonly durable: boolean
  /** `ensureIndex` with `unique: true`. */
  readonly uniqueIndexes: boolean
  /** `backup` writes a consistent copy while the store is open. */
  readonly backup: boolean
}

/** One page or list to find. */
export interface Query {
  readonly filter: ParsedFilter
  readonly sort: ParsedSort
  /** Fields to keep; `null`: whole items. */
  readonly select: readonly Path[] | null
  /** Matches to pass over; 0 when `after` is given. */
  readonly skip: number
  /** Most items to return; `null`: all. */
  readonly take: number | null
  /** Keyset paging: only items past this place in the sort order (ties by id). `null`: from the start. */
  readonly after: Place | null
}

/** An index as declared by `ensureIndex`. */
export interface IndexDefinition {
  /** `a:1,b.c:-1`: fields and directions in order, and `:unique` behind when it is. */
  readonly name: string
  readonly fields: readonly { readonly path: Path; readonly ascending: boolean }[]
  readonly unique: boolean
}

/** How a query would run. */
export interface Explanation {
  /**
   * Name of the index used (`IndexDefinition.name`, or `id`); of several, joined by ` & `. `null` for a pass over all
   * items.
   */
  readonly index: string | null
  /** Items (memory: index entries too) looked at; `null` where the engine does not tell. */
  readonly examined: number | null
  /** Items that match, before paging. */
  readonly returned: number
  /** The engine's own words, where it has some. */
  readonly plan?: string
}

/**
 * Where items live. One interface for memory, file and SQL; `Collection` checks arguments, state and
 * values before it calls, so a store sees only well-formed input: ids are non-empty strings or finite
 * numbers, items are private copies that hold nothing but what the component's value rules allow, and
 * no method is called before `open` has resolved or after `close` was called.
 *
 * Each method is one batch: all of it happens or none. Methods take effect in the order they are called.
 * Items that come back are the caller's to keep: never the stored objects.
 * Errors are the library's own (see docs/errors.md); a store never lets a driver's error through.
 */
export interface Store<T, K> {
  readonly capabilities: StoreCapabilities

  /** Makes the store ready: creates or migrates what it needs, loads, replays. `context` is for logs. */
  open(context: unknown): Awaitable<void>
  /** Makes everything durable and lets go of files and connections. Called once per successful `open`. */
  close(context: unknown): Awaitable<void>

  /** Inserts all or none. @throws ConflictException DUPLICATE_ID, DUPLICATE_KEY */
  insert(context: unknown, items: readonly T[]): Awaitable<T[]>
  /** Inserts or replaces in place, all or none. @throws ConflictException DUPLICATE_KEY */
  upsert(context: unknown, items: readonly T[]): Awaitable<T[]>
  /** Replaces the item with that id; `null` when there is none. @throws ConflictException DUPLICATE_KEY */
  replace(context: unknown, item: T): Awaitable<T | null>
  /**
   * Lays `data` over the item's top-level fields; `null` when there is no such item. An undefined value in
   * `data` takes the field away. `data` has no `id`.
   * @throws ConflictException DUPLICATE_KEY
   */
  merge(context: unknown, id: K, data: Readonly<Record<string, unknown>>): Awaitable<T | null>
  /** Deletes those that exist, as one batch; returns them in storage order. */
  deleteByIds(context: unknown, ids: readonly K[]): Awaitable<T[]>
  /** Deletes what matches, as one batch; returns how many. */
  deleteByFilter(context: unknown, filter: ParsedFilter): Awaitable<number>
  /** Deletes everything, as one batch. */
  clear(context: unknown): Awaitable<void>

  /** `null` when there is no such item. */
  getOneById(context: unknown, id: K): Awaitable<T | null>
  /** Those that exist, each once, in the store's own order. */
  getListByIds(context: unknown, ids: readonly K[]): Awaitable<T[]>
  find(context: unknown, query: Query): Awaitable<T[]>
  count(context: unknown, filter: ParsedFilter): Awaitable<number>
  /** One of the matches, each as likely as the others; `null` when none. */
  random(context: unknown, filter: ParsedFilter): Awaitable<T | null>
  explain(context: unknown, filter: ParsedFilter, sort: ParsedSort): Awaitable<Explanation>

  /** Waits until everything written so far is on the disk; at once where writes are durable when acknowledged. */
  flush?(context: unknown): Awaitable<void>
  /** Writes a consistent copy of all items, as a plain JSON array, to a new file. */
  backup?(context: unknown, path: string): Awaitable<void>
}

/** What a store is made with. Indexes and date fields are declared before `open` and do not change after. */
export interface StoreOptions {
  /** Name of the component: table name, and name in messages. */
  readonly name: string
  readonly idType: 'string' | 'number'
  readonly indexes: readonly IndexDefinition[]
  /** Paths of fields that hold Dates: stored as ISO text, handed out as Dates. */
  readonly dateFields: readonly Path[]
}

/** A filter that matches every item. */
export const ALL: ParsedFilter = {
  condition: { op: 'and', of: [] } satisfies Condition,
  predicate: null,
  undefinedAt: null,
}
