import type { Explanation } from '../contract/Store.js'
import type { DataPage, TokenizedDataPage } from '../data/index.js'

/** An item of the suite: any fields. */
export interface Item {
  // biome-ignore lint/suspicious/noExplicitAny: cases read fields of every type
  [field: string]: any
}

/** What the suite calls. Every persistence with ids of this library has these methods. */
export interface TestedPersistence {
  isOpen(): boolean
  open(context: unknown): Promise<void>
  close(context: unknown): Promise<void>
  clear(context: unknown): Promise<void>
  create(context: unknown, item: Item): Promise<Item>
  createMany(context: unknown, items: readonly Item[]): Promise<Item[]>
  set(context: unknown, item: Item): Promise<Item>
  update(context: unknown, item: Item): Promise<Item | null>
  updatePartially(context: unknown, id: unknown, data: unknown): Promise<Item | null>
  deleteById(context: unknown, id: unknown): Promise<Item | null>
  deleteByIds(context: unknown, ids: readonly unknown[]): Promise<void>
  deleteByFilter(context: unknown, filter: unknown): Promise<void>
  getOneById(context: unknown, id: unknown): Promise<Item | null>
  getListByIds(context: unknown, ids: readonly unknown[]): Promise<Item[]>
  getListByFilter(context: unknown, filter: unknown, sort?: unknown, select?: unknown): Promise<Item[]>
  getCountByFilter(context: unknown, filter: unknown): Promise<number>
  getOneRandom(context: unknown, filter: unknown): Promise<Item | null>
  getPageByFilter(
    context: unknown,
    filter: unknown,
    paging?: unknown,
    sort?: unknown,
    select?: unknown,
  ): Promise<DataPage<Item>>
  getPageByToken(
    context: unknown,
    filter: unknown,
    paging?: unknown,
    sort?: unknown,
    select?: unknown,
  ): Promise<TokenizedDataPage<Item>>
  explain(context: unknown, filter: unknown, sort?: unknown): Promise<Explanation>
  flush(context: unknown): Promise<void>
  backup(context: unknown, path: string): Promise<void>
  /** Only where the capability `extended` is declared. */
  setMany?(context: unknown, items: readonly Item[]): Promise<Item[]>
  /** Only where the capability `extended` is declared. */
  getOneByFilter?(context: unknown, filter: unknown, sort?: unknown): Promise<Item | null>
}

/** How a case wants its component to be made. What is not given is the component's default. */
export interface Declaration {
  /** Name of the component, by which its tokens are told from those of others. */
  readonly name?: string
  /** For `ensureIndex`, in order. */
  readonly indexes?: readonly {
    readonly fields: Readonly<Record<string, 1 | -1>>
    readonly unique?: boolean
  }[]
  /** For `dateFields`. */
  readonly dateFields?: readonly string[]
  /** For the setting `options.max_page_size`. */
  readonly maxPageSize?: number
  /** For the setting `options.id_type`; only where the capability `ids` is `typed`. */
  readonly idType?: 'string' | 'number'
  /** For the setting `options.reads`; only where the capability `frozenReads` is declared. */
  readonly reads?: 'frozen'
}

/** A component of one case, and the place where it keeps its items. */
export interface Subject {
  /** Fresh, empty, not yet opened. */
  readonly persistence: TestedPersistence
  /**
   * Another component over the same place, not yet opened, with the same declaration unless another is given. The one
   * before was closed. Needed where the capability `durable` is declared.
   */
  reopen?(declaration?: Declaration): Promise<TestedPersistence>
  /** Removes the place. The suite has closed the components that it opened. */
  dispose(): Promise<void>
}

/** Makes the component for one case. Two subjects must not share a place, even with the same declaration. */
export type PersistenceFactory = (declaration: Declaration) => Promise<Subject>
