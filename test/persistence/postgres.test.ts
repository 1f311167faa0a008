import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ConfigParams } from '../../src/component/index.js'
import { type PostgresServer, serverProblem, startServer } from '../postgres/server.js'
import { Notes, notesUpTo } from './Notes.js'

const problem = await serverProblem()

/** What was sent to a server: the texts, and the names under which statements are kept. */
interface Sent {
  clients: number
  readonly queries: { readonly text: string; readonly name?: string }[]
}

/** The driver, telling what is sent by it. */
function listening(): { driver: object; sent: Sent } {
  const sent: Sent = { clients: 0, queries: [] }
  class Client extends pg.Client {
    constructor(settings: object) {
      super(settings)
      sent.clients++
    }
    override query(query: never): never {
      sent.queries.push(query)
      return super.query(query) as never
    }
  }
  return { driver: { Client }, sent }
}

test.skipIf(problem === null)(`there is no PostgreSQL here: ${problem}`, ({ skip }) => skip())

describe.skipIf(problem !== null)('settings of the PostgreSQL store', () => {
  let server: PostgresServer
  beforeAll(async () => {
    server = await startServer()
  })
  afterAll(() => server.remove())

  function notesBy(driver: unknown, ...tuples: unknown[]): Notes {
    const notes = new Notes({ url: server.url, driver })
    notes.configure(ConfigParams.fromTuples(...tuples))
    return notes
  }

  test('schema and table say where the items are', async () => {
    const notes = notesBy(pg, 'schema', 'My "schema"', 'table', 'memos')
    await notes.open(null)
    await notes.createMany(null, notesUpTo(3))
    const client = new pg.Client(server.url)
    await client.connect()
    const { rows } = await client.query('SELECT id FROM "My ""schema""".memos ORDER BY id')
    await client.end()
    expect(rows.map(({ id }) => id)).toEqual(['n00000', 'n00001', 'n00002'])
    await notes.close(null)
  })

  test.each([2, 4])('options.max_pool_size %d is the most connections at once', async (size) => {
    const { driver, sent } = listening()
    const notes = notesBy(driver, 'options.max_pool_size', size, 'table', `pool_${size}`)
    await notes.open(null)
    await Promise.all(Array.from({ length: 20 }, (_, i) => notes.getOneById(null, `n${i}`)))
    expect(sent.clients).toBe(size)
    await notes.close(null)
  })

  test.each([
    ['true', true],
    ['false', false],
    [null, false],
  ])('options.prepare %s keeps statements: %s', async (prepare, kept) => {
    const { driver, sent } = listening()
    const notes = notesBy(driver, 'options.prepare', prepare, 'table', 'prepared')
    await notes.open(null)
    sent.queries.length = 0
    await notes.getOneById(null, 'a')
    expect(sent.queries).toHaveLength(1)
    expect(sent.queries[0]?.name !== undefined).toBe(kept)
    await notes.close(null)
  })

  test('options.distribute is refused where Citus is not', async () => {
    const notes = notesBy(pg, 'options.distribute', 'true', 'table', 'spread')
    await expect(notes.open(null)).rejects.toMatchObject({ code: 'UNSUPPORTED' })
  })

  test('options.connect_timeout bounds the wait at open', async () => {
    const notes = notesBy(pg, 'url', 'postgres://me@127.0.0.1:1/none', 'options.connect_timeout', 100)
    const from = performance.now()
    await expect(notes.open(null)).rejects.toMatchObject({ code: 'CONNECT_FAILED' })
    expect(performance.now() - from).toBeLessThan(5000)
  })

  test('copyTo() takes items there, and back in order', async () => {
    const from = new Notes({ url: 'memory:' })
    await from.open(null)
    await from.createMany(null, notesUpTo(25))
    const to = notesBy(pg, 'table', 'copied')
    await to.open(null)
    expect(await from.copyTo(null, to, { batchSize: 10 })).toBe(25)
    const back = new Notes({ url: 'memory:' })
    await back.open(null)
    expect(await to.copyTo(null, back, { batchSize: 10 })).toBe(25)
    expect(await back.getListByFilter(null, null)).toEqual(notesUpTo(25))
    await to.close(null)
  })
})
