import pg from 'pg'
import { afterAll, beforeAll, describe, it, test } from 'vitest'
import { testPersistence } from '../../src/testing/index.js'
import { type PostgresServer, serverProblem, startServer } from '../postgres/server.js'
import { inSchemas } from './inSchemas.js'
import { byUrl, SQL_BY_URL } from './subjects.js'

const problem = await serverProblem()

describe.skipIf(problem !== null)('on a server of its own', () => {
  let server: PostgresServer
  let admin: pg.Client

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

  const factory = inSchemas(
    async (text, values) => (await admin.query({ text, values: values ?? [], rowMode: 'array' })).rows,
    (schema, declaration) => byUrl(server.url, declaration, { settings: { schema } }),
  )

  testPersistence('IdentifiablePersistence on postgres:', factory, {
    runner: { describe, it },
    capabilities: SQL_BY_URL,
  })
})

test.skipIf(problem === null)(`PostgreSQL cannot be started here: ${problem}`, (context) => context.skip())
