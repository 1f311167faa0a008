import { existsSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { ConfigParams } from '../../src/component/index.js'
import { sqliteDrivers } from '../sqlite/driver.js'
import { configured, Notes, newFolder } from './Notes.js'

const { drivers, reasons } = await sqliteDrivers()
const sqlite = drivers.values().next().value

async function failure(attempt: Promise<unknown>): Promise<Error & { code?: string }> {
  try {
    await attempt
  } catch (error) {
    return error as Error
  }
  throw new Error('It did not fail.')
}

describe('the URL names the store', () => {
  test('memory: keeps no file', async () => {
    const notes = new Notes({ url: 'memory:' })
    await notes.open(null)
    expect(notes.capabilities).toMatchObject({ name: 'memory', durable: false })
    await notes.close(null)
  })

  test.each([
    ['a path from the root', (path: string) => `file:${path}`],
    ['a path from the working directory', (path: string) => `file:${relative(process.cwd(), path)}`],
    [
      'a path from the working directory with ./',
      (path: string) => `file:./${relative(process.cwd(), path)}`,
    ],
    ['a file URL', (path: string) => pathToFileURL(path).href],
  ])('file: takes %s', async (_, urlOf) => {
    const path = join(newFolder(), 'new folder', 'ü notes.json')
    const notes = new Notes({ url: urlOf(path) })
    await notes.open(null)
    expect(notes.capabilities).toMatchObject({ name: 'file', durable: true })
    await notes.create(null, { id: '1', key: 'a' })
    await notes.close(null)
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual([{ id: '1', key: 'a' }])
  })

  test.skipIf(sqlite === undefined).each([
    ['a path', (path: string) => `sqlite:${path}`],
    ['a URL with slashes', (path: string) => pathToFileURL(path).href.replace('file:', 'sqlite:')],
  ])('sqlite: takes %s', async (_, urlOf) => {
    const path = join(newFolder(), 'new folder', 'notes.db')
    const notes = new Notes({ url: urlOf(path), driver: sqlite })
    await notes.open(null)
    expect(notes.capabilities).toMatchObject({ name: 'sqlite', durable: true, order: 'id' })
    await notes.close(null)
    expect(readFileSync(path).subarray(0, 15).toString()).toBe('SQLite format 3')
  })

  test.skipIf(sqlite === undefined)('sqlite::memory: is not durable', async () => {
    const notes = new Notes({ url: 'sqlite::memory:', driver: sqlite })
    await notes.open(null)
    expect(notes.capabilities).toMatchObject({ name: 'sqlite', durable: false })
    await notes.close(null)
    expect(existsSync(':memory:')).toBe(false)
  })

  test.skipIf(sqlite !== undefined)(`sqlite: has no driver here: ${reasons.join('; ')}`, ({ skip }) => skip())
})

describe('a URL that names no store', () => {
  test('no URL at all is BAD_CONFIG and shows what to configure', async () => {
    const error = await failure(new Notes().open(null))
    expect(error).toMatchObject({ code: 'BAD_CONFIG', message: expect.stringContaining('no url is set') })
    for (const scheme of ['"memory:"', '"file:', '"sqlite:', '"postgres:'])
      expect(error.message).toContain(scheme)
  })

  test.each([
    'floppy:a',
    'items.json',
    './items.json',
    'MEMORY',
    'https://example.org/x',
    'file:',
    'sqlite:',
    ':',
  ])('%j is BAD_CONFIG, at open and not before', async (url) => {
    const notes = configured('url', url)
    expect(await failure(notes.open(null))).toMatchObject({
      code: 'BAD_CONFIG',
      message: expect.stringContaining(url),
    })
    expect(notes.isOpen()).toBe(false)
    notes.configure(ConfigParams.fromTuples('url', 'memory:'))
    await notes.open(null)
    expect(notes.isOpen()).toBe(true)
  })

  test.each([
    ['file://./data/x.json', 'file:./data/x.json'],
    ['file://data/x.json', 'file:data/x.json'],
    ['file:///a%2Fb.json', 'file:/a%2Fb.json'],
    ['file:///a%zz.json', 'file:/a%zz.json'],
    ['sqlite://./data/app.db', 'sqlite:./data/app.db'],
  ])('%j is BAD_CONFIG, and %j is named instead', async (url, instead) => {
    expect(await failure(new Notes({ url }).open('call-7'))).toMatchObject({
      code: 'BAD_CONFIG',
      trace_id: 'call-7',
      cause: expect.any(Error),
      message: expect.stringContaining(`"${instead}"`),
    })
  })

  test.each([5, true, {}, new URL('file:///data/x.json')])('%s is BAD_CONFIG', async (url) => {
    expect(await failure(new Notes({ url: url as never }).open(null))).toMatchObject({ code: 'BAD_CONFIG' })
  })

  test('the trace id of the opening is in the error', async () => {
    expect(await failure(new Notes().open('call-7'))).toMatchObject({ trace_id: 'call-7' })
  })

  test.each([
    'mysql://user:secret@host/db',
    'mysql://user:sec/ret@host/db',
    'mysql://user:sec@ret@host/db',
    'mysql://user:se:cret@host/db',
    'mysql://user:%73ecret@host/db',
    'file://user:secret@host/db',
  ])('no message shows the password in %s', async (url) => {
    const { message } = await failure(new Notes({ url }).open(null))
    for (const part of ['secret', 'sec/', 'ret@', 'se:', ':cret', '%73', 'sec@'])
      expect(message).not.toContain(part)
    expect(message).toContain('://***@host/db')
  })
})

describe('what a store cannot do is refused at open', () => {
  test.each([
    'sqlite:./never-made.db',
    'postgres://nobody@127.0.0.1:1/none',
    'postgresql://nobody@127.0.0.1:1/none',
  ])('frozen reads on %s are UNSUPPORTED', async (url) => {
    const notes = configured('url', url, 'options.reads', 'frozen')
    expect(await failure(notes.open(null))).toMatchObject({ code: 'UNSUPPORTED' })
    expect(existsSync('never-made.db')).toBe(false)
  })
})

describe('drivers', () => {
  afterEach(() => {
    for (const name of ['better-sqlite3', 'node:sqlite', 'pg']) vi.doUnmock(name)
  })

  test('without a SQLite driver open is NO_DRIVER, and the component can be opened elsewhere', async () => {
    for (const name of ['better-sqlite3', 'node:sqlite']) {
      vi.doMock(name, () => {
        throw new Error('not installed')
      })
    }
    const notes = new Notes({ url: `sqlite:${newFolder()}/a.db` })
    expect(await failure(notes.open(null))).toMatchObject({
      code: 'NO_DRIVER',
      message: expect.stringContaining('npm install better-sqlite3'),
    })
    notes.configure(ConfigParams.fromTuples('url', 'memory:'))
    await notes.open(null)
    expect(notes.isOpen()).toBe(true)
  })

  test('without pg open is NO_DRIVER', async () => {
    vi.doMock('pg', () => {
      throw new Error('not installed')
    })
    expect(await failure(new Notes({ url: 'postgres://a@127.0.0.1:1/b' }).open(null))).toMatchObject({
      code: 'NO_DRIVER',
      message: expect.stringContaining('npm install pg'),
    })
  })

  test.each(['sqlite::memory:', 'postgres://a@127.0.0.1:1/b'])(
    'a driver that is none is BAD_CONFIG on %s',
    async (url) => {
      expect(await failure(new Notes({ url, driver: {} }).open(null))).toMatchObject({ code: 'BAD_CONFIG' })
    },
  )
})
