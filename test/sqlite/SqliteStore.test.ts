import { fork } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import {
  ALL,
  type IndexDefinition,
  type Query,
  type Store,
  type StoreOptions,
} from '../../src/contract/Store.js'
import { parseFilter } from '../../src/query/parseFilter.js'
import { parseSort } from '../../src/query/sort.js'
import { DocumentTable } from '../../src/sql/DocumentTable.js'
import { identifier, sql } from '../../src/sql/Sql.js'
import { SqliteDialect } from '../../src/sqlite/dialect.js'
import { openDatabase } from '../../src/sqlite/driver.js'
import { createSqliteStore } from '../../src/sqlite/index.js'
import { sqliteDrivers } from './driver.js'

type Item = { id: string } & Record<string, unknown>

const { drivers } = await sqliteDrivers()
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

describe.each([...drivers])('the SQLite store by %s', (name, driver) => {
  let folder: string
  let opened: Store<Item, string>[]

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'holdfast-sqlite-'))
    opened = []
  })
  afterEach(async () => {
    for (const store of opened) await store.close(null)
    rmSync(folder, { recursive: true, force: true })
  })

  async function open(
    options: Partial<StoreOptions> = {},
    busyTimeoutMs = 10_000,
  ): Promise<Store<Item, string>> {
    const filename = join(folder, 'new', 'app.db')
    const store = createSqliteStore<Item, string>(
      { filename, driver, busyTimeoutMs },
      { name: 'dummies', idType: 'string', indexes: [], dateFields: [], ...options },
    )
    await store.open(null)
    opened.push(store)
    return store
  }

  test('keeps items over close and open, in the order of ids', async () => {
    const first = await open()
    await first.insert(null, [{ id: 'b' }, { id: '\ue000' }, { id: 'a' }, { id: '😀' }, { id: 'B' }])
    await first.close(null)
    opened = []
    const second = await open()
    expect((await second.find(null, all)).map(({ id }) => id)).toEqual(['B', 'a', 'b', '\ue000', '😀'])
    const some = await second.getListByIds(null, ['😀', 'none', 'B', 'B', '\ue000'])
    expect(some.map(({ id }) => id)).toEqual(['B', '\ue000', '😀'])
  })

  test('a batch that fails leaves no trace, short or long', async () => {
    const store = await open({ indexes: [KEY] })
    await store.insert(null, [{ id: 'taken', key: 1 }])
    for (const length of [3, 2000]) {
      const items = Array.from({ length }, (_, i) => ({ id: `n${i}`, key: `k${i}` }))
      await expect(async () => store.insert(null, [...items, { id: 'taken', key: 2 }])).rejects.toMatchObject(
        { code: 'DUPLICATE_ID' },
      )
      await expect(async () => store.upsert(null, [...items, { id: 'x', key: 1 }])).rejects.toMatchObject({
        code: 'DUPLICATE_KEY',
      })
      expect(await store.count(null, ALL)).toBe(1)
    }
  })

  test('a long batch lets other work of the process run, and later calls wait for it', async () => {
    const store = await open()
    const items = Array.from({ length: 5000 }, (_, i) => ({ id: `n${i}` }))
    let breaths = 0
    const timer = setInterval(() => breaths++, 1)
    const written = store.insert(null, items)
    const counted = store.count(null, ALL)
    await written
    clearInterval(timer)
    expect(await counted).toBe(5000)
    expect(breaths).toBeGreaterThan(0)
  })

  test('a long batch does not wait for fake timers', async () => {
    const store = await open()
    vi.useFakeTimers()
    try {
      await store.insert(
        null,
        Array.from({ length: 1000 }, (_, i) => ({ id: `n${i}` })),
      )
      expect(await store.count(null, ALL)).toBe(1000)
    } finally {
      vi.useRealTimers()
    }
  }, 10_000)

  test('upsert() and replace() refuse a key that another item has, and delete nobody', async () => {
    const store = await open({ indexes: [KEY] })
    await store.insert(null, [
      { id: '1', key: 'a' },
      { id: '2', key: 'b' },
    ])
    await expect(async () => store.upsert(null, [{ id: '3', key: 'a' }])).rejects.toMatchObject({
      code: 'DUPLICATE_KEY',
    })
    await expect(async () => store.replace(null, { id: '2', key: 'a' })).rejects.toMatchObject({
      code: 'DUPLICATE_KEY',
    })
    await expect(async () => store.merge(null, '2', { key: 'a' })).rejects.toMatchObject({
      code: 'DUPLICATE_KEY',
    })
    await expect(async () => store.insert(null, [{ id: '1', key: 'b' }])).rejects.toMatchObject({
      code: 'DUPLICATE_ID',
    })
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
    await expect(async () => store.upsert(null, clash)).rejects.toMatchObject({ code: 'DUPLICATE_KEY' })
    const twice = [{ id: '3' }, { id: '3', key: 'a' }]
    await expect(async () => store.insert(null, twice)).rejects.toMatchObject({ code: 'DUPLICATE_ID' })
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
      await expect(async () => store.insert(null, [{ id: 'x', key }])).rejects.toMatchObject({
        code: 'DUPLICATE_KEY',
      })
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
    await expect(open({ indexes: [KEY] })).rejects.toMatchObject({
      code: 'DUPLICATE_KEY',
      details: { ids: ['p', 'r'] },
    })
  })

  test('merge() changes the top level only, keeps null, and takes undefined away', async () => {
    const store = await open({ dateFields: [['when']] })
    await store.insert(null, [{ id: '1', a: { x: 1, y: 2 }, b: 1, c: 1 }])
    const when = new Date(0)
    const expected = { id: '1', a: { z: 3 }, b: null, when }
    expect(await store.merge(null, '1', { a: { z: 3 }, b: null, c: undefined, when })).toEqual(expected)
    expect(await store.getOneById(null, '1')).toEqual(expected)
    expect(await store.merge(null, 'none', { b: 1 })).toBeNull()
  })

  test('filters and sorts use the declared indexes, and explain() tells which', async () => {
    const store = await open({ indexes: [KEY, GROUP] })
    const uses = async (filter: unknown, sort: unknown) =>
      (await store.explain(null, parseFilter(filter), parseSort(sort))).index
    expect(await uses({ key: 'a' }, null)).toBe(KEY.name)
    expect(await uses({ key: { $in: ['a', 'b'] } }, null)).toBe(KEY.name)
    expect(await uses({ key: 5 }, null)).toBe(KEY.name)
    expect(await uses({ group: { $gt: 5, $lt: 9 } }, null)).toBe(GROUP.name)
    expect(await uses({ group: { $startsWith: 'a' } }, null)).toBe(GROUP.name)
    expect(await uses(null, { group: 1 })).toBe(GROUP.name)
    expect(await uses(null, { group: -1 })).toBe(GROUP.name)
    expect(await uses({ id: 'a' }, null)).toBe('id')
    expect(await uses({ other: 'a' }, null)).toBeNull()
  })

  test('pages are read from an index, in its order, wherever they begin', async () => {
    const store = await open({ indexes: [GROUP] })
    await store.insert(
      null,
      Array.from({ length: 500 }, (_, i) => ({ id: `i${i}`, group: [null, i, `g${i}`, [], true][i % 5] })),
    )
    const dialect = new SqliteDialect('string')
    const table = new DocumentTable(dialect, identifier('dummies'), [GROUP])
    const database = await openDatabase(join(folder, 'new', 'app.db'), driver)
    const places = [null, 7, 'g7', true, false, { other: true } as const]
    const queries: Query[] = []
    for (const sort of [parseSort({ group: 1 }), parseSort({ group: -1 })]) {
      for (const filter of [{}, { group: 'g7' }, { group: { $gt: 7 } }, { group: { $startsWith: 'g' } }])
        queries.push({ ...all, filter: parseFilter(filter), sort, take: 5 })
      for (const value of places)
        queries.push({ ...all, sort, take: 5, after: { values: [value], id: 'i7' } })
    }
    for (const query of queries) {
      for (const statement of table.find(query)) {
        const { text, values } = dialect.render(sql`EXPLAIN QUERY PLAN ${statement}`)
        const plan = database.prepare(text).all(...values)
        const steps = plan.map(({ detail }) => String(detail)).join('; ')
        expect(steps, text).toContain(`USING INDEX dummies_group_idx`)
        // Ids go upwards in both directions: where an index is read backwards, ties are sorted, and no more.
        expect(steps.replace('USE TEMP B-TREE FOR LAST TERM OF ORDER BY', ''), text).not.toContain('TEMP')
      }
    }
    database.close()
  })

  test('waits for another writer without holding the process up, in the order of calls, and gives up as LOCKED', async () => {
    const [one, hasty] = [await open(), await open({}, 20)]
    const writer = await openDatabase(join(folder, 'new', 'app.db'), driver)
    writer.exec('BEGIN IMMEDIATE')
    // In turn behind the lock: were the second to overtake the first, the replacement would find nothing.
    const inserted = one.insert(null, [{ id: 'mine', v: 1 }])
    const replaced = one.replace(null, { id: 'mine', v: 2 })
    await expect(async () => hasty.insert(null, [{ id: 'x' }])).rejects.toMatchObject({ code: 'LOCKED' })
    // Timers run while the writes wait.
    await new Promise((resolve) => setTimeout(resolve, 1))
    writer.exec('COMMIT')
    writer.close()
    expect(await inserted).toEqual([{ id: 'mine', v: 1 }])
    expect(await replaced).toEqual({ id: 'mine', v: 2 })
    expect(await hasty.getListByIds(null, ['mine', 'x'])).toEqual([{ id: 'mine', v: 2 }])
  })

  test('ten processes open a new file and write to it at once', async () => {
    const filename = join(folder, 'shared.db')
    const script = new URL('./openAndWrite.mjs', import.meta.url)
    const processes = Array.from({ length: 10 }, (_, i) =>
      fork(script, [filename, name, String(i)], { execArgv: ['--import', 'tsx'] }),
    )
    const codes = await Promise.all(
      processes.map((child) => new Promise((resolve) => child.on('exit', resolve))),
    )
    expect(codes).toEqual(Array(10).fill(0))
    const store = createSqliteStore<Item, string>(
      { filename, driver },
      { name: 'dummies', idType: 'string', indexes: [], dateFields: [] },
    )
    await store.open(null)
    opened.push(store)
    expect(await store.count(null, ALL)).toBe(200)
  })

  test('long filters work, those that SQLite cannot take are UNSUPPORTED', async () => {
    const store = await open()
    await store.insert(null, [{ id: '1', f7: 2007, tags: [1] }])
    const conditions = Array.from({ length: 3000 }, (_, i) => ({ [`f${i % 100}`]: { $gte: i } }))
    expect(await store.count(null, parseFilter({ $or: conditions }))).toBe(1)
    expect(await store.count(null, parseFilter({ $and: conditions }))).toBe(0)
    expect(await store.count(null, parseFilter({ $nor: conditions }))).toBe(0)
    const tags = Array.from({ length: 2000 }, (_, i) => i)
    expect(await store.count(null, parseFilter({ tags: { $in: tags } }))).toBe(0)
    expect(await store.count(null, parseFilter({ tags: { $not: { $all: tags } } }))).toBe(1)
    let deep: object = { $eq: 1 }
    for (let i = 0; i < 50; i++) deep = { $elemMatch: deep }
    await expect(async () => store.count(null, parseFilter({ a: deep }))).rejects.toMatchObject({
      code: 'UNSUPPORTED',
    })
    const many = Array.from({ length: 17_000 }, (_, i) => ({ a: { $gt: i, $lt: 0 } }))
    await expect(async () => store.count(null, parseFilter({ $or: many }))).rejects.toMatchObject({
      code: 'UNSUPPORTED',
    })
  })

  test('an item nested too deep for SQLite is refused, and breaks no query', async () => {
    const store = await open()
    const nested = (depth: number): unknown => (depth === 0 ? 1 : [nested(depth - 1)])
    await store.insert(null, [{ id: 'deep', a: nested(999) }])
    await expect(async () => store.insert(null, [{ id: 'deeper', a: nested(1000) }])).rejects.toMatchObject({
      code: 'INVALID_ITEM',
    })
    await expect(async () => store.merge(null, 'deep', { a: nested(1000) })).rejects.toMatchObject({
      code: 'INVALID_ITEM',
    })
    expect(await store.count(null, parseFilter({ a: { $size: 1 } }))).toBe(1)
  })

  test('number ids keep every bit and their order', async () => {
    const store = createSqliteStore<{ id: number }, number>(
      { filename: ':memory:', driver },
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
})

test('an option that does not exist is refused', () => {
  const options = { name: 'd', idType: 'string', indexes: [], dateFields: [] } as const
  expect(() => createSqliteStore({ filename: 'x', fielname: 1 } as never, options)).toThrow(
    expect.objectContaining({ code: 'BAD_CONFIG' }),
  )
})
