import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ALL, type IndexDefinition, type StoreOptions } from '../../src/contract/Store.js'
import { createPostgresStore } from '../../src/postgres/index.js'
import type { Doc } from '../sql/arbitraries.js'
import { testLikeMemory, testSpecialValues } from '../sql/likeMemory.js'
import { type Pglite, pgliteProblem, startPglite } from './pglite.js'

describe.skipIf(pgliteProblem !== null)('the PostgreSQL store on PGlite', () => {
  let pglite: Pglite
  const make = async (options: StoreOptions) =>
    createPostgresStore<Doc, string>(
      { url: 'postgres://localhost/postgres', poolSize: 1, driver: pglite.driver },
      options,
    )

  beforeAll(async () => {
    pglite = await startPglite()
  }, 120_000)
  afterAll(() => pglite?.close())

  testLikeMemory('PGlite', make, { runs: Number(process.env.HOLDFAST_RUNS ?? 15) })
  testSpecialValues('PGlite', make)

  test('refuses ids and keys that are taken, and leaves no trace', async () => {
    const key: IndexDefinition = {
      name: 'key:1:unique',
      fields: [{ path: ['key'], ascending: true }],
      unique: true,
    }
    const store = await make({ name: 'dummies', idType: 'string', indexes: [key], dateFields: [] })
    await store.open(null)
    await store.insert(null, [{ id: '1', key: 'a' }])
    await expect(store.insert(null, [{ id: '2' }, { id: '1' }])).rejects.toMatchObject({
      code: 'DUPLICATE_ID',
    })
    await expect(store.insert(null, [{ id: '2' }, { id: '3', key: 'a' }])).rejects.toMatchObject({
      code: 'DUPLICATE_KEY',
    })
    expect(await store.merge(null, '1', { key: undefined, b: null })).toEqual({ id: '1', b: null })
    expect(await store.replace(null, { id: 'none' })).toBeNull()
    expect(await store.count(null, ALL)).toBe(1)
    await store.close(null)
  })
})

test.skipIf(pgliteProblem === null)(`PGlite is not here: ${pgliteProblem}`, (context) => context.skip())
