import { createHash } from 'node:crypto'
import { performance, setTimeout } from '../core/timers.js'
import type { Statement } from '../sql/Sql.js'
import type { Connection, ConnectionPool } from './ConnectionPool.js'
import type { PostgresResult } from './driver.js'
import { type Attempt, connectFailed, isClash, isLoss, isRefusedUnseen, outcomeUnknown } from './errors.js'

/** Tries of a statement that meets others. */
const MAX_CLASHES = 10

/**
 * Runs statements on the pool, and again where that can do no harm: reads; statements that the server did not take;
 * single statements that were undone because they met others. A write whose connection was lost after sending is
 * never repeated.
 */
export class Session {
  readonly #pool: ConnectionPool
  readonly #timeoutMs: number
  readonly #prepare: boolean
  readonly #names = new Map<string, string>()

  constructor(pool: ConnectionPool, timeoutMs: number, prepare: boolean) {
    this.#pool = pool
    this.#timeoutMs = timeoutMs
    this.#prepare = prepare
  }

  read(attempt: Attempt, statement: Statement): Promise<PostgresResult> {
    return this.#run(
      attempt,
      () => true,
      (connection) => this.#send(connection, statement),
    )
  }

  write(attempt: Attempt, statement: Statement): Promise<PostgresResult> {
    return this.#run(
      attempt,
      () => false,
      (connection) => this.#send(connection, statement),
    )
  }

  /** Several writes in one transaction. Until the commit is sent a lost connection has undone them all. */
  writeAll(attempt: Attempt, statements: readonly Statement[]): Promise<void> {
    let committing = false
    return this.#run(
      attempt,
      () => !committing,
      async (connection) => {
        committing = false
        await connection.query('BEGIN', [])
        try {
          for (const statement of statements) await this.#send(connection, statement)
          committing = true
          await connection.query('COMMIT', [])
        } catch (error) {
          if (!committing && connection.usable && !isLoss(error)) await connection.query('ROLLBACK', [])
          throw error
        }
      },
    )
  }

  #send(connection: Connection, { text, values }: Statement): Promise<PostgresResult> {
    return connection.query(text, values, this.#prepare ? this.#nameOf(text) : undefined)
  }

  #nameOf(text: string): string | undefined {
    const known = this.#names.get(text)
    if (known !== undefined) return known
    // Each name stays on each connection for good: filters made from requests must not fill the server's memory.
    if (this.#names.size >= 200) return undefined
    const name = `hf_${createHash('sha256').update(text).digest('hex').slice(0, 24)}`
    this.#names.set(text, name)
    return name
  }

  async #run<V>(
    attempt: Attempt,
    isRepeatable: () => boolean,
    work: (connection: Connection) => Promise<V>,
  ): Promise<V> {
    const deadline = performance.now() + this.#timeoutMs
    for (let clashes = 0; ; ) {
      const connection = await this.#acquire(attempt)
      try {
        const result = await work(connection)
        this.#pool.release(connection, false)
        return result
      } catch (error) {
        const lost = isLoss(error) || !connection.usable
        const refused = isRefusedUnseen(error)
        this.#pool.release(connection, lost || refused)
        if (refused) this.#pool.dropAll()
        else if (isClash(error) && clashes < MAX_CLASHES) clashes++
        else if (!lost) throw error
        else if (!isRepeatable()) throw outcomeUnknown(attempt, error)
        if (performance.now() > deadline) throw lost || refused ? connectFailed(attempt, error) : error
      }
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 10 * 2 ** Math.min(clashes, 5)))
    }
  }

  async #acquire(attempt: Attempt): Promise<Connection> {
    try {
      return await this.#pool.acquire()
    } catch (error) {
      throw connectFailed(attempt, error)
    }
  }
}
