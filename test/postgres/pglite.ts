// @ts-expect-error: a script without types
import { ensureDriver } from '../../scripts/test-drivers.mjs'
import type { PostgresDriver } from '../../src/postgres/index.js'

/** What is called of a PGlite: PostgreSQL compiled to WebAssembly, in this process. */
interface Instance {
  query(text: string, values: unknown[], options: object): Promise<{ rows: unknown[]; affectedRows?: number }>
  close(): Promise<void>
}

/** A PGlite, and the driver `pg` as far as the store calls it; all clients share its one connection. */
export interface Pglite {
  readonly driver: PostgresDriver
  query(text: string, values?: unknown[]): Promise<{ rows: (string | null)[][] }>
  close(): Promise<void>
}

const found = await ensureDriver('@electric-sql/pglite')

/** Why there is no PGlite here; `null` when there is. */
export const pgliteProblem: string | null = 'reason' in found ? found.reason : null

/** Nothing is parsed: json, jsonb, booleans, integers and doubles stay the text that PostgreSQL sends. */
const AS_TEXT = Object.fromEntries(
  [16, 20, 21, 23, 25, 114, 701, 1700, 3802].map((oid) => [oid, (text: string) => text]),
)

export async function startPglite(): Promise<Pglite> {
  const { PGlite } = found.require('@electric-sql/pglite')
  const pglite: Instance = await PGlite.create()
  /** Resolves when the transaction of some client is over: until then the connection is that client's. */
  let turn: Promise<void> = Promise.resolve()
  const send = async (text: string, values: unknown[] = []) => {
    const result = await pglite.query(text, values, { rowMode: 'array', parsers: AS_TEXT })
    const rows = result.rows as (string | null)[][]
    return { rows, rowCount: result.affectedRows ?? rows.length }
  }
  const alone = <V>(work: () => Promise<V>): Promise<V> => {
    const result = turn.then(work)
    turn = result.then(
      () => undefined,
      () => undefined,
    )
    return result
  }
  class Client {
    #commit: (() => void) | null = null

    async connect() {}
    async end() {
      if (this.#commit !== null) await this.query({ text: 'ROLLBACK', values: [] })
    }
    on() {}
    async query({ text, values }: { text: string; values: unknown[] }) {
      if (text === 'BEGIN') {
        await new Promise<void>((begun) => {
          alone(() => {
            begun()
            return new Promise<void>((over) => {
              this.#commit = over
            })
          })
        })
      }
      if (this.#commit === null) return alone(() => send(text, values))
      try {
        return await send(text, values)
      } finally {
        if (text === 'COMMIT' || text === 'ROLLBACK') {
          this.#commit()
          this.#commit = null
        }
      }
    }
  }
  return {
    driver: { Client },
    query: (text, values) => alone(() => send(text, values)),
    close: () => pglite.close(),
  }
}
