import pg from 'pg'
import { afterEach, describe, expect, test } from 'vitest'
import { ALL, type Store } from '../../src/contract/Store.js'
import { createPostgresStore, type PostgresStoreOptions } from '../../src/postgres/index.js'
import { Load } from './Load.js'
import { sendSql } from './sendSql.js'
import { type PostgresServer, type ServerOptions, serverProblem, startServer } from './server.js'
import { startStandby } from './startStandby.js'

type Item = { id: string } & Record<string, unknown>

const problem = await serverProblem()

/** From the server's "ready" to the first success; the reconnecting pool pauses less than half a second. */
const RECOVERY_LIMIT_MS = 5000

describe.skipIf(problem !== null)('the PostgreSQL store under faults', () => {
  const servers: PostgresServer[] = []
  const stores: Store<Item, string>[] = []

  afterEach(async () => {
    for (const store of stores.splice(0)) await store.close(null)
    for (const server of servers.splice(0)) await server.remove()
  })

  async function start(options?: ServerOptions): Promise<PostgresServer> {
    const server = await startServer(options)
    servers.push(server)
    return server
  }

  async function open(server: PostgresServer, where: Partial<PostgresStoreOptions> = {}) {
    const store = createPostgresStore<Item, string>(
      { url: server.url, ...where },
      { name: 'dummies', idType: 'string', indexes: [], dateFields: [] },
    )
    await store.open(null)
    stores.push(store)
    return store
  }

  /** Ends the connections of all others, whatever they do. */
  function terminateAll(server: PostgresServer): Promise<string[][]> {
    return sendSql(
      server,
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()",
    )
  }

  test('a server that crashes under load and comes back: nothing acknowledged is lost or doubled', async () => {
    const server = await start()
    const store = await open(server)
    const load = new Load(store, 12)
    for (let round = 0; round < 3; round++) {
      await load.runFor(300)
      await server.crash()
      await load.runFor(200)
      await server.start()
      const back = performance.now()
      await load.nextSuccess()
      expect(performance.now() - back).toBeLessThan(RECOVERY_LIMIT_MS)
    }
    await load.end()
    await load.check(store)
    expect(load.acknowledged.size).toBeGreaterThan(100)
    expect(load.codes).toContain('OUTCOME_UNKNOWN')
  })

  test('a server that is away for longer than connectTimeoutMs is CONNECT_FAILED, and nothing of the write is stored', async () => {
    const server = await start()
    const store = await open(server, { connectTimeoutMs: 300 })
    await server.stop()
    await expect(store.insert(null, [{ id: 'a' }])).rejects.toMatchObject({ code: 'CONNECT_FAILED' })
    await expect(
      Promise.all(Array.from({ length: 30 }, () => store.getOneById(null, 'a'))),
    ).rejects.toMatchObject({ code: 'CONNECT_FAILED' })
    await server.start()
    expect(await store.getOneById(null, 'a')).toBeNull()
  })

  test('connections that are terminated while idle are never noticed', async () => {
    const server = await start()
    const store = await open(server)
    for (let round = 0; round < 20; round++) {
      await Promise.all(Array.from({ length: 5 }, (_, i) => store.upsert(null, [{ id: `${i}`, round }])))
      await terminateAll(server)
      await new Promise((resolve) => setTimeout(resolve, 20))
      expect(await store.upsert(null, [{ id: 'x', round }])).toEqual([{ id: 'x', round }])
    }
  })

  test('connections that are terminated under load: nothing acknowledged is lost or doubled', async () => {
    const server = await start()
    const store = await open(server)
    const load = new Load(store, 12)
    for (let round = 0; round < 10; round++) {
      await load.runFor(100)
      await terminateAll(server)
      await load.nextSuccess()
    }
    await load.end()
    await load.check(store)
  })

  test('a write that was sent and not answered is OUTCOME_UNKNOWN and not repeated; a read is repeated', async () => {
    const server = await start()
    const store = await open(server)
    await store.insert(null, [{ id: '1', n: 0 }])
    const blocker = new pg.Client({ connectionString: server.url })
    blocker.on('error', () => {})
    await blocker.connect()
    const lockedTerminate = async (call: Promise<unknown>) => {
      call.catch(() => {})
      await waitForLock(server)
      await sendSql(
        server,
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event_type = 'Lock'`,
      )
      await new Promise((resolve) => setTimeout(resolve, 50))
      await blocker.query('COMMIT')
      return call
    }
    await blocker.query('BEGIN; LOCK TABLE dummies IN ACCESS EXCLUSIVE MODE')
    expect(await lockedTerminate(Promise.resolve(store.count(null, ALL)))).toBe(1)
    await blocker.query('BEGIN; LOCK TABLE dummies IN ACCESS EXCLUSIVE MODE')
    await expect(lockedTerminate(Promise.resolve(store.merge(null, '1', { n: 1 })))).rejects.toMatchObject({
      code: 'OUTCOME_UNKNOWN',
    })
    await blocker.end()
    expect(await store.getOneById(null, '1')).toEqual({ id: '1', n: 0 })
  })

  test('a synchronous standby that is promoted: the store finds it by a URL of two hosts, nothing acknowledged is lost', async () => {
    const primary = await start()
    const seed = await open(primary)
    await seed.insert(null, [{ id: 'before' }])
    const standby = await startStandby(primary)
    servers.push(standby)
    await waitForSync(primary)
    // The standby first: a connection there has to be refused, and the other host tried.
    const url = `postgres://postgres@127.0.0.1:${standby.port},127.0.0.1:${primary.port}/postgres`
    const store = await open(primary, { url })
    const load = new Load(store, 12)
    await load.runFor(1000)
    expect(load.acknowledged.size).toBeGreaterThan(10)
    await primary.crash()
    await load.runFor(200)
    await sendSql(standby, 'SELECT pg_promote()')
    const promoted = performance.now()
    await load.nextSuccess()
    expect(performance.now() - promoted).toBeLessThan(RECOVERY_LIMIT_MS)
    await load.runFor(300)
    await load.end()
    await store.deleteByIds(null, ['before'])
    await load.check(store)
    expect(load.acknowledged.size).toBeGreaterThan(100)
  })

  test('writes that meet in a serializable database are repeated until they pass', async () => {
    const server = await start({ settings: { default_transaction_isolation: 'serializable' } })
    const [one, two] = [await open(server), await open(server)]
    await one.insert(null, [{ id: '1' }])
    for (let round = 0; round < 10; round++) {
      const writes = [one, two].flatMap((store, s) =>
        [0, 1].map((i) => store.merge(null, '1', { [`f${round}-${s}-${i}`]: 1 })),
      )
      await Promise.all(writes)
    }
    expect(Object.keys((await one.getOneById(null, '1')) as object)).toHaveLength(41)
  })
})

/** Makes the primary wait for its standby at each commit, and returns once the standby is one that it waits for. */
async function waitForSync(primary: PostgresServer): Promise<void> {
  await sendSql(primary, "ALTER SYSTEM SET synchronous_standby_names = 'standby'")
  await sendSql(primary, 'SELECT pg_reload_conf()')
  for (;;) {
    const [row] = await sendSql(primary, 'SELECT sync_state FROM pg_stat_replication')
    if (row?.[0] === 'sync') return
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** Until some backend waits for a lock. */
async function waitForLock(server: PostgresServer): Promise<void> {
  for (;;) {
    const [row] = await sendSql(
      server,
      "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'",
    )
    if (row?.[0] !== '0') return
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
