import pg from 'pg'
import { afterAll, beforeAll, describe, it, test } from 'vitest'
import type { Declaration, PersistenceFactory } from '../../src/testing/index.js'
import { testPersistence } from '../../src/testing/index.js'
import { type PostgresServer, serverProblem, startServer } from '../postgres/server.js'
import { byUrl, SQL_BY_URL } from './subjects.js'

const problem = await serverProblem()

describe.skipIf(problem !== null)('on a server of its own', () => {
  let server: PostgresServer
  let admin: pg.Client
  let schemas = 0

  beforeAll(async () => {
    // What is acknowledged is not at stake here, and thousands of tables are made: the server need not wait for the disk.
    server = await startServer({ settings: { fsync: 'off', synchronous_commit: 'off' } })
    admin = new pg.Client({ connectionString: server.url })
    await admin.connect()
  }, 120_000)

  afterAll(async () => {
    await admin.end()
    await server.remove()
  })

  /** Empty schemas by the declaration that their table was made for: to make a table takes longer than most cases. */
  const empty = new Map<string, string[]>()

  /** Each case has a schema to itself. */
  const factory: PersistenceFactory = async (declaration) => {
    const key = JSON.stringify(declaration)
    const schema = empty.get(key)?.pop() ?? `case ${++schemas}`
    let changed = false
    const make = (other: Declaration) => byUrl(server.url, other, { settings: { schema } })
    return {
      persistence: make(declaration),
      reopen: async (other = declaration) => {
        if (other !== declaration) changed = true
        return make(other)
      },
      dispose: async () => {
        if (changed) return void (await admin.query(`DROP SCHEMA IF EXISTS "${schema}" CASCADE`))
        for (const { tablename } of await tablesIn(schema))
          await admin.query(`DELETE FROM "${schema}"."${tablename}"`)
        empty.set(key, [...(empty.get(key) ?? []), schema])
      },
    }
  }

  async function tablesIn(schema: string): Promise<{ tablename: string }[]> {
    return (await admin.query('SELECT tablename FROM pg_tables WHERE schemaname = $1', [schema])).rows
  }

  testPersistence('IdentifiablePersistence on postgres:', factory, {
    runner: { describe, it },
    capabilities: SQL_BY_URL,
  })
})

test.skipIf(problem === null)(`PostgreSQL cannot be started here: ${problem}`, (context) => context.skip())
