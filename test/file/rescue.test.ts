import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { IdentifiableFilePersistence, JsonFilePersister } from '../../src/index.js'
import { FailingDisk, once } from './support/FailingDisk.js'
import { codeOf, found, reopened, type TestOwner } from './support/TestOwner.js'

/*
 * What is in a journal and must not count, and what counts and is not safe in it: after a failure either is put right at
 * once, for nobody may call again before the process or the power ends.
 */

const PATH = '/d/items.json'
const isJournal = (path: string) => /journal-\d+$/.test(path)

async function foundAfterCuts(disk: FailingDisk): Promise<Set<string>> {
  const all = new Set<string>()
  for (let seed = 0; seed < 20; seed++) all.add(await found(disk.afterCrash(seed), PATH))
  return all
}

describe('at interval, acknowledged writes whose flush failed are written to new files without another call', () => {
  async function rescued(owner: TestOwner): Promise<void> {
    await expect.poll(() => owner.warnings.join()).toContain('all data was written to new files')
  }

  test('when it was that of the timer', async () => {
    const disk = new FailingDisk()
    const owner = await reopened(disk, PATH, { durability: 'interval', flushIntervalMs: 5 })
    await owner.put('a')
    disk.rule = once((call, path) => call === 'sync' && isJournal(path))
    await owner.put('b')
    await rescued(owner)
    expect(await foundAfterCuts(disk)).toEqual(new Set(['ab']))
  })

  test('when it was that of a checkpoint', async () => {
    const disk = new FailingDisk()
    const options = { durability: 'interval', flushIntervalMs: 30, checkpointSize: 300 } as const
    const owner = await reopened(disk, PATH, options)
    await owner.put('a')
    disk.rule = once((call, path) => call === 'sync' && isJournal(path))
    await owner.put('b', 'x'.repeat(400))
    await rescued(owner)
    expect(owner.warnings[0]).toContain('Folding the journal')
    expect(await foundAfterCuts(disk)).toEqual(new Set(['ab']))
  })
})

test('at none they are with the next call, which is told', async () => {
  const disk = new FailingDisk()
  const owner = await reopened(disk, PATH, { durability: 'none', checkpointSize: 300 })
  await owner.put('a')
  disk.rule = once((call, path) => call === 'sync' && isJournal(path))
  await owner.put('b', 'x'.repeat(400))
  await expect.poll(() => owner.warnings.join()).toContain('Folding the journal')
  await expect(owner.put('c')).rejects.toMatchObject({
    code: 'STORE_FAILED',
    message: expect.stringContaining('this call can be repeated'),
  })
  expect(await foundAfterCuts(disk)).toEqual(new Set(['ab']))
  await owner.put('c')
  expect(await found(disk.afterKill(), PATH)).toBe('abc')
})

describe.each(['interval', 'none'] as const)('a closing whose flush fails (%s)', (durability) => {
  test.each([true, false])(
    'is told once, and the next one succeeds (fold on close: %s)',
    async (foldOnClose) => {
      const disk = new FailingDisk()
      const owner = await reopened(disk, PATH, { durability, foldOnClose, flushIntervalMs: 100_000 })
      await owner.put('a')
      disk.rule = once((call, path) => call === 'sync' && isJournal(path))
      await expect(owner.close()).rejects.toMatchObject({
        code: 'STORE_FAILED',
        message: expect.stringMatching(
          /^A flush of "\/d\/items.json" failed: EIO.*this call can be repeated/,
        ),
      })
      expect(owner.warnings).toEqual([expect.stringContaining('all data was written to new files')])
      expect(await foundAfterCuts(disk)).toEqual(new Set(['a']))
      await owner.close()
      expect(await found(disk.afterCrash(0), PATH)).toBe('a')
    },
  )
})

test('a save whose file may or may not be in place is undone at once', async () => {
  const disk = new FailingDisk()
  disk.putFile(PATH, '[{"id":"A"}]')
  const owner = await reopened(disk, PATH)
  await owner.put('b')
  let isRenamed = false
  disk.rule = once((call, path) => {
    isRenamed ||= call === 'rename' && path === PATH
    return isRenamed && call === 'syncFolder'
  })
  expect(await codeOf(owner.log.save(null, [{ id: 'N' }]))).toBe('OUTCOME_UNKNOWN')
  expect(await found(disk.afterKill(), PATH)).toBe('Ab')
  expect(await foundAfterCuts(disk)).toEqual(new Set(['Ab']))
})

test('a save that was refused does not vouch for the file, though that holds the same', async () => {
  const disk = new FailingDisk()
  disk.putFile(PATH, '[\n{"id":"A"}\n]\n')
  const owner = await reopened(disk, PATH)
  await owner.put('b')
  disk.rule = (call, path) => (call === 'rename' && path === PATH ? 'EIO' : null)
  expect(await codeOf(owner.log.save(null, [{ id: 'A' }]))).toBe('WRITE_FAILED')
  expect(await found(disk.afterKill(), PATH)).toBe('Ab')
})

describe.each([
  ['durable writes', true],
  ['writes and flushes', false],
])('with %s', (_, durableWrites) => {
  test('a long batch that fails behind some of its writes is cut back to where it began', async () => {
    const disk = new FailingDisk(durableWrites)
    const owner = await reopened(disk, PATH)
    await owner.put('a')
    let writes = 0
    disk.rule = (call, path) => (call === 'write' && isJournal(path) && ++writes === 3 ? 'ENOSPC' : null)
    const item = (i: number) => ({ id: `L${i}`, v: 'x'.repeat(1_100_000) })
    const batch = Array.from({ length: 9 }, (_, i) => ({ op: 'put', id: `L${i}`, item: item(i) }) as const)
    expect(await codeOf(owner.batch(batch))).toBe('STORAGE_FULL')
    expect(writes).toBe(3)
    disk.rule = () => null
    await owner.put('d')
    expect(await found(disk.afterKill(), PATH)).toBe('ad')
  })

  test('all that waits behind a write that is refused is refused with it, however much that is', async () => {
    const disk = new FailingDisk(durableWrites)
    let hold: Promise<void> | null = null
    const open = disk.open.bind(disk)
    disk.open = async (path, ...rest) => {
      const file = await open(path, ...rest)
      const write: typeof file.write = async (...bytes) => {
        if (isJournal(path)) await hold
        return file.write(...bytes)
      }
      return { ...file, write }
    }
    const component = new IdentifiableFilePersistence<{ id: string; v?: number }, string>(
      new JsonFilePersister(PATH, { disk }),
    )
    await component.open(null)
    await component.create(null, { id: 'a' })
    let go = () => {}
    hold = new Promise((resolve) => {
      go = resolve
    })
    let writes = 0
    disk.rule = (call, path) => (call === 'write' && isJournal(path) && ++writes === 1 ? 'ENOSPC' : null)
    const outcomes = [codeOf(component.create(null, { id: 'x' }))]
    // More than can be on their way at once: some wait in the queue.
    for (let v = 1; v < 6; v++) {
      await turn()
      outcomes.push(codeOf(component.update(null, { id: 'x', v })))
    }
    go()
    expect(await Promise.all(outcomes)).toEqual(Array(6).fill('STORAGE_FULL'))
    expect(await found(disk.afterKill(), PATH)).toBe('a')
    await component.create(null, { id: 'x' })
    expect(await found(disk.afterKill(), PATH)).toBe('ax')
  })
})
