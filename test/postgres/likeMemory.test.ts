import { afterAll, beforeAll, describe, test } from 'vitest'
import type { StoreOptions } from '../../src/contract/Store.js'
import { createPostgresStore } from '../../src/postgres/index.js'
import type { Doc } from '../sql/arbitraries.js'
import { testLikeMemory, testSpecialValues } from '../sql/likeMemory.js'
import { type PostgresServer, serverProblem, startServer } from './server.js'

const problem = await serverProblem()

describe.skipIf(problem !== null)('PostgreSQL with a locale that is not C', () => {
  let server: PostgresServer
  beforeAll(async () => {
    server = await startServer()
  }, 120_000)
  afterAll(() => server.remove())

  const make = async (options: StoreOptions) =>
    createPostgresStore<Doc, string>({ url: server.url, schema: 'like memory' }, options)
  testLikeMemory('PostgreSQL', make, { runs: Number(process.env.HOLDFAST_RUNS ?? 40) })
  testSpecialValues('PostgreSQL', make)
})

test.skipIf(problem === null)(`PostgreSQL cannot be started here: ${problem}`, (context) => context.skip())
