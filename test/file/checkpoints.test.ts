import { expect, test } from 'vitest'
import { SimulatedDisk } from '../simulated/SimulatedDisk.js'
import { framesOf } from './support/journalOf.js'
import { type Item, reopened, type TestOwner } from './support/TestOwner.js'

const PATH = '/d/items.json'

/** An item that takes a tenth of a millisecond to be made into text. */
class SlowItem implements Item {
  readonly id: string

  constructor(index: number) {
    this.id = `slow${index}`
  }

  toJSON(): Item {
    const end = performance.now() + 0.1
    while (performance.now() < end);
    return { id: this.id }
  }
}

const SLOW_ITEMS = 320

/** A store of slow items whose journal is just short of being folded. */
async function storeOfSlowItems(checkpointSize: number): Promise<{ disk: SimulatedDisk; owner: TestOwner }> {
  const disk = new SimulatedDisk()
  disk.putFolder('/d')
  const owner = await reopened(disk, PATH, { checkpointSize })
  owner.list = Array.from({ length: SLOW_ITEMS }, (_, i) => new SlowItem(i))
  return { disk, owner }
}

/** Bytes in frames. */
function sizeOf(disk: SimulatedDisk, name: string): number {
  return framesOf(disk.getFile(`${PATH}${name}`) ?? new Uint8Array(0)).length
}

function turn(): Promise<void> {
  return new Promise((resume) => setImmediate(resume))
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await turn()
}

test('a checkpoint leaves most of the time to other work', async () => {
  const { disk, owner } = await storeOfSlowItems(300)
  await owner.put('a', 'x'.repeat(300))
  await until(() => disk.getFile(`${PATH}.tmp-snapshot-2`) !== null)
  const from = performance.now()
  await until(() => disk.getFile(PATH) !== null)
  // 32 ms of work, and eight times that between its slices, less what timers cut off.
  expect(performance.now() - from).toBeGreaterThan(32 * 7)
  expect(JSON.parse(disk.getText(PATH)!)).toHaveLength(SLOW_ITEMS + 1)
  await owner.close()
})

test('writes wait for a checkpoint that they would outrun, and are all kept', async () => {
  const { disk, owner } = await storeOfSlowItems(3000)
  let written = 0
  let most = 0
  disk.onCall = () => {
    if (disk.getFile(PATH) === null) most = Math.max(most, sizeOf(disk, '.journal-2'))
  }
  while (disk.getFile(PATH) === null) {
    await owner.put(`b${written++}`, 'x'.repeat(300))
    // The simulated disk answers at once, and timers would never have a turn.
    await turn()
  }
  disk.onCall = null
  // The journal that is being folded, then as much again, and what was on its way when that was reached.
  expect(most).toBeGreaterThan(3000)
  expect(most).toBeLessThan(3000 + 5 * 400)
  await owner.close()
  const items = JSON.parse(disk.getText(PATH)!) as Item[]
  expect(items).toHaveLength(SLOW_ITEMS + written)
})

test('closing and saving do not wait for a checkpoint that rests', async () => {
  for (const end of ['close', 'save'] as const) {
    const { disk, owner } = await storeOfSlowItems(300)
    await owner.put('a', 'x'.repeat(300))
    await until(() => disk.getFile(`${PATH}.tmp-snapshot-2`) !== null)
    await turn()
    if (end === 'save') await owner.log.save(null, [{ id: 'x' }])
    else {
      owner.list = [{ id: 'x' }]
      await owner.close()
    }
    expect(JSON.parse(disk.getText(PATH)!)).toEqual([{ id: 'x' }])
    expect([...disk.files().keys()].filter((path) => path.includes('.tmp-'))).toEqual([])
    if (end === 'save') await owner.close()
  }
})

test('a checkpoint that becomes due while callers of one group are told has the journal for itself', async () => {
  const disk = new SimulatedDisk()
  disk.putFolder('/d')
  const owner = await reopened(disk, PATH, { checkpointSize: 1000 })
  await owner.put('a')
  const rename = disk.rename.bind(disk)
  let renaming = false
  disk.rename = async (from, to) => {
    renaming = to.endsWith('.journal-2')
    for (let i = 0; i < 10; i++) await turn()
    await rename(from, to)
    renaming = false
  }
  disk.onCall = () => expect(renaming && disk.log.at(-1)?.includes(' write ')).toBe(false)
  disk.recordLog = true
  // Told in two parts, with room for another group between them; the checkpoint is due with the first.
  const first = [owner.put('b', 'x'.repeat(1000)), owner.put('c')]
  await Promise.all(first.map((writing, i) => writing.then(() => owner.put(`d${i}`))))
  await until(() => disk.getFile(PATH) !== null && disk.getFile(`${PATH}.journal-1`) === null)
  expect((await reopened(disk.afterCrash(0), PATH)).ids()).toBe('abcd0d1')
  await owner.close()
})
