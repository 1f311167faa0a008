import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ConfigParams } from '../../src/component/index.js'
import { IdentifiablePostgresPersistence } from '../../src/postgres/index.js'
import { IdentifiableSqlitePersistence } from '../../src/sqlite/index.js'
import { type Note, newFolder } from './Notes.js'
import { sqliteDriverOf } from './sqliteProbe.js'

const sqlite = await sqliteDriverOf()

describe.skipIf(sqlite === null)('IdentifiableSqlitePersistence', () => {
  test.each([
    ['connection.database', (path: string) => path],
    ['connection.uri', (path: string) => `file:${path}`],
    ['connection.uri', (path: string) => `sqlite:${path}`],
    ['url', (path: string) => `sqlite:${path}`],
  ])('%s names the file', async (key, valueFor) => {
    const path = join(newFolder(), 'notes.db')
    const notes = new IdentifiableSqlitePersistence<Note>('notes', { driver: sqlite?.module })
    notes.configure(ConfigParams.fromTuples(key, valueFor(path)))
    await notes.open(null)
    expect(notes.capabilities?.name).toBe('sqlite')
    expect(existsSync(path)).toBe(true)
    await notes.close(null)
  })

  test('connection.uri goes before connection.database', async () => {
    const folder = newFolder()
    const notes = new IdentifiableSqlitePersistence<Note>('notes', { driver: sqlite?.module })
    const [uri, database] = [`file:${folder}/uri.db`, `${folder}/database.db`]
    notes.configure(ConfigParams.fromTuples('connection.uri', uri, 'connection.database', database))
    await notes.open(null)
    await notes.close(null)
    expect([existsSync(join(folder, 'uri.db')), existsSync(database)]).toEqual([true, false])
  })
})

/** What the driver was asked to connect to. */
interface Settings {
  readonly host: string
  readonly port: number
  readonly user?: string
  readonly password?: string
  readonly database?: string
  readonly ssl: unknown
}

/** A driver of a server that takes nobody in. */
function closedServer(): { driver: object; asked: Settings[] } {
  const asked: Settings[] = []
  class Client {
    constructor(settings: Settings) {
      asked.push(settings)
    }
    async connect() {
      throw Object.assign(new Error('no such user'), { code: '28000' })
    }
    async end() {}
    on() {}
  }
  return { driver: { Client }, asked }
}

/** Opens with these settings, and resolves with what the driver was asked and what open() said. */
async function askedBy(
  ...tuples: unknown[]
): Promise<{ asked: Settings[]; error: Error & { code?: string } }> {
  const { driver, asked } = closedServer()
  const notes = new IdentifiablePostgresPersistence<Note>('notes', { driver })
  notes.configure(ConfigParams.fromTuples('options.connect_timeout', 1, ...tuples))
  const error = await notes.open(null).then(
    () => new Error('It opened.'),
    (reason: Error) => reason,
  )
  return { asked, error }
}

describe('IdentifiablePostgresPersistence', () => {
  test('takes the connection and the credential apart, as Pip.Services has them', async () => {
    const { asked, error } = await askedBy(
      ...['connection.host', 'db.local', 'connection.port', '6543', 'connection.database', 'a b'],
      ...['credential.username', 'us:er', 'credential.password', 'p@s/s:w%rd'],
    )
    expect(error).toMatchObject({ code: 'CONNECT_FAILED' })
    expect(asked[0]).toMatchObject({
      host: 'db.local',
      port: 6543,
      database: 'a b',
      user: 'us:er',
      password: 'p@s/s:w%rd',
      ssl: false,
    })
  })

  test('has defaults for the port and what is left out', async () => {
    const { asked } = await askedBy('connection.host', 'db.local')
    expect(asked[0]).toMatchObject({ host: 'db.local', port: 5432, ssl: false })
    for (const name of ['user', 'password', 'database']) expect(asked[0]).not.toHaveProperty(name)
  })

  test.each(['url', 'connection.uri'])('%s says it all', async (key) => {
    const { asked } = await askedBy(key, 'postgres://me:se%40cret@db.local:6000/mine?sslmode=require')
    expect(asked[0]).toMatchObject({
      host: 'db.local',
      port: 6000,
      database: 'mine',
      user: 'me',
      password: 'se@cret',
      ssl: { rejectUnauthorized: false },
    })
  })

  test('connection.uri goes before connection.host', async () => {
    const { asked } = await askedBy(
      'connection.uri',
      'postgres://uri.local/a',
      'connection.host',
      'host.local',
    )
    expect(asked.map(({ host }) => host)).toEqual(['uri.local'])
  })

  test('a URL of several hosts asks one after the other', async () => {
    const { asked } = await askedBy('url', 'postgres://a.local:1,b.local,[::1]:7/db')
    expect(asked.slice(0, 3).map(({ host, port }) => [host, port])).toEqual([
      ['a.local', 1],
      ['b.local', 5432],
      ['::1', 7],
    ])
  })

  test.each([
    'postgres://me:secret@db.local/mine',
    'postgres://me:secret@db.local:port/mine',
    'postgres://me:secret@db.local/mine?sslmode=maybe',
    'postgres://me:secret@db.local/mine?application=x',
    'postgres://me:sec%ret@db.local/mine',
    'postgres://me:sec/ret@db.local/mine',
    'postgres://me:sec@ret@db.local/mine',
    'postgres://me:sec:ret@db.local/mine',
    'postgres://me:sec?ret@db.local/mine',
  ])('no error shows the password in %s', async (url) => {
    const { error } = await askedBy('url', url)
    expect(['BAD_CONFIG', 'CONNECT_FAILED']).toContain(error.code)
    expect(JSON.stringify(error) + error.stack).not.toMatch(/sec|ret/)
  })

  test.each([
    ['options.distribute', 'perhaps'],
    ['options.prepare', 'perhaps'],
    ['options.max_pool_size', '0'],
    ['options.connect_timeout', '-5'],
  ])('%s cannot be %j', async (key, value) => {
    expect((await askedBy('url', 'postgres://a.local/b', key, value)).error).toMatchObject({
      code: 'BAD_CONFIG',
    })
  })
})
