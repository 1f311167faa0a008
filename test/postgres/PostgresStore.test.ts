import { fork } from 'node:child_process'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import {
  ALL,
  type IndexDefinition,
  type Query,
  type Store,
  type StoreOptions,
} from '../../src/contract/Store.js'
import { PostgresDialect } from '../../src/postgres/dialect.js'
import { createPostgresStore, type PostgresStoreOptions } from '../../src/postgres/index.js'
import { parseFilter } from '../../src/query/parseFilter.js'
import { parseSort } from '../../src/query/sort.js'
import { DocumentTable } from '../../src/sql/DocumentTable.js'
import { identifier, sql } from '../../src/sql/Sql.js'
import { sendSql } from './sendSql.js'
import { freePort, type PostgresServer, serverProblem, startServer } from './server.js'

type Item = { id: string } & Record<string, unknown>

const problem = await serverProblem()
const KEY: IndexDefinition = {
  name: 'key:1:unique',
  fields: [{ path: ['key'], ascending: true }],
  unique: true,
}
const GROUP: IndexDefinition = {
  name: 'group:1',
  fields: [{ path: ['group'], ascending: true }],
  unique: false,
}
const all: Query = { filter: ALL, sort: null, select: null, skip: 0, take: null, after: null }

/** What a client of a transaction-mode pooler sees: behind it each transaction goes to any of several connections. */
class PooledClient {
  static named = 0
  readonly #behind: pg.Client[]
  #held: pg.Client | null = null

  constructor(settings: pg.ClientConfig) {
    this.#behind = [new pg.Client(settings), new pg.Client(settings), new pg.Client(settings)]
  }

