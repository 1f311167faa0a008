import { afterAll, beforeAll, describe, expect, test } from 'vitest'
// @ts-expect-error: a script without types
import { ensureDriver } from '../../scripts/test-drivers.mjs'
import { ALL, type IndexDefinition, type StoreOptions } from '../../src/contract/Store.js'
import { createPostgresStore } from '../../src/postgres/index.js'
import type { Doc } from '../sql/arbitraries.js'
import { testLikeMemory, testSpecialValues } from '../sql/likeMemory.js'

/** What is called of a PGlite: PostgreSQL compiled to WebAssembly, in this process. */
interface Pglite {
  query(text: string, values: unknown[], options: object): Promise<{ rows: unknown[]; affectedRows?: number }>
  close(): Promise<void>
}

/** Nothing is parsed: json, jsonb, booleans, integers and doubles stay the text that PostgreSQL sends. */
const AS_TEXT = Object.fromEntries(
  [16, 20, 21, 23, 25, 114, 701, 1700, 3802].map((oid) => [oid, (text: string) => text]),
)

const found = await ensureDriver('@electric-sql/pglite')
const reason: string | null = 'reason' in found ? found.reason : null

describe.skipIf(reason !== null)('the PostgreSQL store on PGlite', () => {
  let pglite: Pglite
  /** The driver `pg` as far as the store calls it; all clients share the one connection that PGlite is. */
  const driver = {
    Client: class {
      async connect() {}
      async end() {}
      on() {}
      async query({ text, values }: { text: string; values: unknown[] }) {
        const result = await pglite.query(text, values, { rowMode: 'array', parsers: AS_TEXT })
        return { rows: result.rows, rowCount: result.affectedRows ?? result.rows.length }
      }
    },
  }
  const make = async (options: StoreOptions) =>
    createPostgresStore<Doc, string>({ url: 'postgres://localhost/postgres', poolSize: 1, driver }, options)

  beforeAll(async () => {
    const { PGlite } = found.require('@electric-sql/pglite')
    pglite = await PGlite.create()
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

test.skipIf(reason === null)(`PGlite is not here: ${reason}`, (context) => context.skip())
