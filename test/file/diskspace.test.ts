import fc from 'fast-check'
import { expect, test } from 'vitest'
import { IdentifiableFilePersistence } from '../../src/file/IdentifiableFilePersistence.js'
import { JsonFilePersister, type JsonFilePersisterOptions } from '../../src/file/JsonFilePersister.js'
import { settled } from '../crash/history.js'
import { SimulatedDisk } from '../simulated/SimulatedDisk.js'

/*
 * Use of the disk, with items that are written again and again in the same size, so that the data is as large all the
 * time. The 8 MiB of docs/durability.md are twice the default of `checkpoint_size`; here that is less.
 */

const PATH = '/d/items.json'
const CHECKPOINT_SIZE = 32 * 1024
/** Headers of journals, and frames that say what was folded. */
const FEW = 1024

interface Item {
  id: string
  v: number
  text: string
}

class Items extends IdentifiableFilePersistence<Item, string> {
  /** A subclass that has had `_items` in hand: from here on all items are checked before they are written. */
  reachItems(): number {
    return this._items.length
  }
}

/** A disk whose folders and snapshots are slow, so that much is written beside a fold. */
function slowDisk(turns: number): SimulatedDisk {
  const disk = new SimulatedDisk()
  disk.putFolder('/d')
  return slowed(disk, turns)
}

function slowed(disk: SimulatedDisk, turns: number): SimulatedDisk {
  disk.durableWrites = true
  const wait = async () => {
    for (let i = 0; i < turns; i++) await turn()
  }
  const { open, rename, unlink, syncFolder } = disk
  disk.open = async (path, ...rest) => {
    const file = await open.call(disk, path, ...rest)
    if (!path.includes('.tmp-snapshot')) return file
    const write = file.write.bind(file)
    file.write = (...args) => wait().then(() => write(...args))
    return file
  }
  disk.rename = (...args) => wait().then(() => rename.apply(disk, args))
  disk.unlink = (...args) => wait().then(() => unlink.apply(disk, args))
  disk.syncFolder = (...args) => wait().then(() => syncFolder.apply(disk, args))
  return disk
}

function turn(): Promise<void> {
  return new Promise((resume) => setImmediate(resume))
}

/** Waits until no fold is under way. */
async function atRest(disk: SimulatedDisk): Promise<void> {
  const isFolding = () => {
    const names = [...disk.files().keys()]
    return (
      names.some((name) => name.includes('.tmp-')) ||
      names.filter((name) => name.includes('.journal-')).length > 1
    )
  }
  for (let quiet = 0; quiet < 10; quiet++) {
    // A slow call takes more turns than this waits for, and between two folds there is nothing to be seen of them.
    await settled(disk)
    if (isFolding()) quiet = 0
  }
}

function storeOn(disk: SimulatedDisk, options: JsonFilePersisterOptions = {}): Items {
  return new Items(new JsonFilePersister<Item>(PATH, { disk, checkpointSize: CHECKPOINT_SIZE, ...options }))
}

const stores = fc.record({
  durability: fc.constantFrom('sync' as const, 'none' as const),
  inHand: fc.boolean(),
  /** Items that are written, each by a caller of its own. */
  callers: fc.constantFrom(1, 3, 20),
  size: fc.constantFrom(100, 3000, 9000, 100_000),
  /** Small items that are only there. */
  others: fc.constantFrom(0, 100, 4000),
  turns: fc.constantFrom(0, 5, 20),
})

test('the disk never holds more than three times the data and the journals of a small store, at rest twice', async () => {
  let folds = 0
  const check = async ({
    durability,
    inHand,
    callers,
    size,
    others,
    turns,
  }: typeof stores extends fc.Arbitrary<infer V> ? V : never) => {
    const disk = slowDisk(turns)
    const store = storeOn(disk, { durability })
    await store.open(null)
    const text = 'x'.repeat(size)
    const written = Array.from({ length: callers }, (_, i) => ({ id: `w${i}`, v: 1e6, text }))
    const rest = Array.from({ length: others }, (_, i) => ({ id: `o${i}`, v: 0, text: '' }))
    await store.createMany(null, [...written, ...rest])
    await store.save(null)
    if (inHand) store.reachItems()
    const live = disk.getFile(PATH)!.length
    let most = 0
    disk.onCall = () => {
      most = Math.max(most, disk.used())
    }
    const inode = () => disk.stat(PATH)
    let last = await inode()
    const write = async ({ id }: Item) => {
      const times = Math.ceil((4 * live + 8 * CHECKPOINT_SIZE) / callers / size)
      for (let i = 0; i < Math.min(times, 300); i++) {
        await store.update(null, { id, v: 1e6 + i, text })
        const now = await inode()
        if (now!.inode !== last!.inode) folds++
        last = now
      }
    }
    await Promise.all(written.map(write))
    expect(most).toBeLessThanOrEqual(3 * live + 2 * CHECKPOINT_SIZE + FEW)
    await atRest(disk)
    expect(disk.used()).toBeLessThanOrEqual(2 * live + 2 * CHECKPOINT_SIZE + FEW)
    disk.onCall = null
    await store.close(null)
  }
  // Where what is written ahead counts, and where items are checked for long.
  const examples: [Parameters<typeof check>[0]][] = [
    [{ durability: 'sync', inHand: true, callers: 20, size: 100, others: 0, turns: 20 }],
    [{ durability: 'none', inHand: true, callers: 20, size: 3000, others: 4000, turns: 0 }],
  ]
  await fc.assert(fc.asyncProperty(stores, check), { numRuns: 50, endOnFailure: true, examples })
  expect(folds).toBeGreaterThan(100)
}, 60_000)

