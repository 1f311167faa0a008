import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, statfsSync, unlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, expect, type TestContext, test } from 'vitest'
import { IdentifiableFilePersistence } from '../../src/file/IdentifiableFilePersistence.js'
import { JsonFilePersister } from '../../src/file/JsonFilePersister.js'

const root = join(import.meta.dirname, '../..')
const writer = join(import.meta.dirname, 'writer.mjs')
const ROUNDS = 36

beforeAll(() => {
  const built = spawnSync(process.execPath, [join(root, 'scripts/build.mjs')], {
    cwd: root,
    encoding: 'utf8',
  })
  if (built.status !== 0) throw new Error(built.stderr)
})

interface Item {
  id: string
  v: number
}

/** What may be in the store: for each id the value acknowledged last, and those asked for since. null: not there. */
class Expected {
  readonly #values = new Map<string, Set<number | null>>()
  acknowledged = 0

  take(line: string): void {
    const asked = line.startsWith('?')
    const [verb, id] = (asked ? line.slice(1) : line).split(' ')
    const value = verb === 'create' ? 0 : verb === 'update' ? 1 : null
    const known = this.#values.get(id!) ?? new Set([null])
    this.#values.set(id!, asked ? known.add(value) : new Set([value]))
    if (!asked) this.acknowledged++
  }

