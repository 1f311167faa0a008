import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
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
import { InvalidStateException } from '../errors/index.js'
import type { ParsedFilter, ParsedSort } from '../query/Condition.js'
import { compareIds } from '../query/compare.js'
import { foldCase } from '../query/fold.js'
import { DocumentTable } from '../sql/DocumentTable.js'
import { Documents } from '../sql/documents.js'
import { indexName, tableName } from '../sql/naming.js'
import { identifier, type Sql, sql } from '../sql/Sql.js'
import { isStorable } from '../sql/texts.js'
import { FOLD_FUNCTION, SqliteDialect } from './dialect.js'
import { openDatabase, type SqliteDatabase, type SqliteRow } from './driver.js'
import { type Attempt, duplicateId, duplicateKey, toOurs, violatedIndex } from './errors.js'
import { type ResolvedSqliteOptions, resolveOptions, type SqliteStoreOptions } from './options.js'
import { StatementCache } from './StatementCache.js'
import { Turns } from './Turns.js'

/** Items written between two breaths of a long batch: some 5 ms in which nothing else of the process runs. */
const ITEMS_PER_TURN = 500

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
  readonly #turns: Turns
  readonly #text: ReturnType<typeof fixedStatements>
  #database: SqliteDatabase | null = null
  #statements: StatementCache | null = null

  constructor(where: ResolvedSqliteOptions, options: StoreOptions) {
    this.#where = where
    this.#options = options
    this.#documents = new Documents<T>(options.dateFields)
    this.#dialect = new SqliteDialect(options.idType)
    const name = tableName(options.name)
    this.#table = new DocumentTable(this.#dialect, identifier(name), options.indexes)
    this.#indexes = new Map(options.indexes.map((index) => [indexName(name, index), index]))
    this.#turns = new Turns(where.busyTimeoutMs)
    this.#text = fixedStatements(this.#table.name.text[0] as string)
    this.capabilities = {
      name: 'sqlite',
      order: 'id',
      functions: false,
      durable: where.durable && where.filename !== ':memory:',
      uniqueIndexes: true,
      backup: false,
    }
  }

  async open(context: unknown): Promise<void> {
    const attempt = this.#attempt(context, 'open')
    try {
      const { filename } = this.#where
      if (filename !== ':memory:') mkdirSync(dirname(filename), { recursive: true })
      this.#database = await openDatabase(filename, this.#where.driver)
      this.#statements = new StatementCache(this.#database)
      this.#database.function(FOLD_FUNCTION, { deterministic: true }, (text) => foldCase(String(text)))
      await this.#prepare(attempt)
    } catch (error) {
      this.#letGo()
      throw toOurs(error, attempt)
    }
  }

  /** Each step by itself, and each may be met halfway: any number of processes open a new file at once. */
  async #prepare(attempt: Attempt): Promise<void> {
    const database = this.#database as SqliteDatabase
    const { durable } = this.#where
    const idType = this.#options.idType === 'string' ? sql`TEXT` : sql`REAL`
    const steps = [
      sql`PRAGMA journal_mode = WAL`,
      durable ? sql`PRAGMA synchronous = FULL` : sql`PRAGMA synchronous = NORMAL`,
      // On macOS a plain fsync leaves the data in the memory of the disk (https://www.sqlite.org/pragma.html#pragma_fullfsync).
      durable ? sql`PRAGMA fullfsync = ON` : sql`PRAGMA fullfsync = OFF`,
      sql`CREATE TABLE IF NOT EXISTS ${this.#table.name} (id ${idType} PRIMARY KEY NOT NULL, data TEXT NOT NULL)`,
    ]
    const run = (step: Sql) =>
      this.#turns.runLong(() => this.#turns.insist(() => database.exec(this.#dialect.render(step).text)))
    for (const step of steps) await run(step)
    for (const [name, index] of this.#indexes) {
      try {
        await run(this.#table.createIndex(index, name))
      } catch (error) {
        if (violatedIndex(error) === null) throw error
        throw this.#tellDuplicates(attempt, index, error)
      }
    }
  }

  #tellDuplicates(attempt: Attempt, index: IndexDefinition, cause: unknown): Error {
    const { first, last } = this.#all(this.#table.findDuplicates(index))[0] ?? {}
    return duplicateKey(
      { ...attempt, verb: `open the unique index of` },
      index.name,
      `${first}" and "${last}`,
    )
      .withDetails('ids', [first, last])
      .withCause(cause)
  }

  async close(): Promise<void> {
    await this.#turns.idle()
    this.#letGo()
  }

  #letGo(): void {
    const database = this.#database
    this.#database = null
    this.#statements = null
    database?.close()
  }

  insert(context: unknown, items: readonly T[]): Awaitable<T[]> {
    return this.#write(context, this.#text.insert, items)
  }

  upsert(context: unknown, items: readonly T[]): Awaitable<T[]> {
    return this.#write(context, this.#text.upsert, items)
  }

  #write(context: unknown, text: string, items: readonly T[]): Awaitable<T[]> {
    const attempt = this.#attempt(context, 'write to')
    if (items.length === 1) {
      return this.#run(attempt, () => {
        this.#writeOne(attempt, text, items[0] as T)
        return [...items]
      })
    }
    if (items.length <= ITEMS_PER_TURN) {
      return this.#run(attempt, () => {
        this.#atomically(() => {
          for (const item of items) this.#writeOne(attempt, text, item)
        })
        return [...items]
      })
    }
    return this.#turns
      .runLong(() => this.#writeLong(attempt, text, items))
      .catch((error) => {
        throw toOurs(error, attempt)
      })
  }

  async #writeLong(attempt: Attempt, text: string, items: readonly T[]): Promise<T[]> {
    await this.#turns.insist(() => this.#statement(BEGIN).run())
    try {
      for (let i = 0; i < items.length; i++) {
        this.#writeOne(attempt, text, items[i] as T)
        if ((i + 1) % ITEMS_PER_TURN === 0) await new Promise(setImmediate)
      }
      this.#statement(COMMIT).run()
      return [...items]
    } catch (error) {
      this.#rollback()
      throw error
    }
  }

  #writeOne(attempt: Attempt, text: string, item: T): void {
    const id = (item as { id: Id }).id
    try {
      this.#statement(text).run(id, this.#documents.write(item))
    } catch (error) {
      throw this.#explainConflict(attempt, error, id, text === this.#text.insert)
    }
  }

  #explainConflict(attempt: Attempt, error: unknown, id: Id, inserting: boolean): unknown {
    const violated = violatedIndex(error)
    if (violated === null) return error
    // An item that breaks both rules is told of the id, whichever SQLite met first.
    if (inserting && this.#statement(this.#text.get).get(id) !== undefined) {
      return duplicateId(attempt, id).withCause(error)
    }
    return duplicateKey(attempt, this.#indexes.get(violated)?.name ?? violated, id).withCause(error)
  }

  replace(context: unknown, item: T): Awaitable<T | null> {
    const attempt = this.#attempt(context, 'update an item of')
    return this.#run(attempt, () => (this.#update(attempt, (item as { id: Id }).id, item) ? item : null))
  }

  #update(attempt: Attempt, id: Id, item: T): boolean {
    if (!this.#isOwnId(id)) return false
    try {
      return Number(this.#statement(this.#text.update).run(this.#documents.write(item), id).changes) > 0
    } catch (error) {
      throw this.#explainConflict(attempt, error, id, false)
    }
  }

  merge(context: unknown, id: K, data: Readonly<Record<string, unknown>>): Awaitable<T | null> {
    const attempt = this.#attempt(context, 'update an item of')
    return this.#run(attempt, () =>
      // Read and written back in one transaction: json_patch merges deeply and takes null for a deletion.
      this.#atomically(() => {
        const old = this.#read(id)
        if (old === null) return null
        const merged: Record<string, unknown> = { ...(old as Record<string, unknown>) }
        for (const [name, value] of Object.entries(data)) {
          if (value === undefined) delete merged[name]
          else merged[name] = value
        }
        this.#update(attempt, id as Id, merged as T)
        return merged as T
      }),
    )
  }

  deleteByIds(context: unknown, ids: readonly K[]): Awaitable<T[]> {
    return this.#run(this.#attempt(context, 'delete from'), () => {
      const found = this.#ownIds(ids)
      const remove = (id: Id) => this.#statement(this.#text.delete).get(id)
      if (found.length === 1) return this.#itemsOf([remove(found[0] as Id)])
      return this.#atomically(() => this.#itemsOf(found.map(remove)))
    })
  }

  deleteByFilter(context: unknown, filter: ParsedFilter): Awaitable<number> {
    const { text, values } = this.#dialect.render(this.#table.deleteWhere(filter.condition))
    return this.#run(this.#attempt(context, 'delete from'), () =>
      Number(this.#statement(text).run(...values).changes),
    )
  }

  clear(context: unknown): Awaitable<void> {
    return this.#run(this.#attempt(context, 'clear'), () => {
      this.#statement(this.#text.clear).run()
    })
  }

  getOneById(context: unknown, id: K): Awaitable<T | null> {
    return this.#run(this.#attempt(context, 'read from'), () => this.#read(id))
  }

  getListByIds(context: unknown, ids: readonly K[]): Awaitable<T[]> {
    return this.#run(this.#attempt(context, 'read from'), () => {
      const get = (id: Id) => this.#statement(this.#text.get).get(id)
      return this.#inOneSnapshot(() => this.#itemsOf(this.#ownIds(ids).map(get)))
    })
  }

  find(context: unknown, query: Query): Awaitable<T[]> {
    if (query.take === 0) return []
    const statements = this.#table.find(query).map((statement) => this.#dialect.render(statement))
    return this.#run(this.#attempt(context, 'read from'), () => {
      if (statements.length === 1) return this.#readAll(statements[0]!.text, statements[0]!.values, query)
      return this.#inOneSnapshot(() => {
        const items: T[] = []
        for (const { text, values } of statements) {
          // The last parameter is the limit: what the branches before did not fill.
          const rest = query.take === null ? values : [...values.slice(0, -1), query.take - items.length]
          for (const item of this.#readAll(text, rest, query)) items.push(item)
          if (items.length === query.take) break
        }
        return items
      })
    })
  }

  #readAll(text: string, values: readonly unknown[], { select }: Query): T[] {
    const rows = this.#statement(text).all(...values)
    return this.#documents.readAll(
      rows.map((row) => row.data as string),
      select,
    )
  }

  count(context: unknown, filter: ParsedFilter): Awaitable<number> {
    return this.#run(this.#attempt(context, 'count'), () => this.#count(filter))
  }

  #count(filter: ParsedFilter): number {
    return Number(this.#all(this.#table.count(filter.condition))[0]?.found)
  }

  random(context: unknown, filter: ParsedFilter): Awaitable<T | null> {
    return this.#run(
      this.#attempt(context, 'read from'),
      () => this.#itemsOf(this.#all(this.#table.random(filter.condition)))[0] ?? null,
    )
  }

  explain(context: unknown, filter: ParsedFilter, sort: ParsedSort): Awaitable<Explanation> {
    return this.#run(this.#attempt(context, 'explain a query on'), () => {
      // With a limit, as pages have one: without, sorting everything can look cheaper than an index.
      const query: Query = { filter, sort, select: null, skip: 0, take: 100, after: null }
      const [find] = this.#table.find(query)
      const steps = this.#all(sql`EXPLAIN QUERY PLAN ${find as Sql}`).map((row) => String(row.detail))
      return {
        index: this.#indexIn(steps, filter),
        examined: null,
        returned: this.#count(filter),
        plan: steps.join('\n'),
      }
    })
  }

  #indexIn(steps: readonly string[], filter: ParsedFilter): string | null {
    for (const step of steps) {
      for (const [name, index] of this.#indexes) if (step.includes(`INDEX ${name}`)) return index.name
      // Without a condition a page in the order of ids touches the page alone; with one it is a pass.
      const all = filter.condition.op === 'and' && filter.condition.of.length === 0
      if (step.includes('INDEX sqlite_autoindex_') && (all || step.startsWith('SEARCH'))) return 'id'
    }
    return null
  }

  #attempt(context: unknown, verb: string): Attempt {
    return { traceId: traceIdOf(context), verb, name: this.#options.name, filename: this.#where.filename }
  }

  #run<V>(attempt: Attempt, work: () => V): Awaitable<V> {
    try {
      const result = this.#turns.run(work)
      if (!(result instanceof Promise)) return result
      return result.catch((error) => {
        throw toOurs(error, attempt)
      })
    } catch (error) {
      throw toOurs(error, attempt)
    }
  }

  #atomically<V>(work: () => V): V {
    return this.#transaction(BEGIN, work)
  }

  #inOneSnapshot<V>(work: () => V): V {
    return this.#transaction(BEGIN_READING, work)
  }

  #transaction<V>(begin: string, work: () => V): V {
    this.#statement(begin).run()
    try {
      const result = work()
      this.#statement(COMMIT).run()
      return result
    } catch (error) {
      this.#rollback()
      throw error
    }
  }

  #rollback(): void {
    try {
      this.#statement('ROLLBACK').run()
    } catch {
      // Some errors (a full disk) have ended the transaction already; the error that led here is the one to tell.
    }
  }

  #statement(text: string) {
    if (this.#statements === null) {
      throw new InvalidStateException(
        null,
        'NOT_OPENED',
        `Cannot use the store of "${this.#options.name}": it is not open.`,
      )
    }
    return this.#statements.get(text)
  }

  #all(statement: Sql): SqliteRow[] {
    const { text, values } = this.#dialect.render(statement)
    return this.#statement(text).all(...values)
  }

  #read(id: unknown): T | null {
    if (!this.#isOwnId(id)) return null
    const row = this.#statement(this.#text.get).get(id)
    return row === undefined ? null : this.#documents.read(row.data as string)
  }

  #itemsOf(rows: readonly (SqliteRow | undefined)[]): T[] {
    const items: T[] = []
    for (const row of rows) if (row !== undefined) items.push(this.#documents.read(row.data as string))
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

// Writers take the lock at the beginning: one that read first would be refused if another wrote meanwhile.
const BEGIN = 'BEGIN IMMEDIATE'
const BEGIN_READING = 'BEGIN'
const COMMIT = 'COMMIT'

function fixedStatements(table: string) {
  return {
    insert: `INSERT INTO ${table} (id, data) VALUES (?, ?)`,
    // Not INSERT OR REPLACE: that deletes other items that hold the same value of a unique index.
    upsert: `INSERT INTO ${table} (id, data) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET data = excluded.data`,
    update: `UPDATE ${table} SET data = ? WHERE id = ?`,
    delete: `DELETE FROM ${table} WHERE id = ? RETURNING data`,
    get: `SELECT data FROM ${table} WHERE id = ?`,
    clear: `DELETE FROM ${table}`,
  }
}
