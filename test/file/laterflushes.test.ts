import { setImmediate as turn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { JournalHealth } from '../../src/file/JournalHealth.js'
import { LaterFlushes } from '../../src/file/LaterFlushes.js'
import type { StoreFiles } from '../../src/file/StoreFiles.js'

/** Flushes of a journal that end when they are told to. */
function flushesOf(): { flushes: LaterFlushes; ends: (() => void)[] } {
  const ends: (() => void)[] = []
  const journal = { sync: () => new Promise<void>((end) => ends.push(end)) }
  const files = { journal } as unknown as StoreFiles
  const health = { failure: null } as unknown as JournalHealth
  return { flushes: new LaterFlushes(files, health, 1000, () => {}), ends }
}

test('callers that wait for a flush under way share the next, and that counts as under way', async () => {
  const { flushes, ends } = flushesOf()
  const told: string[] = []
  void flushes.now().then(() => told.push('first'))
  await turn()
  void flushes.now().then(() => told.push('second'))
  void flushes.now().then(() => told.push('third'))
  void flushes.settled().then(() => told.push('settled'))
  await turn()
  expect(ends.length).toBe(1)
  ends[0]!()
  await turn()
  expect(ends.length).toBe(2)
  expect(told).toEqual(['first'])
  void flushes.now().then(() => told.push('fourth'))
  ends[1]!()
  await turn()
  expect(ends.length).toBe(3)
  expect(told).toEqual(['first', 'second', 'third'])
  ends[2]!()
  await turn()
  expect(told.slice(3).sort()).toEqual(['fourth', 'settled'])
})
