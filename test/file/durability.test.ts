import { execFileSync } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import type { Durability } from '../../src/file/FileOptions.js'
import { SimulatedDisk } from '../simulated/SimulatedDisk.js'
import { reopened } from './support/TestOwner.js'

// Each cell of the table in docs/durability.md. A system crash and a power cut leave the same here: what was flushed,
// and anything of the rest.

const PATH = '/d/items.json'
/** At `sync` a write is flushed within the call, or, where the system has no such files, by one of its own. */
const LEVELS: [Durability, string][] = [
  ['sync', 'flushed within'],
  ['sync', 'flushed after'],
  ['interval', 'flushed later'],
  ['none', 'not flushed'],
]

function diskFor(how: string): SimulatedDisk {
  const disk = new SimulatedDisk(3)
  disk.putFolder('/d')
  disk.durableWrites = how !== 'flushed after'
  return disk
}

async function written(durability: Durability, how = '', flushIntervalMs = 1_000_000) {
  const disk = diskFor(how)
  const owner = await reopened(disk, PATH, { durability, flushIntervalMs })
  for (const id of 'abcdef') await owner.put(id)
  return { disk, owner }
}

describe('a killed process', () => {
  test.each(LEVELS)('loses nothing acknowledged at %s, %s', async (durability, how) => {
    const { disk } = await written(durability, how)
    expect((await reopened(disk.afterKill(), PATH)).ids()).toBe('abcdef')
  })

  test.each(LEVELS)('at no call of a run, at %s, %s', async (durability, how) => {
    const disk = diskFor(how)
    const owner = await reopened(disk, PATH, { durability, flushIntervalMs: 1_000_000, checkpointSize: 300 })
    const images: [SimulatedDisk, string][] = []
    disk.onCall = () => images.push([disk.afterKill(), owner.ids()])
    for (const id of 'abcdefghijkl') await owner.put(id)
    await owner.close()
    disk.onCall = null
    for (const [image, ids] of images) expect((await reopened(image, PATH)).ids().startsWith(ids)).toBe(true)
  })
})

describe('a system crash or power cut', () => {
  test.each(['flushed within', 'flushed after'])('loses nothing acknowledged at sync, %s', async (how) => {
    const { disk } = await written('sync', how)
    for (let seed = 0; seed < 50; seed++)
      expect((await reopened(disk.afterCrash(seed), PATH)).ids()).toBe('abcdef')
  })

  test.each(['interval', 'none'] as const)(
    'can lose the last writes at %s, but never one before a kept one, and is never damage',
    async (durability) => {
      const { disk } = await written(durability)
      const found = new Set<string>()
      for (let seed = 0; seed < 200; seed++) found.add((await reopened(disk.afterCrash(seed), PATH)).ids())
      for (const ids of found) expect('abcdef'.startsWith(ids)).toBe(true)
      // That something can be lost shows that the test would notice a flush: none is made at these levels.
      expect(found.has('')).toBe(true)
    },
  )

  test('loses nothing at interval once the interval and a flush are over', async () => {
    const { disk } = await written('interval', '', 5)
    await vi.waitFor(async () => expect((await reopened(disk.afterCrash(0), PATH)).ids()).toBe('abcdef'))
  })

  test.each(LEVELS)('loses nothing after flush() at %s, %s', async (durability, how) => {
    const { disk, owner } = await written(durability, how)
    await owner.log.flush(null)
    for (let seed = 0; seed < 20; seed++)
      expect((await reopened(disk.afterCrash(seed), PATH)).ids()).toBe('abcdef')
  })

  test.each(LEVELS)('loses nothing after close(), folded or not, at %s, %s', async (durability, how) => {
    for (const foldOnClose of [true, false]) {
      const disk = diskFor(how)
      const owner = await reopened(disk, PATH, { durability, flushIntervalMs: 1_000_000, foldOnClose })
      for (const id of 'abcdef') await owner.put(id)
      await owner.close()
      for (let seed = 0; seed < 20; seed++) {
        expect((await reopened(disk.afterCrash(seed), PATH)).ids()).toBe('abcdef')
      }
    }
  })

  test.each(LEVELS)('loses nothing that was saved, at %s, %s', async (durability, how) => {
    const { disk, owner } = await written(durability, how)
    await owner.log.save(null, [{ id: 'x' }])
    for (let seed = 0; seed < 20; seed++)
      expect((await reopened(disk.afterCrash(seed), PATH)).ids()).toBe('x')
  })
})

test.each([
  ['flushed within', ['write', 'flush']],
  ['flushed after', ['write', 'sync']],
])('callers that wait at the same time share one write and one flush, %s', async (how, calls) => {
  const disk = diskFor(how)
  const owner = await reopened(disk, PATH)
  await owner.put('first')
  disk.recordLog = true
  await Promise.all(Array.from({ length: 64 }, (_, i) => owner.put(`i${i}`)))
  expect(disk.log.map((line) => line.split(' ')[1])).toEqual(calls)
})

test('the interval starts one flush for all writes in it', async () => {
  const { disk, owner } = await written('interval', '', 30)
  disk.recordLog = true
  for (let i = 0; i < 10; i++) await owner.put(`i${i}`)
  await new Promise((resume) => setTimeout(resume, 80))
  expect(disk.log.filter((line) => line.includes(' sync ')).length).toBe(1)
})

test('a process that has nothing else to do ends after the flush that is due, and not before', () => {
  const program = `
    const { JsonFilePersister, IdentifiableFilePersistence } = await import('./src/index.ts')
    const options = { durability: 'interval', flushIntervalMs: 1500 }
    const items = new IdentifiableFilePersistence(new JsonFilePersister(process.argv[1], options))
    await items.open(null)
    await items.create(null, { id: 'a' })
    const from = performance.now()
    process.once('exit', () => console.log(performance.now() - from))`
  const path = join(mkdtempSync(join(tmpdir(), 'holdfast-interval-')), 'items.json')
  const command = ['--import', 'tsx', '--input-type=module', '-e', program, path]
  const lived = Number(execFileSync(process.execPath, command, { encoding: 'utf8' }))
  expect(lived).toBeGreaterThan(1400)
})

test('a fold waits for the flush that is under way', async () => {
  const disk = new SimulatedDisk()
  disk.putFolder('/d')
  const owner = await reopened(disk, PATH, { durability: 'none' })
  await owner.put('a')
  // The flush is asked for and not awaited: the journal is no longer unflushed, and not flushed yet.
  const flushing = owner.log.flush(null)
  const saving = owner.log.save(null, [{ id: 'b' }])
  disk.recordLog = true
  await Promise.all([flushing, saving])
  const next = disk.log.findIndex((line) => line.includes('rename') && line.includes('journal-2'))
  const image = disk.log.slice(0, next)
  expect(next).toBeGreaterThan(0)
  expect(image.some((line) => line.includes('create') && line.includes('tmp-journal-2'))).toBe(true)
  expect((await reopened(disk.afterCrash(0), PATH)).ids()).toBe('b')
})
