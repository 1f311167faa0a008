import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Awaitable } from '../contract/Store.js'
import { setImmediate } from '../core/timers.js'
import { InvalidStateException } from '../errors/index.js'
import { foldCase } from '../query/fold.js'
import type { Statement } from '../sql/Sql.js'
import { FOLD_FUNCTION } from './dialect.js'
import {
  type DocumentReader,
  documentReader,
  openDatabase,
  type SqliteDatabase,
  type SqliteRow,
  type SqliteStatement,
} from './driver.js'
import { type Attempt, toOurs } from './errors.js'
import type { ResolvedSqliteOptions } from './options.js'
import { StatementCache } from './StatementCache.js'
import { Turns } from './Turns.js'

/** Items written between two breaths of a long batch: some 5 ms in which nothing else of the process runs. */
export const ITEMS_PER_TURN = 500

// Writers take the lock at the beginning: one that read first would be refused if another wrote meanwhile.
const BEGIN = 'BEGIN IMMEDIATE'
const BEGIN_READING = 'BEGIN'

/** One connection to a database file: statements kept prepared, transactions, and whose turn it is. */
export class Session {
  readonly #turns: Turns
  #database: SqliteDatabase | null = null
  #statements: StatementCache<SqliteStatement> | null = null
  #readers: StatementCache<DocumentReader> | null = null

  constructor(busyTimeoutMs: number) {
    this.#turns = new Turns(busyTimeoutMs)
  }

  async open({ filename, driver, durable }: ResolvedSqliteOptions): Promise<void> {
    if (filename !== ':memory:') mkdirSync(dirname(filename), { recursive: true })
    const database = await openDatabase(filename, driver)
    this.#database = database
    this.#statements = new StatementCache((text) => database.prepare(text))
    this.#readers = new StatementCache((text) => documentReader(database.prepare(text)))
    database.function(FOLD_FUNCTION, { deterministic: true }, (text) => foldCase(String(text)))
    await this.execute('PRAGMA journal_mode = WAL')
    await this.execute(`PRAGMA synchronous = ${durable ? 'FULL' : 'NORMAL'}`)
    // On macOS a plain fsync leaves the data in the memory of the disk
    // (https://www.sqlite.org/pragma.html#pragma_fullfsync).
    await this.execute(`PRAGMA fullfsync = ${durable ? 'ON' : 'OFF'}`)
  }

  async close(): Promise<void> {
    await this.#turns.idle()
    this.abandon()
  }

  /** Closes at once, after an opening that failed. */
  abandon(): void {
    const database = this.#database
    this.#database = null
    this.#statements = null
    this.#readers = null
    database?.close()
  }

  /** Runs a statement that is not kept, and waits its turn for the lock. */
  execute(text: string): Promise<unknown> {
    return this.#turns.runLong(() => this.#turns.insist(() => this.#database?.exec(text)))
  }

  /** Does `work` when its turn comes: in the call, unless somebody waits. Errors become ours. */
  run<V>(attempt: Attempt, work: () => V): Awaitable<V> {
    try {
      const result = this.#turns.run(work)
      return result instanceof Promise ? result.catch((error) => fail(error, attempt)) : result
    } catch (error) {
      return fail(error, attempt)
    }
  }

  /** Does `step` for each item in one transaction, and lets the rest of the process run in between. */
  forEach<T>(attempt: Attempt, items: readonly T[], step: (item: T) => void): Promise<void> {
    const work = async () => {
      await this.#turns.insist(() => this.statement(BEGIN).run())
      try {
        for (let i = 0; i < items.length; i++) {
          step(items[i] as T)
          if ((i + 1) % ITEMS_PER_TURN === 0) await new Promise(setImmediate)
        }
        this.statement('COMMIT').run()
      } catch (error) {
        this.#rollback()
        throw error
      }
    }
    return this.#turns.runLong(work).catch((error) => fail(error, attempt))
  }

  atomically<V>(work: () => V): V {
    return this.#transaction(BEGIN, work)
  }

  inOneSnapshot<V>(work: () => V): V {
    return this.#transaction(BEGIN_READING, work)
  }

  #transaction<V>(begin: string, work: () => V): V {
    this.statement(begin).run()
    try {
      const result = work()
      this.statement('COMMIT').run()
      return result
    } catch (error) {
      this.#rollback()
      throw error
    }
  }

  #rollback(): void {
    try {
      this.statement('ROLLBACK').run()
    } catch {
      // Some errors (a full disk) have ended the transaction already; the error that led here is the one to tell.
    }
  }

  statement(text: string): SqliteStatement {
    return (this.#statements ?? notOpen()).get(text)
  }

  /** For statements that return documents. */
  reader(text: string): DocumentReader {
    return (this.#readers ?? notOpen()).get(text)
  }

  all({ text, values }: Statement): SqliteRow[] {
    return this.statement(text).all(...values)
  }
}

function notOpen(): never {
  throw new InvalidStateException(null, 'NOT_OPENED', 'Cannot use the SQLite store: it is not open.')
}

function fail(error: unknown, attempt: Attempt): never {
  throw toOurs(error, attempt)
}