  /** What is wrong with the items found, which from now on are what is known. */
  settle(items: readonly Item[]): string[] {
    const found = new Map(items.map((item) => [item.id, item.v]))
    const wrong: string[] = []
    if (found.size !== items.length) wrong.push('an id is there twice')
    for (const id of found.keys()) if (!this.#values.has(id)) wrong.push(`${id} was never written`)
    for (const [id, allowed] of this.#values) {
      const value = found.get(id) ?? null
      if (!allowed.has(value)) wrong.push(`${id} is ${value}, expected ${[...allowed].join(' or ')}`)
      this.#values.set(id, new Set([value]))
    }
    return wrong
  }
}

/** Runs the writer and kills it after a random time; resolves when it is dead and all it said was heard. */
async function writeUntilKilled(
  variant: string,
  path: string,
  callers: number,
  prefix: string,
  expected: Expected,
) {
  const child = spawn(process.execPath, [writer, variant, path, String(callers), prefix])
  let rest = ''
  let errors = ''
  child.stderr.on('data', (data) => {
    errors += data
  })
  child.stdout.on('data', (data: Buffer) => {
    const lines = (rest + data).split('\n')
    rest = lines.pop()!
    for (const line of lines) {
      if (line === 'ready') setTimeout(() => child.kill('SIGKILL'), Math.random() ** 2 * 250)
      else expected.take(line)
    }
  })
  const [code] = await new Promise<[number | null]>((done) => child.once('close', (c) => done([c])))
  if (code !== null) throw new Error(`The writer ended with ${code}: ${errors}`)
}

async function series(variant: string, callers: number): Promise<{ acknowledged: number; replayed: number }> {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-kill-'))
  const path = join(folder, 'items.json')
  const expected = new Expected()
  let replayed = 0
  try {
    for (let round = 0; round < ROUNDS; round++) {
      await writeUntilKilled(variant, path, callers, `r${round}`, expected)
      // Now and then only looked at, so that the next writer has to recover by itself.
      const readOnly = round % 3 === 0
      const store = new IdentifiableFilePersistence<Item, string>(
        new JsonFilePersister(path, { readOnly, foldOnClose: round % 2 === 0 }),
      )
      await store.open(null)
      replayed += store.recovery?.batchesReplayed ?? 0
      const wrong = expected.settle(await store.getListByFilter(null, null, null, null))
      expect(wrong.slice(0, 10), `${variant}, ${callers} callers, round ${round}`).toEqual([])
      await store.close(null)
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  return { acknowledged: expected.acknowledged, replayed }
}

test('processes killed at any moment have lost nothing they acknowledged', async () => {
  const runs: [string, number][] = []
  for (const callers of [1, 64])
    for (const variant of ['plain', 'identifiable', 'assigned']) runs.push([variant, callers])
  const sum = { acknowledged: 0, replayed: 0 }
  const next = async () => {
    for (let run = runs.shift(); run !== undefined; run = runs.shift()) {
      const done = await series(...run)
      sum.acknowledged += done.acknowledged
      sum.replayed += done.replayed
    }
  }
  await Promise.all([next(), next(), next()])
  console.log(
    `real kills: ${6 * ROUNDS} rounds, ${sum.acknowledged} acknowledged writes all found, ${sum.replayed} batches replayed`,
  )
  expect(6 * ROUNDS).toBeGreaterThanOrEqual(200)
  expect(sum.acknowledged).toBeGreaterThan(1000)
  expect(sum.replayed).toBeGreaterThan(100)
}, 300_000)

/** Does something in a folder that is a disk of that size, where one can be mounted; else the test is left out. */
async function onDisk(
  context: TestContext,
  size: string,
  work: (disk: string) => Promise<void>,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-full-'))
  const disk = join(folder, 'disk')
  mkdirSync(disk)
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', disk]).status === 0
  try {
    if (!mounted) {
      console.log('A real full disk is not tested: no file system can be mounted here.')
      return context.skip()
    }
    await work(disk)
  } finally {
    if (mounted) spawnSync('umount', ['--lazy', disk])
    rmSync(folder, { recursive: true, force: true })
  }
}

test('a full disk refuses writes, keeps reading, and takes writes again when there is space', (context) =>
  onDisk(context, '2m', async (disk) => {
    const ballast = join(disk, 'ballast')
    writeFileSync(ballast, Buffer.alloc(1024 * 1024))
    const path = join(disk, 'items.json')
    const persister = () => new JsonFilePersister<Item>(path, { checkpointSize: 50_000 })
    let store = new IdentifiableFilePersistence<Item, string>(persister())
    await store.open(null)
    const kept: string[] = []
    let refused: { code?: string } | null = null
    for (let n = 0; n < 1000 && refused === null; n++) {
      const item = { id: `i${n}`, v: n, text: 'x'.repeat(5000) }
      await store.create(null, item).then(
        () => kept.push(item.id),
        (error) => {
          refused = error
        },
      )
    }
    expect(refused).toMatchObject({ code: 'STORAGE_FULL' })
    const ids = async () => (await store.getListByFilter(null, null, null, null)).map((item) => item.id)
    expect(await ids()).toEqual(kept)
    // More than the disk has beside the ballast, whatever a fold has freed in the meantime.
    const big = { id: 'big', v: 0, text: 'x'.repeat(1_100_000) }
    const error = await store.create(null, big).catch((thrown) => thrown)
    expect(error.code).toBe('STORAGE_FULL')
    expect(await ids()).toEqual(kept)
    unlinkSync(ballast)
    await store.create(null, { id: 'again', v: 0 })
    await store.close(null)
    store = new IdentifiableFilePersistence<Item, string>(persister())
    await store.open(null)
    expect(await ids()).toEqual([...kept, 'again'])
    await store.close(null)
  }))

test.for(['save', 'close'])('a disk full of space written ahead has room for a %s', (how, context) =>
  onDisk(context, '256k', async (disk) => {
    const path = join(disk, 'items.json')
    let store = new IdentifiableFilePersistence<Item, string>(new JsonFilePersister(path))
    await store.open(null)
    const items = ['a', 'b', 'c'].map((id) => ({ id, v: 0, text: 'x'.repeat(1000) }))
    // Half of the disk is filled with frames, and the other half ahead of them.
    for (let n = 0; n < 50; n++) for (const item of items) await store.set(null, item)
    expect(statfsSync(disk).bfree).toBe(0)
    if (how === 'save') await store.save(null)
    await store.close(null)
    store = new IdentifiableFilePersistence<Item, string>(new JsonFilePersister(path))
    await store.open(null)
    expect(await store.getListByFilter(null, null, null, null)).toEqual(items)
    await store.close(null)
  }),
)
