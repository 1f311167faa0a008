import { afterAll, beforeAll, describe, it, test } from 'vitest'
import { testPersistence } from '../../src/testing/index.js'
import { type Pglite, pgliteProblem, startPglite } from '../postgres/pglite.js'
import { inSchemas } from './inSchemas.js'
import { byUrl, SQL_BY_URL } from './subjects.js'

describe.skipIf(pgliteProblem !== null)('on PGlite', () => {
  let pglite: Pglite

  beforeAll(async () => {
    pglite = await startPglite()
  }, 120_000)

  afterAll(() => pglite?.close())

  const factory = inSchemas(
    async (text, values) => (await pglite.query(text, values)).rows,
    (schema, declaration) =>
      byUrl('postgres://localhost/postgres', declaration, { driver: pglite.driver, settings: { schema } }),
  )

  testPersistence('IdentifiablePersistence on PGlite', factory, {
    runner: { describe, it },
    capabilities: SQL_BY_URL,
  })
})

test.skipIf(pgliteProblem === null)(`PGlite is not here: ${pgliteProblem}`, (context) => context.skip())
