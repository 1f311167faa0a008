import { traceIdOf } from '../component/IContext.js'
import type { Explanation, Query, Store, StoreCapabilities, StoreOptions } from '../contract/Store.js'
import { InvalidStateException } from '../errors/index.js'
import type { ParsedFilter, ParsedSort } from '../query/Condition.js'
import { compareIds } from '../query/compare.js'
import { readPath } from '../query/path.js'
import { Documents } from '../sql/documents.js'
import { bind, join, type Sql, type Statement, sql } from '../sql/Sql.js'
import { isStorable } from '../sql/texts.js'
import { CallOrder } from './CallOrder.js'
import { ConnectionPool } from './ConnectionPool.js'
import { PostgresDialect } from './dialect.js'
import { loadDriver, type PostgresResult } from './driver.js'
import { type Attempt, codeOf, toOurs } from './errors.js'
import { type PostgresStoreOptions, type ResolvedPostgresOptions, resolveOptions } from './options.js'
import { indexIn } from './plan.js'
import { Session } from './Session.js'
import { type OpenedSchema, openSchema } from './schema.js'
import { fixedStatements } from './statements.js'

/**
 * Most text of documents in one statement; a batch that has more is several in one transaction. The server takes an
 * array of this size apart in half the time per item of one of ten megabytes.
 */
const MAX_STATEMENT_CHARACTERS = 300_000

type Id = string | number

/**
 * Makes a store that keeps the items of one component in a table of a PostgreSQL database. Each store has a pool of
 * its own.
 *
 * @throws ConfigException BAD_CONFIG
 */
export function createPostgresStore<T, K>(where: PostgresStoreOptions, options: StoreOptions): Store<T, K> {
  return new PostgresStore<T, K>(resolveOptions(where), options)
}

/** What an open store has. */
interface Opened extends OpenedSchema {
  readonly pool: ConnectionPool
  readonly session: Session
  readonly text: ReturnType<typeof fixedStatements>
}

/** SQLSTATE of a row that a unique index refuses. */
const UNIQUE_VIOLATION = '23505'

class PostgresStore<T, K> implements Store<T, K> {
  readonly capabilities: StoreCapabilities
  readonly #where: ResolvedPostgresOptions
  readonly #options: StoreOptions
  readonly #documents: Documents<T>
  readonly #dialect: PostgresDialect
  readonly #order = new CallOrder()
  #opened: Opened | null = null

  constructor(where: ResolvedPostgresOptions, options: StoreOptions) {
    this.#where = where
    this.#options = options
    this.#documents = new Documents<T>(options.dateFields)
    this.#dialect = new PostgresDialect(options.idType)
    this.capabilities = {
      name: 'postgres',
      order: 'id',
      functions: false,
      durable: true,
      uniqueIndexes: !where.distribute,
      backup: false,
    }
  }

