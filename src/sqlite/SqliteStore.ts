import { traceIdOf } from '../component/IContext.js'
import type {
  Awaitable,
  Explanation,
  IndexDefinition,
  Query,
  Store,
  StoreCapabilities,
  StoreOptions,
} from '../contract/Store.js'
import type { ParsedFilter, ParsedSort } from '../query/Condition.js'
import { compareIds } from '../query/compare.js'
import { DocumentTable } from '../sql/DocumentTable.js'
import { Documents } from '../sql/documents.js'
import { indexName, tableName } from '../sql/naming.js'
import { identifier, type Sql, type Statement, sql } from '../sql/Sql.js'
import { isStorable } from '../sql/texts.js'
import { SqliteDialect } from './dialect.js'
import { type Attempt, duplicateId, duplicateKey, toOurs, violatedIndex } from './errors.js'
import { type ResolvedSqliteOptions, resolveOptions, type SqliteStoreOptions } from './options.js'
import { indexIn } from './plan.js'
import { ITEMS_PER_TURN, Session } from './Session.js'
import { openSchema } from './schema.js'
import { fixedStatements } from './statements.js'

/**
 * Makes a store that keeps the items of one component in a table of a SQLite database. Each store has a connection of
 * its own; several processes and components may use one file.
 *
 * @throws ConfigException BAD_CONFIG
 */
export function createSqliteStore<T, K>(where: SqliteStoreOptions, options: StoreOptions): Store<T, K> {
  return new SqliteStore<T, K>(resolveOptions(where), options)
}

type Id = string | number

class SqliteStore<T, K> implements Store<T, K> {
  readonly capabilities: StoreCapabilities
  readonly #where: ResolvedSqliteOptions
  readonly #options: StoreOptions
  readonly #documents: Documents<T>
  readonly #dialect: SqliteDialect
  readonly #table: DocumentTable
  /** Indexes by the names they have in the database. */
  readonly #indexes: ReadonlyMap<string, IndexDefinition>
  readonly #session: Session
  readonly #text: ReturnType<typeof fixedStatements>

  constructor(where: ResolvedSqliteOptions, options: StoreOptions) {
    this.#where = where
    this.#options = options
    this.#documents = new Documents<T>(options.dateFields)
    this.#dialect = new SqliteDialect(options.idType)
    const name = tableName(options.name)
    this.#table = new DocumentTable(this.#dialect, identifier(name), options.indexes)
    this.#indexes = new Map(options.indexes.map((index) => [indexName(name, index), index]))
    this.#session = new Session(where.busyTimeoutMs)
    this.#text = fixedStatements(this.#table.name.text[0] as string)
    this.capabilities = {
      name: 'sqlite',
      order: 'id',
      functions: false,
      durable: where.filename !== ':memory:',
      uniqueIndexes: true,
      backup: false,
    }
  }