test('nor at rest, when a store has become much smaller while it was folded', async () => {
  const disk = slowDisk(10)
  const store = storeOn(disk)
  await store.open(null)
  const items = Array.from({ length: 3000 }, (_, i) => ({ id: `${i}`, v: 0, text: 'x'.repeat(200) }))
  await store.createMany(null, items)
  await store.save(null)
  const before = disk.getFile(PATH)!.length
  await store.deleteByIds(
    null,
    items.slice(10).map(({ id }) => id),
  )
  // Stops short of where writes would wait for the fold, and go on behind it.
  const isEnough = () => {
    const journals = [...disk.files()].filter(([name]) => name.includes('.journal-')).sort()
    return journals.length === 2 && journals[1]![1].length > before / 4
  }
  const write = async (id: string) => {
    while (!isEnough()) await store.update(null, { id, v: 1, text: 'x'.repeat(2000) })
  }
  await Promise.all(items.slice(0, 10).map(({ id }) => write(id)))
  await atRest(disk)
  const live = JSON.stringify(await store.getListByFilter(null, null, null, null)).length
  expect(disk.used()).toBeLessThanOrEqual(2 * live + 2 * CHECKPOINT_SIZE + FEW)
  await store.close(null)
})

test('nor when folds have failed and a save went well', async () => {
  const disk = slowDisk(0)
  const { open } = disk
  let isFull = true
  disk.open = async (path, ...rest) => {
    if (isFull && path.includes('.tmp-snapshot'))
      throw Object.assign(new Error('no room'), { code: 'ENOSPC' })
    return open.call(disk, path, ...rest)
  }
  const store = storeOn(disk)
  await store.open(null)
  const text = 'x'.repeat(5000)
  for (let i = 0; i < 20; i++) await store.set(null, { id: 'a', v: i, text })
  await settled(disk)
  expect(disk.used()).toBeGreaterThan(100_000)
  isFull = false
  await store.save(null)
  for (let i = 0; i < 40; i++) await store.set(null, { id: 'a', v: i, text })
  await atRest(disk)
  expect(disk.used()).toBeLessThanOrEqual(2 * text.length + 2 * CHECKPOINT_SIZE + FEW)
  await store.close(null)
})

test.each([
  ['a kill', 20, 20_000],
  ['a kill', 100, 1000],
  ['closing without a fold', 20, 20_000],
  ['closing without a fold', 100, 1000],
])(
  'nor when each opening ends before a fold is through, by %s, after %d writes of %d characters',
  async (end, times, size) => {
    const text = 'x'.repeat(size)
    const turns = 20
    let disk = slowDisk(turns)
    let most = 0
    for (let i = 0; i < times; i++) {
      const opened = disk
      opened.onCall = () => {
        most = Math.max(most, opened.used())
      }
      const store = storeOn(opened, { foldOnClose: false })
      await store.open(null)
      await store.set(null, { id: 'a', v: i, text })
      if (end === 'a kill') {
        disk = slowed(opened.afterKill(), turns)
        opened.crash()
      } else await store.close(null)
    }
    // An opening copies the last journal.
    const copy = 2 * CHECKPOINT_SIZE
    expect(most).toBeLessThanOrEqual(3 * text.length + 2 * CHECKPOINT_SIZE + copy + FEW)
  },
)

test.each(['a kill', 'closing without a fold', 'failing folds'])(
  'nor do journals gather, by %s',
  async (how) => {
    const text = 'x'.repeat(50)
    let disk = slowDisk(0)
    let most = 0
    let reached = 0
    for (let i = 0; i < 20; i++) {
      const opened = disk
      const { open } = opened
      // No fold gets past its second step.
      let isReached = false
      let end = () => {}
      const ended = new Promise<void>((resolve) => {
        end = resolve
      })
      opened.open = async (path, ...rest) => {
        if (!path.includes('.tmp-snapshot')) return open.call(opened, path, ...rest)
        isReached = true
        reached++
        if (how !== 'failing folds') await ended
        throw Object.assign(new Error('no room'), { code: 'ENOSPC' })
      }
      // Due at once, and far from where writes would wait for the fold.
      const store = storeOn(opened, { foldOnClose: false, checkpointSize: 20_000 })
      await store.open(null)
      expect((await store.getOneById(null, 'a'))?.v).toBe(i === 0 ? undefined : i - 1)
      if (i === 0) await store.set(null, { id: 'b', v: 0, text: 'x'.repeat(21_000) })
      await store.set(null, { id: 'a', v: -1, text })
      for (let turns = 0; turns < 100 && !isReached; turns++) await turn()
      await store.set(null, { id: 'a', v: i, text })
      most = Math.max(most, [...opened.files().keys()].filter((name) => name.includes('.journal-')).length)
      if (how === 'closing without a fold') {
        const closed = store.close(null)
        end()
        await closed
        opened.open = open
      } else {
        disk = slowed(opened.afterKill(), 0)
        opened.crash()
      }
    }
    expect(reached).toBeGreaterThan(15)
    expect(most).toBeGreaterThan(1)
    expect(most).toBeLessThanOrEqual(3)
    const store = storeOn(disk)
    await store.open(null)
    expect(await store.getOneById(null, 'a')).toEqual({ id: 'a', v: 19, text })
    await store.close(null)
    expect([...disk.files().keys()]).toEqual([PATH])
  },
)
