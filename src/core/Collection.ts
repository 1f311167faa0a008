import { traceIdOf } from '../component/IContext.js'
import { ALL, type Awaitable, type Explanation, type Query, type Store } from '../contract/Store.js'
import { DataPage } from '../data/DataPage.js'
import { TokenizedDataPage } from '../data/TokenizedDataPage.js'
import { ApplicationException } from '../errors/index.js'
import type { ParsedFilter, ParsedSort, Place } from '../query/Condition.js'
import { resolvePaging, resolveTokenPaging } from '../query/paging.js'
import { parseFilter } from '../query/parseFilter.js'
import { parseProjection, project } from '../query/projection.js'
import { parseSort, placeOf } from '../query/sort.js'
import { bindingOf, decodeToken, encodeToken } from '../query/token.js'
import { emptyFilter, extractorByToken, idChanged, unsupported } from './collectionErrors.js'
import type { ItemRules } from './ItemRules.js'
import { isMissingId } from './ids.js'
import { isObserved, observe } from './observe.js'

/**
 * What a persistence component tells the collection about itself, asked at every call: subclasses change these fields.
 */
export interface CollectionHost<T, K> {
  readonly store: Store<T, K>
  readonly rules: ItemRules<T>
  /** For tokens, traces and messages. */
  name(): string
  /** @throws InvalidStateException NOT_OPENED */
  checkOpen(operation: string): void
  maxPageSize(): number
  trace(context: unknown, operation: string, name: string): void
}

/** By id: the order in which tokens page when no sort is given. */
const BY_ID: NonNullable<ParsedSort> = { keys: [], extractor: null }

/**
 * Every operation of a component, once, over any store: is it open, are the arguments well-formed, copies in, ids and
 * values, filters and sorts parsed, pages and tokens, traces, the trace id in errors. The persistence classes only
 * give the operations their Pip.Services names.
 */
export class Collection<T, K> {
  readonly #host: CollectionHost<T, K>

  constructor(host: CollectionHost<T, K>) {
    this.#host = host
  }

  create(context: unknown, item: T): Promise<T> {
    const insert = (store: Store<T, K>) => store.insert(context, [this.#host.rules.take(item)])
    return this.#run(context, 'create', insert, first<T>)
  }

  createMany(context: unknown, items: readonly T[]): Promise<T[]> {
    return this.#run(context, 'createMany', (store) =>
      store.insert(context, this.#takeAll(items, 'createMany')),
    )
  }

  set(context: unknown, item: T): Promise<T> {
    const upsert = (store: Store<T, K>) => store.upsert(context, [this.#host.rules.take(item)])
    return this.#run(context, 'set', upsert, first<T>)
  }

  setMany(context: unknown, items: readonly T[]): Promise<T[]> {
    return this.#run(context, 'setMany', (store) => store.upsert(context, this.#takeAll(items, 'setMany')))
  }

  update(context: unknown, item: T): Promise<T | null> {
    return this.#run(context, 'update', (store) => {
      const rules: ItemRules<T> = this.#host.rules
      rules.check(item)
      return isMissingId((item as { id?: unknown }).id) ? null : store.replace(context, rules.take(item))
    })
  }

  updatePartially(context: unknown, id: K, data: unknown): Promise<T | null> {
    return this.#run(context, 'updatePartially', (store) => {
      const fields = this.#host.rules.takeData(data)
      if (Object.hasOwn(fields, 'id')) {
        if (fields.id !== undefined && fields.id !== id) throw idChanged(id, fields.id)
        delete fields.id
      }
      return store.merge(context, id, fields)
    })
  }

  deleteById(context: unknown, id: K): Promise<T | null> {
    return this.#run(context, 'deleteById', (store) => store.deleteByIds(context, [id]), firstOrNull)
  }

