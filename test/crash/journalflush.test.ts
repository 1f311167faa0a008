import { expect, test } from 'vitest'
import { FRAME_HEADER_SIZE, JOURNAL_HEADER_SIZE, KIND_BATCH } from '../../src/file/frame.js'
import { Journal } from '../../src/file/Journal.js'
import { SimulatedDisk } from '../simulated/SimulatedDisk.js'

const LINE = '["clear"]\n'

test('a flush beside a write counts no frame that it need not have covered, and the next one covers it', async () => {
  for (let seed = 0; seed < 40; seed++) {
    const disk = new SimulatedDisk(seed)
    const header = { generation: 1, first: 1, base: { kind: 'none' }, lineage: '0011223344556677' } as const
    const journal = await Journal.create(disk, '/items.json', '/', header)
    await journal.append([LINE], KIND_BATCH)
    const writing = journal.append([LINE], KIND_BATCH)
    for (let turns = seed % 8; turns > 0; turns--) await null
    await journal.sync()
    await writing

    const durable = () => {
      const size = disk.afterCrash(0).getFile(journal.path)!.length - JOURNAL_HEADER_SIZE
      return size / (FRAME_HEADER_SIZE + LINE.length)
    }
    expect(journal.flushed, `seed ${seed}`).toBeLessThanOrEqual(durable())
    await journal.sync()
    expect(journal.flushed).toBe(2)
    expect(durable(), `seed ${seed}`).toBe(2)
  }
})
