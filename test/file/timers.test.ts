import { mkdtempSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { mock } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { nodeDisk } from '../../src/file/NodeDisk.js'
import { SimulatedDisk } from '../simulated/SimulatedDisk.js'
import { codeOf, found, reopened } from './support/TestOwner.js'

/** Tests of applications fake time, or run where Node.js's globals are missing. What is written must not wait for that. */

describe.each([
  ['vi.useFakeTimers()', () => vi.useFakeTimers(), () => vi.useRealTimers()],
  [
    'mock.timers of node:test',
    () => mock.timers.enable({ apis: ['setImmediate', 'setTimeout'] }),
    () => mock.timers.reset(),
  ],
  [
    'globals as in jsdom',
    () => {
      vi.stubGlobal('setImmediate', undefined)
      vi.stubGlobal('performance', { now: () => 0 })
    },
    () => vi.unstubAllGlobals(),
  ],
])('with %s', (_, begin, end) => {
  let path = ''
  beforeEach(() => {
    path = join(mkdtempSync(join(tmpdir(), 'holdfast-timers-')), 'items.json')
    begin()
  })
  afterEach(end)

  test('writes at once resolve, also beside a checkpoint, and so do a save, a backup and close', async () => {
    const owner = await reopened(nodeDisk, path, { checkpointSize: 1000 })
    const rounds = 50
    for (let i = 0; i < rounds; i++)
      await Promise.all([owner.put(`a${i}`, 'x'.repeat(100)), owner.put(`b${i}`)])
    await owner.log.save(null, owner.items())
    await owner.log.backup(null, `${path}.copy`)
    await owner.close()
    expect((await reopened(nodeDisk, path)).list.length).toBe(2 * rounds)
  }, 10_000)

  test('who waits for the lock gets it', async () => {
    const first = await reopened(nodeDisk, path)
    const second = reopened(nodeDisk, path, { lockWaitMs: 8000 })
    await wait(100)
    await first.close()
    await (await second).close()
  }, 10_000)

  test('a socket that is silent counts as somebody', async () => {
    const name = join(path, '..', 'socket')
    const server = createServer(() => {}).listen(name)
    await wait(50)
    expect(await nodeDisk.greet(name)).toBe('')
    server.close()
  }, 10_000)

  test('a read-only opening of a damaged file says so', async () => {
    writeFileSync(path, 'nonsense')
    expect(await codeOf(reopened(nodeDisk, path, { readOnly: true }))).toBe('DATA_CORRUPTED')
  }, 10_000)

  test('at interval, what was written is flushed', async () => {
    const disk = new SimulatedDisk()
    disk.putFolder('/d')
    const owner = await reopened(disk, '/d/items.json', { durability: 'interval', flushIntervalMs: 10 })
    await owner.put('a')
    await wait(200)
    expect(await found(disk.afterCrash(0), '/d/items.json')).toBe('a')
  }, 10_000)
})