  deleteByIds(context: unknown, ids: readonly K[]): Promise<void> {
    return this.#run(context, 'deleteByIds', (store) =>
      nothing(store.deleteByIds(context, listOf(ids, 'deleteByIds'))),
    )
  }

  deleteByFilter(context: unknown, filter: unknown): Promise<void> {
    return this.#run(context, 'deleteByFilter', (store) => {
      const parsed = this.#filter(filter)
      const at = filter === undefined ? 'filter' : parsed.undefinedAt
      if (at !== null) throw emptyFilter(at)
      return nothing(store.deleteByFilter(context, parsed))
    })
  }

  clear(context: unknown): Promise<void> {
    return this.#run(context, 'clear', (store) => store.clear(context))
  }

  getOneById(context: unknown, id: K): Promise<T | null> {
    return this.#run(context, 'getOneById', (store) => store.getOneById(context, id))
  }

  getListByIds(context: unknown, ids: readonly K[]): Promise<T[]> {
    return this.#run(context, 'getListByIds', (store) =>
      store.getListByIds(context, listOf(ids, 'getListByIds')),
    )
  }

  getOneByFilter(context: unknown, filter: unknown, sort?: unknown): Promise<T | null> {
    const find = (store: Store<T, K>) => store.find(context, this.#query(filter, sort, null, 0, 1))
    return this.#run(context, 'getOneByFilter', find, firstOrNull<T>)
  }

  getListByFilter(context: unknown, filter: unknown, sort?: unknown, select?: unknown): Promise<T[]> {
    return this.#run(context, 'getListByFilter', (store) =>
      store.find(context, this.#query(filter, sort, select, 0, null)),
    )
  }

  getCountByFilter(context: unknown, filter: unknown): Promise<number> {
    return this.#run(context, 'getCountByFilter', (store) => store.count(context, this.#filter(filter)))
  }

  getOneRandom(context: unknown, filter: unknown): Promise<T | null> {
    return this.#run(context, 'getOneRandom', (store) => store.random(context, this.#filter(filter)))
  }

  getPageByFilter(
    context: unknown,
    filter: unknown,
    paging?: unknown,
    sort?: unknown,
    select?: unknown,
  ): Promise<DataPage<T>> {
    return this.#run(context, 'getPageByFilter', (store) => {
      const { skip, take, total } = resolvePaging(paging, this.#host.maxPageSize())
      const query = this.#query(filter, sort, select, skip, take)
      const items = take === 0 ? [] : store.find(context, query)
      if (!total) return then(items, (data) => new DataPage(data, null))
      const count = store.count(context, query.filter)
      if (isNow(items) && isNow(count)) return new DataPage(items, count)
      return Promise.all([items, count]).then(([data, matches]) => new DataPage(data, matches))
    })
  }

  getPageByToken(
    context: unknown,
    filter: unknown,
    paging?: unknown,
    sort?: unknown,
    select?: unknown,
  ): Promise<TokenizedDataPage<T>> {
    return this.#run(context, 'getPageByToken', async (store) => {
      const { token, take, total } = resolveTokenPaging(paging, this.#host.maxPageSize())
      const parsed = this.#filter(filter)
      const order = this.#sort(sort) ?? BY_ID
      if (order.keys === null) throw extractorByToken()
      const binding = bindingOf(this.#host.name(), parsed, order)
      const after = token === null ? null : decodeToken(binding, token)
      const paths = parseProjection(select)
      // One more than asked for tells whether there is a next page.
      const query: Query = { filter: parsed, sort: order, select: null, skip: 0, take: take + 1, after }
      const found = take === 0 ? [] : await store.find(context, query)
      const data = found.slice(0, take)
      const last = data[data.length - 1]
      const more = found.length > take && last !== undefined
      const next = more ? encodeToken(binding, placeOf(last, order.keys, idOf)) : null
      const matches = total ? await store.count(context, parsed) : null
      return new TokenizedDataPage(
        paths === null ? data : data.map((item) => project(item, paths) as T),
        next,
        matches,
      )
    })
  }

  /** The next items in order of id, past `after`; for moving everything from one store to another. */
  getBatch(context: unknown, after: Place | null, take: number): Promise<T[]> {
    return this.#run(context, 'getBatch', (store) =>
      store.find(context, { filter: ALL, sort: BY_ID, select: null, skip: 0, take, after }),
    )
  }

  explain(context: unknown, filter: unknown, sort?: unknown): Promise<Explanation> {
    return this.#run(context, 'explain', (store) =>
      store.explain(context, this.#filter(filter), this.#sort(sort)),
    )
  }

  flush(context: unknown): Promise<void> {
    return this.#run(context, 'flush', (store) => store.flush?.(context))
  }

  backup(context: unknown, path: string): Promise<void> {
    return this.#run(context, 'backup', (store) => {
      if (store.backup === undefined)
        throw unsupported(store, 'backup(context, path)', 'Use the means of the database, or copy the items.')
      return store.backup(context, path)
    })
  }

  /**
   * Runs one operation. Synchronous up to the store's answer, so that a change in memory is made in the call. Not an
   * async function: those cost a store in memory as much as many of its operations do.
   *
   * @param pick  takes from the store's answer what the caller gets
   */
  #run<A, V = A>(
    context: unknown,
    operation: string,
    body: (store: Store<T, K>) => Awaitable<A>,
    pick: (answer: A) => V = all,
  ): Promise<V> {
    const host = this.#host
    try {
      host.checkOpen(operation)
      const { store } = host
      const answer = isObserved() ? this.#observe(store, context, operation, body) : body(store)
      if (!isNow(answer)) return this.#settle(store, context, operation, answer, pick)
      host.trace(context, operation, store.capabilities.name)
      return Promise.resolve(pick(answer))
    } catch (error) {
      return Promise.reject(withTraceId(error, context))
    }
  }

  #observe<V>(
    store: Store<T, K>,
    context: unknown,
    operation: string,
    body: (store: Store<T, K>) => Awaitable<V>,
  ): Promise<V> {
    const { name } = store.capabilities
    return observe({ component: this.#host.name(), store: name, operation, context }, () => body(store))
  }

  #settle<A, V>(
    store: Store<T, K>,
    context: unknown,
    operation: string,
    answer: Promise<A>,
    pick: (answer: A) => V,
  ): Promise<V> {
    return answer.then(
      (settled) => {
        this.#host.trace(context, operation, store.capabilities.name)
        return pick(settled)
      },
      (error) => {
        throw withTraceId(error, context)
      },
    )
  }

  #takeAll(items: readonly T[], operation: string): T[] {
    const taken: T[] = []
    for (const item of listOf(items, operation)) taken.push(this.#host.rules.take(item))
    return taken
  }

  #filter(filter: unknown): ParsedFilter {
    if (filter === null || filter === undefined) return ALL
    const parsed = parseFilter(filter)
    const { store } = this.#host
    if (parsed.predicate !== null && !store.capabilities.functions) {
      throw unsupported(store, 'a function as filter', 'Use a filter object, which every store understands.')
    }
    return parsed
  }

  #sort(sort: unknown): ParsedSort {
    if (sort === null || sort === undefined) return null
    const parsed = parseSort(sort)
    const { store } = this.#host
    if (parsed?.keys === null && !store.capabilities.functions) {
      throw unsupported(
        store,
        'a function as sort',
        'Use { field: 1 } or SortParams, which every store understands.',
      )
    }
    return parsed
  }

  #query(filter: unknown, sort: unknown, select: unknown, skip: number, take: number | null): Query {
    return {
      filter: this.#filter(filter),
      sort: this.#sort(sort),
      select: parseProjection(select),
      skip,
      take,
      after: null,
    }
  }
}

function idOf(item: unknown): string | number {
  return (item as { id: string | number }).id
}

function isNow<V>(answer: Awaitable<V>): answer is V {
  return !(answer instanceof Promise)
}

function then<V, R>(answer: Awaitable<V>, next: (value: V) => R): Awaitable<R> {
  return isNow(answer) ? next(answer) : answer.then(next)
}

function all(answer: unknown): never {
  return answer as never
}

function first<T>(items: readonly T[]): T {
  return items[0]!
}

function firstOrNull<T>(items: readonly T[]): T | null {
  return items[0] ?? null
}

function nothing(answer: Awaitable<unknown>): Awaitable<void> {
  return then(answer, () => undefined)
}

/** A copy: the caller may use the array for something else while the operation waits for its turn. */
function listOf<V>(values: readonly V[], operation: string): readonly V[] {
  if (Array.isArray(values)) return [...values]
  throw new TypeError(
    `${operation}() takes an array, and was given ${values === null ? 'null' : typeof values}.`,
  )
}

/** Puts the trace id of the call into an error that was thrown below, where contexts are not known. */
export function withTraceId(error: unknown, context: unknown): unknown {
  if (error instanceof ApplicationException && error.trace_id === null) error.withTraceId(traceIdOf(context))
  return error
}