  async open(context: unknown): Promise<void> {
    const attempt = this.#attempt(context, 'open')
    try {
      await this.#session.open(this.#where)
      const schemaSession = {
        execute: (step: Sql) => this.#session.execute(this.#render(step).text),
        all: (statement: Sql) => this.#session.all(this.#render(statement)),
      }
      await openSchema(schemaSession, this.#table, this.#options.idType, this.#indexes, attempt)
    } catch (error) {
      this.#session.abandon()
      throw toOurs(error, attempt)
    }
  }

  close(): Promise<void> {
    return this.#session.close()
  }

  insert(context: unknown, items: readonly T[]): Awaitable<T[]> {
    return this.#write(context, this.#text.insert, items)
  }

  upsert(context: unknown, items: readonly T[]): Awaitable<T[]> {
    return this.#write(context, this.#text.upsert, items)
  }

  #write(context: unknown, text: string, items: readonly T[]): Awaitable<T[]> {
    const attempt = this.#attempt(context, 'write to')
    const writeOne = (item: T) => this.#writeOne(attempt, text, item)
    if (items.length > ITEMS_PER_TURN) {
      return this.#session.forEach(attempt, items, writeOne).then(() => [...items])
    }
    return this.#session.run(attempt, () => {
      if (items.length === 1) writeOne(items[0] as T)
      else this.#session.atomically(() => items.forEach(writeOne))
      return [...items]
    })
  }

  #writeOne(attempt: Attempt, text: string, item: T): void {
    const id = idOf(item)
    try {
      this.#session.statement(text).run(id, this.#documents.write(item))
    } catch (error) {
      throw this.#explainConflict(attempt, error, id, text === this.#text.insert)
    }
  }

  #explainConflict(attempt: Attempt, error: unknown, id: Id, inserting: boolean): unknown {
    const violated = violatedIndex(error)
    if (violated === null) return error
    // An item that breaks both rules is told of the id, whichever SQLite met first.
    if (inserting && this.#document(id) !== undefined) return duplicateId(attempt, id).withCause(error)
    return duplicateKey(attempt, this.#indexes.get(violated)?.name ?? violated, id).withCause(error)
  }

  replace(context: unknown, item: T): Awaitable<T | null> {
    const attempt = this.#attempt(context, 'update an item of')
    return this.#session.run(attempt, () => (this.#update(attempt, item) ? item : null))
  }

  #update(attempt: Attempt, item: T): boolean {
    const id = idOf(item)
    if (!this.#isOwnId(id)) return false
    try {
      return (
        Number(this.#session.statement(this.#text.update).run(this.#documents.write(item), id).changes) > 0
      )
    } catch (error) {
      throw this.#explainConflict(attempt, error, id, false)
    }
  }

  merge(context: unknown, id: K, data: Readonly<Record<string, unknown>>): Awaitable<T | null> {
    const attempt = this.#attempt(context, 'update an item of')
    return this.#session.run(attempt, () =>
      // Read and written back in one transaction: json_patch merges deeply and takes null for a deletion.
      this.#session.atomically(() => {
        const old = this.#read(id)
        if (old === null) return null
        // Spread, not assigned: a field may be named __proto__.
        const merged: Record<string, unknown> = { ...(old as Record<string, unknown>), ...data }
        for (const name of Object.keys(data)) if (data[name] === undefined) delete merged[name]
        this.#update(attempt, merged as T)
        return merged as T
      }),
    )
  }

  deleteByIds(context: unknown, ids: readonly K[]): Awaitable<T[]> {
    return this.#session.run(this.#attempt(context, 'delete from'), () => {
      const found = this.#ownIds(ids)
      const remove = (id: Id) => this.#session.reader(this.#text.delete).get(id)
      if (found.length === 1) return this.#itemsOf([remove(found[0] as Id)])
      return this.#session.atomically(() => this.#itemsOf(found.map(remove)))
    })
  }

  deleteByFilter(context: unknown, filter: ParsedFilter): Awaitable<number> {
    const { text, values } = this.#render(this.#table.deleteWhere(filter.condition))
    return this.#session.run(this.#attempt(context, 'delete from'), () =>
      Number(this.#session.statement(text).run(...values).changes),
    )
  }

  clear(context: unknown): Awaitable<void> {
    return this.#session.run(this.#attempt(context, 'clear'), () => {
      this.#session.statement(this.#text.clear).run()
    })
  }

  getOneById(context: unknown, id: K): Awaitable<T | null> {
    return this.#session.run(this.#attempt(context, 'read from'), () => this.#read(id))
  }

  getListByIds(context: unknown, ids: readonly K[]): Awaitable<T[]> {
    return this.#session.run(this.#attempt(context, 'read from'), () =>
      this.#session.inOneSnapshot(() => this.#itemsOf(this.#ownIds(ids).map((id) => this.#document(id)))),
    )
  }

  find(context: unknown, query: Query): Awaitable<T[]> {
    if (query.take === 0) return []
    // Past a place of a sort it may take several statements.
    const inParts = query.after !== null && (query.sort?.keys ?? []).length > 0
    return this.#session.run(this.#attempt(context, 'read from'), () =>
      inParts ? this.#session.inOneSnapshot(() => this.#readInParts(query)) : this.#readInParts(query),
    )
  }

  #readInParts(query: Query): T[] {
    let items: T[] = []
    for (const part of this.#table.find(query)) {
      const { text, values } = this.#render(part)
      // The last parameter is the limit: what the parts before did not fill.
      const rest =
        items.length === 0 || query.take === null
          ? values
          : [...values.slice(0, -1), query.take - items.length]
      const found = this.#documents.readAll(this.#session.reader(text).all(...rest), query.select)
      items = items.length === 0 ? found : items.concat(found)
      if (items.length === query.take) break
    }
    return items
  }

  count(context: unknown, filter: ParsedFilter): Awaitable<number> {
    return this.#session.run(this.#attempt(context, 'count'), () => this.#count(filter))
  }

  #count(filter: ParsedFilter): number {
    return Number(this.#session.all(this.#render(this.#table.count(filter.condition)))[0]?.found)
  }

  random(context: unknown, filter: ParsedFilter): Awaitable<T | null> {
    const { text, values } = this.#render(this.#table.random(filter.condition))
    return this.#session.run(this.#attempt(context, 'read from'), () =>
      this.#itemOf(this.#session.reader(text).get(...values)),
    )
  }

  explain(context: unknown, filter: ParsedFilter, sort: ParsedSort): Awaitable<Explanation> {
    // With a limit, as pages have one: without, sorting everything can look cheaper than an index.
    const query: Query = { filter, sort, select: null, skip: 0, take: 100, after: null }
    const [find] = this.#table.find(query)
    const everything = filter.condition.op === 'and' && filter.condition.of.length === 0
    return this.#session.run(this.#attempt(context, 'explain a query on'), () => {
      const rows = this.#session.all(this.#render(sql`EXPLAIN QUERY PLAN ${find as Sql}`))
      const steps = rows.map((row) => String(row.detail))
      const index = indexIn(steps, this.#indexes, everything)
      return { index, examined: null, returned: this.#count(filter), plan: steps.join('\n') }
    })
  }

  #attempt(context: unknown, verb: string): Attempt {
    return { traceId: traceIdOf(context), verb, name: this.#options.name, filename: this.#where.filename }
  }

  #render(statement: Sql): Statement {
    return this.#dialect.render(statement)
  }

  #document(id: Id): string | undefined {
    return this.#session.reader(this.#text.get).get(id)
  }

  #read(id: unknown): T | null {
    return this.#isOwnId(id) ? this.#itemOf(this.#document(id as Id)) : null
  }

  #itemOf(document: string | undefined): T | null {
    return document === undefined ? null : this.#documents.read(document)
  }

  #itemsOf(documents: readonly (string | undefined)[]): T[] {
    const items: T[] = []
    for (const document of documents) if (document !== undefined) items.push(this.#documents.read(document))
    return items
  }

  #isOwnId(id: unknown): boolean {
    return typeof id === this.#options.idType && (typeof id === 'string' ? isStorable(id) : !Number.isNaN(id))
  }

  /** Those that can be stored here, each once, in the order of ids. */
  #ownIds(ids: readonly unknown[]): Id[] {
    return [...new Set(ids.filter((id) => this.#isOwnId(id)) as Id[])].sort(compareIds)
  }
}

function idOf(item: unknown): Id {
  return (item as { id: Id }).id
}