  async connect(): Promise<void> {
    for (const client of this.#behind) await client.connect()
  }

  async query(query: { text: string; name?: string }): Promise<unknown> {
    if (query.name !== undefined) PooledClient.named++
    const client = this.#held ?? (this.#behind[Math.floor(Math.random() * 3)] as pg.Client)
    this.#held = /^(COMMIT|ROLLBACK)/.test(query.text) ? null : query.text === 'BEGIN' ? client : this.#held
    return client.query(query as pg.QueryConfig)
  }

  async end(): Promise<void> {
    for (const client of this.#behind) await client.end()
  }

  on(event: 'error', listener: (error: Error) => void): void {
    for (const client of this.#behind) client.on(event, listener)
  }
}

describe.skipIf(problem !== null)('the PostgreSQL store', () => {
  let server: PostgresServer
  let schemas = 0
  let schema: string
  const opened: Store<Item, string>[] = []

  beforeAll(async () => {
    server = await startServer()
  }, 120_000)
  afterAll(() => server.remove())
  afterEach(async () => {
    for (const store of opened.splice(0)) await store.close(null)
  })

  function make(
    options: Partial<StoreOptions> = {},
    where: Partial<PostgresStoreOptions> = {},
  ): Store<Item, string> {
    return createPostgresStore<Item, string>(
      { url: server.url, schema, ...where },
      { name: 'dummies', idType: 'string', indexes: [], dateFields: [], ...options },
    )
  }

  /** Opens a store in the schema of this test; `fresh` begins a new one. */
  async function open(
    options: Partial<StoreOptions> = {},
    fresh = true,
    where: Partial<PostgresStoreOptions> = {},
  ) {
    if (fresh) schema = `test "${++schemas}"`
    const store = make(options, where)
    await store.open(null)
    opened.push(store)
    return store
  }

  test('keeps items over close and open, in the order of ids by code point', async () => {
    const first = await open()
    await first.insert(null, [{ id: 'b' }, { id: '\ue000' }, { id: 'a' }, { id: '😀' }, { id: 'B' }])
    await first.close(null)
    opened.length = 0
    const second = await open({}, false)
    expect((await second.find(null, all)).map(({ id }) => id)).toEqual(['B', 'a', 'b', '\ue000', '😀'])
    const some = await second.getListByIds(null, ['😀', 'none', 'B', 'B', '\ue000'])
    expect(some.map(({ id }) => id)).toEqual(['B', '\ue000', '😀'])
    const gone = await second.deleteByIds(null, ['😀', 'a', 'B', 'none'])
    expect(gone.map(({ id }) => id)).toEqual(['B', 'a', '😀'])
  })

  test('a batch that fails leaves no trace, in one statement or several', async () => {
    const store = await open({ indexes: [KEY] })
    await store.insert(null, [{ id: 'taken', key: 1 }])
    const text = 'x'.repeat(20_000)
    for (const length of [3, 1000]) {
      const items = Array.from({ length }, (_, i) => ({ id: `n${i}`, key: `k${i}`, text }))
      await expect(store.insert(null, [...items, { id: 'taken', key: 2 }])).rejects.toMatchObject({
        code: 'DUPLICATE_ID',
        details: { id: 'taken' },
      })
      await expect(store.upsert(null, [...items, { id: 'x', key: 1 }])).rejects.toMatchObject({
        code: 'DUPLICATE_KEY',
      })
      expect(await store.count(null, ALL)).toBe(1)
    }
    await store.insert(
      null,
      Array.from({ length: 1000 }, (_, i) => ({ id: `n${i}`, text })),
    )
    expect(await store.count(null, ALL)).toBe(1001)
    await store.upsert(null, [{ id: 'twice', v: 1 }, { id: 'n1' }, { id: 'twice', v: 2 }])
    expect(await store.getListByIds(null, ['twice', 'n1'])).toEqual([{ id: 'n1' }, { id: 'twice', v: 2 }])
  })

  test('upsert(), replace() and merge() refuse a key that another item has, and change nobody', async () => {
    const store = await open({ indexes: [KEY] })
    await store.insert(null, [
      { id: '1', key: 'a' },
      { id: '2', key: 'b' },
    ])
    await expect(store.upsert(null, [{ id: '3', key: 'a' }])).rejects.toMatchObject({ code: 'DUPLICATE_KEY' })
    await expect(store.replace(null, { id: '2', key: 'a' })).rejects.toMatchObject({ code: 'DUPLICATE_KEY' })
    await expect(store.merge(null, '2', { key: 'a' })).rejects.toMatchObject({
      code: 'DUPLICATE_KEY',
      details: { index: KEY.name },
    })
    await expect(store.insert(null, [{ id: '1', key: 'b' }])).rejects.toMatchObject({ code: 'DUPLICATE_ID' })
    expect(await store.find(null, all)).toEqual([
      { id: '1', key: 'a' },
      { id: '2', key: 'b' },
    ])
  })

  test('a batch is written item by item in its order: keys may be handed on, and an id come twice', async () => {
    const store = await open({ indexes: [KEY] })
    await store.insert(null, [
      { id: '1', key: 'a' },
      { id: '2', key: 'b' },
    ])
    await store.upsert(null, [
      { id: '2', key: 'c' },
      { id: '1', key: 'b' },
      { id: '2', key: 'a' },
    ])
    const swapped = [
      { id: '1', key: 'b' },
      { id: '2', key: 'a' },
    ]
    expect(await store.find(null, all)).toEqual(swapped)
    // In the other order the first would take a key that is not free yet.
    const clash = [
      { id: '1', key: 'a' },
      { id: '2', key: 'b' },
    ]
    await expect(store.upsert(null, clash)).rejects.toMatchObject({ code: 'DUPLICATE_KEY' })
    const twice = [{ id: '3' }, { id: '3', key: 'a' }]
    await expect(store.insert(null, twice)).rejects.toMatchObject({ code: 'DUPLICATE_ID' })
    expect(await store.find(null, all)).toEqual(swapped)
  })

  test('a unique index passes over missing, null, arrays and objects, and tells 1, "1" and true apart', async () => {
    const store = await open({ indexes: [KEY] })
    const keys = [undefined, undefined, null, null, [1], [1], {}, {}, 1, '1', true, false, 0, '', '0']
    await store.insert(
      null,
      keys.map((key, i) => (key === undefined ? { id: `${i}` } : { id: `${i}`, key })),
    )
    for (const key of [1, '1', true, false, 0, '']) {
      await expect(store.insert(null, [{ id: 'x', key }])).rejects.toMatchObject({ code: 'DUPLICATE_KEY' })
    }
  })

  test('open() refuses a unique index that the data violates, and names two ids', async () => {
    const first = await open()
    await first.insert(null, [
      { id: 'p', key: 5 },
      { id: 'q', key: '5' },
      { id: 'r', key: 5 },
      { id: 's' },
      { id: 't' },
    ])
    const refused = { code: 'DUPLICATE_KEY', details: { ids: ['p', 'r'] } }
    await expect(open({ indexes: [KEY] }, false)).rejects.toMatchObject(refused)
  })

  test('merge() changes the top level only, keeps null, and takes undefined away', async () => {
    const store = await open({ dateFields: [['when']] })
    await store.insert(null, [{ id: '1', a: { x: 1, y: 2 }, b: 1, c: 1 }])
    const when = new Date(0)
    const expected = { id: '1', a: { z: 3 }, b: null, when }
    expect(await store.merge(null, '1', { a: { z: 3 }, b: null, c: undefined, when })).toEqual(expected)
    expect(await store.getOneById(null, '1')).toEqual(expected)
    expect(await store.merge(null, 'none', { b: 1 })).toBeNull()
    await Promise.all(Array.from({ length: 20 }, (_, i) => store.merge(null, '1', { [`f${i}`]: i })))
    expect(Object.keys((await store.getOneById(null, '1')) as object)).toHaveLength(24)
  })

  test('pages are read from an index, in its order, wherever they begin', async () => {
    const store = await open({ indexes: [GROUP] })
    await store.insert(null, [{ id: 'i1', group: 1 }])
    const name = sql`${identifier(schema)}.dummies`
    const dialect = new PostgresDialect('string')
    const table = new DocumentTable(dialect, name, [GROUP])
    const client = new pg.Client({ connectionString: server.url })
    client.on('error', () => {})
    await client.connect()
    // Of few rows anything is cheap: the question is whether the index can do it.
    await client.query('SET enable_sort = off; SET enable_seqscan = off; SET enable_bitmapscan = off')
    for (const sort of [parseSort({ group: 1 }), parseSort({ group: -1 })]) {
      const queries: Query[] = [{ ...all, sort, take: 5 }]
      for (const value of [null, 7, 'g7', true, false, { other: true } as const])
        queries.push({ ...all, sort, take: 5, after: { values: [value], id: 'i7' } })
      for (const query of queries) {
        for (const statement of table.find(query)) {
          const { text, values } = dialect.render(sql`EXPLAIN ${statement}`)
          const { rows } = await client.query(text, [...values])
          const plan = rows.map((row) => row['QUERY PLAN']).join('\n')
          expect(plan, text).toMatch(/Index Scan (Backward )?using dummies_group_idx/)
          // Ids go upwards in both directions: where an index is read backwards, ties are sorted, and no more.
          expect(plan.replace('Incremental Sort', ''), text).not.toContain('Sort  ')
        }
      }
    }
    await client.end()
  })

  test('filters and sorts use the declared indexes, and explain() tells which', async () => {
    const store = await open({ indexes: [KEY, GROUP] })
    await store.insert(
      null,
      Array.from({ length: 5000 }, (_, i) => ({ id: `i${i}`, key: `k${i}`, group: i })),
    )
    await sendSql(server, `ANALYZE "${schema.replaceAll('"', '""')}"."dummies"`)
    const uses = async (filter: unknown, sort: unknown) =>
      (await store.explain(null, parseFilter(filter), parseSort(sort))).index
    expect(await uses({ key: 'k7' }, null)).toBe(KEY.name)
    expect(await uses({ key: { $in: ['k1', 'k2'] } }, null)).toBe(KEY.name)
    expect(await uses({ key: 5 }, null)).toBe(KEY.name)
    expect(await uses({ group: { $gt: 5, $lt: 9 } }, null)).toBe(GROUP.name)
    expect(await uses({ key: { $startsWith: 'k77' } }, null)).toBe(KEY.name)
    expect(await uses(null, { group: 1 })).toBe(GROUP.name)
    expect(await uses(null, { group: -1 })).toBe(GROUP.name)
    expect(await uses({ id: 'i5' }, null)).toBe('id')
    expect(await uses({ other: 'a' }, null)).toBeNull()
  })

  test('writes take effect in the order of calls, though not awaited, and reads see all writes called before', async () => {
    const store = await open()
    for (let round = 0; round < 20; round++) {
      const id = `r${round}`
      const writes = [
        store.insert(null, [{ id, v: 1 }]),
        store.replace(null, { id, v: 2 }),
        store.merge(null, id, { w: 3 }),
        store.deleteByFilter(null, parseFilter({ w: 3 })),
        store.insert(null, [{ id, v: 4 }]),
        store.deleteByIds(null, [id]),
        store.upsert(null, [{ id, v: 5 }]),
      ]
      const reads = [store.getOneById(null, id), store.count(null, parseFilter({ v: 5 }))]
      const item = { id, v: 2, w: 3 }
      const results = [[{ id, v: 1 }], { id, v: 2 }, item, 1, [{ id, v: 4 }], [{ id, v: 4 }], [{ id, v: 5 }]]
      expect(await Promise.all(writes)).toEqual(results)
      expect(await Promise.all(reads)).toEqual([{ id, v: 5 }, round + 1])
    }
  })

  test('ten processes open and write at once', async () => {
    await open()
    const script = new URL('./openAndWrite.mjs', import.meta.url)
    const start = (i: number) =>
      fork(script, [server.url, `${schema} new`, String(i)], { execArgv: ['--import', 'tsx'] })
    const processes = Array.from({ length: 10 }, (_, i) => start(i))
    const codes = await Promise.all(
      processes.map((child) => new Promise((resolve) => child.on('exit', resolve))),
    )
    expect(codes).toEqual(Array(10).fill(0))
    schema = `${schema} new`
    const store = await open({}, false)
    expect(await store.count(null, ALL)).toBe(200)
  })

  test('works through a pooler that gives every transaction another connection', async () => {
    const store = await open({ indexes: [KEY, GROUP] }, true, {
      driver: { Client: PooledClient },
      poolSize: 2,
    })
    const text = 'x'.repeat(20_000)
    await store.insert(
      null,
      Array.from({ length: 1000 }, (_, i) => ({ id: `n${i}`, key: i, group: i % 3, text })),
    )
    await Promise.all(Array.from({ length: 30 }, (_, i) => store.merge(null, `n${i}`, { group: 'x' })))
    expect(await store.count(null, parseFilter({ group: 'x' }))).toBe(30)
    const failing = Array.from({ length: 1000 }, (_, i) => ({
      id: `m${i}`,
      key: i === 999 ? 5 : `m${i}`,
      text,
    }))
    await expect(store.insert(null, failing)).rejects.toMatchObject({ code: 'DUPLICATE_KEY' })
    expect(await store.count(null, ALL)).toBe(1000)
    expect(PooledClient.named).toBe(0)
  })

  test('long filters work, those with more values than the protocol takes are UNSUPPORTED', async () => {
    const store = await open()
    await store.insert(null, [{ id: '1', f7: 2007, tags: [1] }])
    const conditions = Array.from({ length: 3000 }, (_, i) => ({ [`f${i % 100}`]: { $gte: i } }))
    expect(await store.count(null, parseFilter({ $or: conditions }))).toBe(1)
    expect(await store.count(null, parseFilter({ $nor: conditions }))).toBe(0)
    let deep: object = { $eq: 1 }
    for (let i = 0; i < 50; i++) deep = { $elemMatch: deep }
    expect(await store.count(null, parseFilter({ a: deep }))).toBe(0)
    const many = Array.from({ length: 33_000 }, (_, i) => ({ a: { $gt: i, $lt: 0 } }))
    await expect(store.count(null, parseFilter({ $or: many }))).rejects.toMatchObject({ code: 'UNSUPPORTED' })
    expect(
      await store.count(null, parseFilter({ tags: { $elemMatch: { $in: many.map((_, i) => i) } } })),
    ).toBe(1)
  })

  test('number ids keep every bit and their order', async () => {
    schema = `test "${++schemas}"`
    const store = createPostgresStore<{ id: number }, number>(
      { url: server.url, schema },
      { name: 'numbers', idType: 'number', indexes: [], dateFields: [] },
    )
    await store.open(null)
    const ids = [5e-324, 0.1 + 0.2, 0.3, 10, 9, -1, 2 ** 53, 1.7976931348623157e308, 8.41e21]
    await store.insert(
      null,
      ids.map((id) => ({ id })),
    )
    for (const id of ids) expect(await store.getOneById(null, id)).toEqual({ id })
    expect((await store.find(null, all)).map(({ id }) => id)).toEqual([...ids].sort((a, b) => a - b))
    const some = parseFilter({ id: { $in: [0.3, 9, 8.41e21, 7, '9'] } })
    expect((await store.find(null, { ...all, filter: some })).map(({ id }) => id)).toEqual([0.3, 9, 8.41e21])
    expect(await store.getOneById(null, '9' as never)).toBeNull()
    await store.close(null)
  })

  test('open() without a server, and with a user or database that does not exist, is CONNECT_FAILED', async () => {
    const nowhere = `postgres://postgres@127.0.0.1:${await freePort()}/postgres`
    const start = performance.now()
    await expect(make({}, { url: nowhere, connectTimeoutMs: 300 }).open(null)).rejects.toMatchObject({
      code: 'CONNECT_FAILED',
    })
    await expect(
      make({}, { url: server.url.replace('/postgres@', '/nobody@') }).open(null),
    ).rejects.toMatchObject({ code: 'CONNECT_FAILED' })
    await expect(make({}, { url: server.url.replace(/postgres$/, 'none') }).open(null)).rejects.toMatchObject(
      { code: 'CONNECT_FAILED' },
    )
    expect(performance.now() - start).toBeLessThan(5000)
  })

  test('distribute wants Citus, and no unique index but on the id', async () => {
    schema = `test "${++schemas}"`
    await expect(make({}, { distribute: true }).open(null)).rejects.toMatchObject({ code: 'UNSUPPORTED' })
    await expect(make({ indexes: [KEY] }, { distribute: true }).open(null)).rejects.toMatchObject({
      code: 'UNSUPPORTED',
      details: { index: KEY.name },
    })
  })

  test('distribute calls create_distributed_table once, whoever opens', async () => {
    // Stand-ins for the parts of Citus that are asked for: they show the calls, not what Citus does with them.
    const database = server.url.replace(/postgres$/, 'citus')
    await sendSql(server, 'CREATE DATABASE citus')
    const there = { url: database }
    await sendSql(there, 'CREATE TABLE pg_dist_partition (logicalrelid regclass UNIQUE, by text)')
    await sendSql(
      there,
      `CREATE FUNCTION create_distributed_table(t regclass, by text) RETURNS void
      LANGUAGE sql AS 'INSERT INTO public.pg_dist_partition VALUES (t, by)'`,
    )
    schema = 'spread'
    const distributed = { url: database, distribute: true }
    await expect(make({}, distributed).open(null)).rejects.toMatchObject({ code: 'UNSUPPORTED' })
    const known = "INSERT INTO pg_catalog.pg_extension VALUES (99999, 'citus', 10, 2200, true, '1')"
    await sendSql(there, `SET allow_system_table_mods = on; ${known}`)
    const first = await open({ indexes: [GROUP] }, false, distributed)
    await open({ indexes: [GROUP] }, false, distributed)
    expect(await sendSql(there, 'SELECT logicalrelid::text, by FROM pg_dist_partition')).toEqual([
      ['spread.dummies', 'id'],
    ])
    expect(first.capabilities.uniqueIndexes).toBe(false)
  })

  test('a table of that name with other columns is refused', async () => {
    schema = 'public'
    await sendSql(server, 'CREATE TABLE public.other (id text PRIMARY KEY, name text)')
    await expect(make({ name: 'other' }).open(null)).rejects.toMatchObject({ code: 'BAD_CONFIG' })
  })
})

test('options that do not exist or make no sense are refused', () => {
  const options = { name: 'd', idType: 'string', indexes: [], dateFields: [] } as const
  const wrong = [
    { url: 'mysql://x' },
    { url: 'postgres://h:x/db' },
    { url: 'postgres://h/db?sslmode=maybe' },
    { url: 'postgres://h', pool: 1 },
    { url: 'postgres://h', poolSize: 0 },
  ]
  for (const where of wrong) {
    expect(() => createPostgresStore(where as never, options)).toThrow(
      expect.objectContaining({ code: 'BAD_CONFIG' }),
    )
  }
})
