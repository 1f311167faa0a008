import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { DiskFile } from '../../src/file/Disk.js'
import { UNUSED } from '../../src/file/frame.js'
import { IdentifiableFilePersistence } from '../../src/file/IdentifiableFilePersistence.js'
import { JsonFilePersister } from '../../src/file/JsonFilePersister.js'
import { framesOf } from '../file/support/journalOf.js'
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

/** A disk that shows a record of the journal as not yet written, to so many who open it for reading. */
class LateDisk extends SimulatedDisk {
  constructor(
    root: SimulatedDisk,
    readonly from: number,
    readonly to: number,
    public late: number,
  ) {
    super()
    for (const [path, bytes] of root.files()) this.putFile(path, bytes)
  }

  override async open(...args: Parameters<SimulatedDisk['open']>): Promise<DiskFile> {
    const file = await super.open(...args)
    if (!args[0].endsWith('.journal-1') || this.late-- <= 0) return file
    const read = file.read.bind(file)
    file.read = async (buffer, offset, length, position) => {
      const count = await read(buffer, offset, length, position)
      const place = (at: number) => Math.min(count, Math.max(0, at - position)) + offset
      buffer.fill(UNUSED, place(this.from), place(this.to))
      return count
    }
    return file
  }
}

test('a record that is written while the journal is read, in a tick of the clock, is no damage', async () => {
  const disk = new SimulatedDisk()
  const subject = await persistenceWith({ checkpointSize: 1_000_000 })(disk, PATH)
  const ends: number[] = []
  for (const id of ['a', 'b', 'c', 'd']) {
    await subject.create({ id, v: 1 })
    ends.push(framesOf(disk.getFile(`${PATH}.journal-1`)!).length)
  }
  const opened = (late: number) => {
    const seen = new LateDisk(disk.afterKill(), ends[0]!, ends[1]!, late)
    return new JsonFilePersister<Item>(PATH, { disk: seen }).load(null)
  }
  expect((await opened(1)).map((item) => item.id)).toEqual(['a', 'b', 'c', 'd'])
  // One that stays away is damage: what follows it says that it was on the disk.
  await expect(opened(1000)).rejects.toMatchObject({ code: 'DATA_CORRUPTED' })
})