  async open(context: unknown): Promise<void> {
    const { driver, address, poolSize, connectTimeoutMs, prepare } = this.#where
    const attempt = this.#attempt(context, 'open')
    const pool = new ConnectionPool(await loadDriver(driver), address, poolSize, connectTimeoutMs)
    const session = new Session(pool, connectTimeoutMs, prepare)
    try {
      // Each step may be taken twice, so that even one whose connection was lost is repeated like a read.
      const run = (statement: Sql) => session.read(attempt, this.#dialect.render(statement))
      const schema = await openSchema(run, this.#dialect, this.#where, this.#options, attempt)
      const text = fixedStatements(this.#dialect, schema.table.name, this.#options.idType)
      this.#opened = { ...schema, pool, session, text }
    } catch (error) {
      await pool.close()
      throw toOurs(error, attempt, () => null)
    }
  }

  async close(): Promise<void> {
    await this.#order.underWay()
    const opened = this.#opened
    this.#opened = null
    await opened?.pool.close()
  }

  insert(context: unknown, items: readonly T[]): Promise<T[]> {
    return this.#write(context, 'insert', items)
  }

  upsert(context: unknown, items: readonly T[]): Promise<T[]> {
    return this.#write(context, 'upsert', items)
  }

  async #write(context: unknown, kind: 'insert' | 'upsert', items: readonly T[]): Promise<T[]> {
    if (items.length === 0) return []
    await this.#change(
      this.#attempt(context, 'write to'),
      [...items.map(idOf), ...this.#uniqueKeys(items)],
      async ({ session, text }, attempt) => {
        if (items.length === 1) {
          const [item] = items as [T]
          const values = [idOf(item), this.#documents.write(item)]
          return session.write(attempt, { text: text[kind], values })
        }
        const chunks = this.#chunks(this.#inLockOrder(items))
        const statements = chunks.map((chunk) => ({ text: text[`${kind}Many`], values: [chunk] }))
        if (statements.length === 1) return session.write(attempt, statements[0] as Statement)
        return session.writeAll(attempt, statements)
      },
    )
    return [...items]
  }

  /**
   * In the order of ids, so that batches that meet lock the same rows in the same order. Not where a unique index
   * makes the order count: an item may take a key that one before it gave up.
   */
  #inLockOrder(items: readonly T[]): readonly T[] {
    if (this.#options.indexes.some(({ unique }) => unique)) return items
    return [...items].sort((a, b) => compareIds(idOf(a), idOf(b)))
  }

  /** JSON arrays of the items. No id is twice in one: PostgreSQL refuses to replace a row twice in one statement. */
  #chunks(items: readonly T[]): string[] {
    const chunks: string[] = []
    let texts: string[] = []
    let characters = 0
    let ids = new Set<Id>()
    for (const item of items) {
      const text = this.#documents.write(item)
      const id = idOf(item)
      if ((characters > 0 && characters + text.length > MAX_STATEMENT_CHARACTERS) || ids.has(id)) {
        chunks.push(`[${texts.join()}]`)
        texts = []
        characters = 0
        ids = new Set()
      }
      texts.push(text)
      characters += text.length
      ids.add(id)
    }
    chunks.push(`[${texts.join()}]`)
    return chunks
  }

  async replace(context: unknown, item: T): Promise<T | null> {
    const id = idOf(item)
    if (!this.#isOwnId(id)) return null
    const values = [id, this.#documents.write(item)]
    const { rowCount } = await this.#change(
      this.#attempt(context, 'update an item of'),
      [id, ...this.#uniqueKeys([item])],
      (opened, attempt) => opened.session.write(attempt, { text: opened.text.update, values }),
    )
    return rowCount === 0 ? null : item
  }

  async merge(context: unknown, id: K, data: Readonly<Record<string, unknown>>): Promise<T | null> {
    if (!this.#isOwnId(id)) return null
    const removed = Object.keys(data).filter((name) => data[name] === undefined)
    const values = [id, removed, this.#documents.write(data)]
    const result = await this.#change(
      this.#attempt(context, 'update an item of'),
      this.#setsPartOfKey(data) ? null : [id as Id, ...this.#uniqueKeys([data])],
      (opened, attempt) => opened.session.write(attempt, { text: opened.text.merge, values }),
    )
    return this.#itemsOf(result)[0] ?? null
  }

  async deleteByIds(context: unknown, ids: readonly K[]): Promise<T[]> {
    const own = this.#ownIds(ids)
    if (own.length === 0) return []
    const result = await this.#change(this.#attempt(context, 'delete from'), own, (opened, attempt) =>
      own.length === 1
        ? opened.session.write(attempt, { text: opened.text.delete, values: own })
        : opened.session.write(attempt, { text: opened.text.deleteMany, values: [own] }),
    )
    return this.#itemsOf(result).sort((a, b) => compareIds(idOf(a), idOf(b)))
  }

  async deleteByFilter(context: unknown, filter: ParsedFilter): Promise<number> {
    const result = await this.#change(
      this.#attempt(context, 'delete from'),
      null,
      ({ session, table }, attempt) =>
        session.write(attempt, this.#dialect.render(table.deleteWhere(filter.condition))),
    )
    return result.rowCount ?? 0
  }

  async clear(context: unknown): Promise<void> {
    await this.#change(this.#attempt(context, 'clear'), null, ({ session, text }, attempt) =>
      session.write(attempt, { text: text.clear, values: [] }),
    )
  }

  async getOneById(context: unknown, id: K): Promise<T | null> {
    if (!this.#isOwnId(id)) return null
    const result = await this.#look(context, [id as Id], (opened) => ({
      text: opened.text.get,
      values: [id],
    }))
    return this.#itemsOf(result)[0] ?? null
  }

  async getListByIds(context: unknown, ids: readonly K[]): Promise<T[]> {
    const own = this.#ownIds(ids)
    if (own.length === 0) return []
    return this.#itemsOf(
      await this.#look(context, own, (opened) => ({ text: opened.text.getMany, values: [own] })),
    )
  }

