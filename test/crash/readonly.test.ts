import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { IdentifiableFilePersistence } from '../../src/file/IdentifiableFilePersistence.js'
import { JsonFilePersister } from '../../src/file/JsonFilePersister.js'
import { SimulatedDisk } from '../simulated/SimulatedDisk.js'
import { PATH } from './checkImage.js'
import { persistenceWith } from './PersistenceSubject.js'
import type { Item } from './Subject.js'

test('a reader beside an owner that writes and folds sees every moment whole', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-read-'))
  const path = join(folder, 'items.json')
  const owner = new IdentifiableFilePersistence<Item, string>(
    new JsonFilePersister(path, { checkpointSize: 1 }),
  )
  try {
    await owner.open(null)
    let acknowledged = 0
    let stop = false
    const writing = (async () => {
      while (!stop) {
        // Larger than what there was now and then, so that a fold is due again and again.
        await owner.create(null, {
          id: `i${acknowledged}`,
          v: acknowledged,
          text: 'x'.repeat((acknowledged % 7) * 3000),
        })
        acknowledged++
        if (acknowledged % 100 === 0) await owner.deleteByFilter(null, { v: { $lt: acknowledged - 20 } })
      }
    })()
    const reader = new JsonFilePersister<Item>(path)
    // Many reads beside many writes, whichever of the two the disk is slower at.
    for (let reads = 0; reads < 300 || acknowledged <= 100; reads++) {
      const least = acknowledged
      const items = await reader.load(null)
      const last = items.at(-1)?.v ?? -1
      expect(last).toBeGreaterThanOrEqual(least - 1)
      expect(items.map((item) => item.v)).toEqual(items.map((_, i) => items[0]!.v + i))
    }
    stop = true
    await writing
  } finally {
    await owner.close(null)
    rmSync(folder, { recursive: true, force: true })
  }
})

test('reading changes nothing on the disk, also where a kill left a journal with a torn end', async () => {
  const disk = new SimulatedDisk()
  const subject = await persistenceWith({ checkpointSize: 1_000_000 })(disk, PATH)
  await subject.create({ id: 'a', v: 1 })
  await subject.create({ id: 'b', v: 2 })
  disk.crashAt = disk.calls + 2
  void subject.create({ id: 'c', v: 3, text: 'x'.repeat(2000) })
  await disk.crashed
  for (let seed = 0; seed < 50; seed++) {
    const left = disk.afterCrash(seed)
    const before = JSON.stringify([...left.files()].map(([name, bytes]) => [name, [...bytes]]))
    const items = await new JsonFilePersister<Item>(PATH, { disk: left }).load(null)
    expect(items.slice(0, 2).map((item) => item.id)).toEqual(['a', 'b'])
    expect(left.version).toBe(0)
    expect(JSON.stringify([...left.files()].map(([name, bytes]) => [name, [...bytes]]))).toBe(before)
  }
})