  async find(context: unknown, query: Query): Promise<T[]> {
    if (query.take === 0) return []
    const result = await this.#look(context, null, ({ table }) =>
      this.#dialect.render(inOne([...table.find(query)])),
    )
    // The server may return the parts in any order, each in its own: the number of the part puts them right.
    const rows = [...result.rows].sort((a, b) => Number(a[1] ?? 0) - Number(b[1] ?? 0))
    const texts = rows.slice(0, query.take ?? rows.length).map((row) => row[0] as string)
    return this.#documents.readAll(texts, query.select)
  }

  async count(context: unknown, filter: ParsedFilter): Promise<number> {
    const result = await this.#look(context, null, ({ table }) =>
      this.#dialect.render(table.count(filter.condition)),
    )
    return Number(result.rows[0]?.[0])
  }

  async random(context: unknown, filter: ParsedFilter): Promise<T | null> {
    const result = await this.#look(context, null, ({ table }) =>
      this.#dialect.render(table.random(filter.condition)),
    )
    return this.#itemsOf(result)[0] ?? null
  }

  async explain(context: unknown, filter: ParsedFilter, sort: ParsedSort): Promise<Explanation> {
    // With a limit, as pages have one: without, sorting everything can look cheaper than an index.
    const query: Query = { filter, sort, select: null, skip: 0, take: 100, after: null }
    const result = await this.#look(context, null, ({ table }) => {
      const [find] = table.find(query)
      return this.#dialect.render(sql`EXPLAIN (FORMAT JSON) ${find as Sql}`)
    })
    const plan = result.rows[0]?.[0] as string
    const everything = filter.condition.op === 'and' && filter.condition.of.length === 0
    const index = indexIn(plan, this.#open().indexNames, everything)
    return { index, examined: null, returned: await this.count(context, filter), plan }
  }

  #attempt(context: unknown, verb: string): Attempt {
    return { traceId: traceIdOf(context), verb, name: this.#options.name, address: this.#where.address.text }
  }

  #open(): Opened {
    if (this.#opened !== null) return this.#opened
    throw new InvalidStateException(
      null,
      'NOT_OPENED',
      `Cannot use the store of "${this.#options.name}": it is not open.`,
    )
  }

  async #look(context: unknown, ids: readonly Id[] | null, statement: (opened: Opened) => Statement) {
    const opened = this.#open()
    const attempt = this.#attempt(context, 'read from')
    try {
      return await this.#order.read(ids, () => opened.session.read(attempt, statement(opened)))
    } catch (error) {
      throw toOurs(error, attempt, (index) => opened.indexNames.get(index) ?? null)
    }
  }

  async #change<V>(
    attempt: Attempt,
    ids: readonly Id[] | null,
    work: (opened: Opened, attempt: Attempt) => Promise<V>,
  ): Promise<V> {
    const opened = this.#open()
    const earlier = this.#order.underWay()
    try {
      return await this.#order.write(ids, async () => {
        try {
          return await work(opened, attempt)
        } catch (error) {
          if (earlier === null || codeOf(error) !== UNIQUE_VIOLATION) throw error
          // A write that was called before may be about to give the key free.
          await earlier
          return work(opened, attempt)
        }
      })
    } catch (error) {
      throw toOurs(error, attempt, (index) => opened.indexNames.get(index) ?? null)
    }
  }

  /** The keys of unique indexes that these items take, as text that no id can be. */
  #uniqueKeys(items: readonly unknown[]): string[] {
    const keys: string[] = []
    for (const { name, fields, unique } of this.#options.indexes) {
      if (!unique) continue
      for (const item of items) {
        const values = fields.map(({ path }) => readPath(item, path) ?? null)
        if (!values.includes(null)) keys.push(`\0${name}\0${JSON.stringify(values)}`)
      }
    }
    return keys
  }

  /** Whether such data changes a unique index over several fields, whose other values are not known here. */
  #setsPartOfKey(data: Readonly<Record<string, unknown>>): boolean {
    return this.#options.indexes.some(
      ({ unique, fields }) => unique && fields.length > 1 && fields.some(({ path }) => path[0]! in data),
    )
  }

  #itemsOf({ rows }: PostgresResult): T[] {
    return rows.map((row) => this.#documents.read(row[0] as string))
  }

  #isOwnId(id: unknown): boolean {
    return typeof id === this.#options.idType && (typeof id === 'string' ? isStorable(id) : !Number.isNaN(id))
  }

  #ownIds(ids: readonly unknown[]): Id[] {
    return [...new Set(ids.filter((id) => this.#isOwnId(id)) as Id[])]
  }
}

function idOf(item: unknown): Id {
  return (item as { id: Id }).id
}

/** Several searches as one statement, each row with the number of its search. */
function inOne(searches: readonly Sql[]): Sql {
  if (searches.length === 1) return searches[0] as Sql
  const parts = searches.map(
    (search, i) => sql`(SELECT data, ${bind(i)}::int AS part FROM (${search}) AS found)`,
  )
  return join(parts, sql` UNION ALL `)
}
