import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { DiskFile } from '../../src/file/Disk.js'
import { IdentifiableFilePersistence } from '../../src/file/IdentifiableFilePersistence.js'
import { JsonFilePersister } from '../../src/file/JsonFilePersister.js'
import { OldFileDiffers, OldLines, type Unchanged } from '../../src/file/OldLines.js'
import { type WrittenSnapshot, writeSnapshot } from '../../src/file/SnapshotWriter.js'
import { SimulatedDisk } from '../simulated/SimulatedDisk.js'
import { type Item, reopened } from './support/TestOwner.js'

const PATH = '/d/items.json'

/** Items from a few bytes to longer than what is read or written in one go, some of them not in ASCII. */
const text = fc
  .tuple(fc.constantFrom('x', 'ä', '€', '😀', '\n'), fc.constantFrom(0, 1, 7, 300, 40_000, 300_000))
  .map(([character, length]) => character.repeat(length))
/** What becomes of an item: it stays, gets another text, or goes. */
const fate = fc.constantFrom('stays', 'stays', 'stays', 'changes', 'goes')

/** Writes /new, with what `unchanged` says from /old. */
async function write(disk: SimulatedDisk, items: readonly unknown[], unchanged: Unchanged | null) {
  const old = unchanged === null ? null : await OldLines.open(disk, '/old', unchanged)
  try {
    return await writeSnapshot(disk, '/new', items, 0o600, () => Promise.resolve(), old)
  } finally {
    await old?.close()
  }
}

/** Writes some items to /old; what to take over from there. */
async function oldFile(items: readonly unknown[]): Promise<{ disk: SimulatedDisk; old: WrittenSnapshot }> {
  const disk = new SimulatedDisk()
  return { disk, old: await writeSnapshot(disk, '/old', items, 0o600) }
}

function lengthsIn(bytes: string): number[] {
  return (JSON.parse(bytes) as unknown[]).map((item) => Buffer.byteLength(JSON.stringify(item)))
}

describe('taking lines over from the file before', () => {
  test('gives the bytes that making them anew gives, whatever stays, changes, goes and comes', async () => {
    const before = fc.array(fc.tuple(text, fate), { maxLength: 20 })
    const added = fc.array(text, { maxLength: 5 })
    await fc.assert(
      fc.asyncProperty(before, added, fc.boolean(), async (given, more, short) => {
        const { disk, old } = await oldFile(given.map(([item]) => item))
        const kept = given
          .map(([item, then], at) => ({ item, then, at }))
          .filter(({ then }) => then !== 'goes')
        const items = [...kept.map(({ item, then }) => (then === 'stays' ? item : [item, 1])), ...more]
        const positions = Int32Array.from(items, (_, i) => (kept[i]?.then === 'stays' ? kept[i].at : -1))
        const anew = await write(disk, items, null)
        const expected = disk.getText('/new')!
        if (short) disk.setFault({ kind: 'short', at: disk.calls + 1, forever: true })
        const copied = await write(disk, items, { lines: old, positions })
        disk.setFault(null)
        expect(disk.getText('/new') === expected).toBe(true)
        expect([copied.size, copied.crc]).toEqual([anew.size, anew.crc])
        expect([...copied.lengths]).toEqual(lengthsIn(expected))
        expect([...anew.lengths]).toEqual([...copied.lengths])
      }),
      { numRuns: 150 },
    )
  })

  test('many items in slices: text is made of those only that changed', async () => {
    let made = 0
    const items = Array.from({ length: 20_000 }, (_, id) => ({ toJSON: () => ({ id, made: made++ > -1 }) }))
    const { disk, old } = await oldFile(items)
    made = 0
    const positions = Int32Array.from(items, (_, i) => (i % 10 === 3 ? -1 : i))
    await write(disk, items, { lines: old, positions })
    expect(made).toBe(2000)
    expect(disk.getText('/new')).toBe(disk.getText('/old'))
  })

  const wrongs: [string, (disk: SimulatedDisk) => unknown][] = [
    ['one bit of an item that is taken over is another', (disk) => disk.damage('/old', 30)],
    ['one bit of an item that nobody takes over is another', (disk) => disk.damage('/old', 5)],
    ['its last byte is another', (disk) => disk.damage('/old', disk.getFile('/old')!.length - 1)],
    ['it is shorter', (disk) => disk.putFile('/old', disk.getFile('/old')!.subarray(0, -1))],
    ['it is empty', (disk) => disk.putFile('/old', '')],
    ['it is gone', (disk) => disk.unlink('/old')],
  ]
  test.each(wrongs)('is refused when %s, and leaves no file', async (_, harm) => {
    const { disk, old } = await oldFile([{ id: 'first' }, { id: 'second' }, { id: 'third' }])
    await harm(disk)
    const unchanged = { lines: old, positions: Int32Array.of(-1, 1, 2) }
    await expect(write(disk, [{ id: 'other' }, 0, 0], unchanged)).rejects.toThrow(OldFileDiffers)
    expect(disk.getFile('/new')).toBe(null)
  })

  test('is refused when it cannot be read, and the file is let go of', async () => {
    const { disk, old } = await oldFile([1, 2])
    const open = disk.open.bind(disk)
    let closed = 0
    disk.open = async (path, how, mode) => {
      const file = await open(path, how, mode)
      if (path !== '/old') return file
      const read = async () => Promise.reject(new Error('EIO'))
      const close = async () => {
        closed++
        throw new Error('nor closed')
      }
      return Object.assign(Object.create(file) as DiskFile, { read, close })
    }
    const unchanged = { lines: old, positions: Int32Array.of(0, 1) }
    const failure = await write(disk, [1, 2], unchanged).catch((error: Error) => error)
    expect(failure).toMatchObject({ message: 'it cannot be read', cause: { message: 'EIO' } })
    expect(closed).toBe(1)
  })
})

/** Waits for it, and not for ever: a wait that outlives its test would keep the others from ending. */
async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + 4000
  while (!(await condition())) {
    if (performance.now() > end) throw new Error('It did not come.')
    await new Promise((resume) => setImmediate(resume))
  }
}

function sizeOf(disk: SimulatedDisk): number {
  return disk.getFile(PATH)?.length ?? 0
}

/** Writes something after which a checkpoint is due, and waits for the end of that. */
async function checkpoint(disk: SimulatedDisk, write: () => Promise<unknown>): Promise<void> {
  const inode = async () => (await disk.stat(PATH))?.inode
  const before = await inode()
  await write()
  // Its last step removes the journal before.
  await until(async () => (await inode()) !== before && disk.files().size <= 2)
}

/** A store with one checkpoint behind it; `again` makes another. */
async function afterCheckpoint() {
  const disk = new SimulatedDisk()
  disk.recordLog = true
  disk.putFolder('/d')
  const owner = await reopened(disk, PATH, { checkpointSize: 1 })
  const again = (id: string) => checkpoint(disk, () => owner.put(id, 'x'.repeat(1000 + 2 * sizeOf(disk))))
  await again('a')
  return { disk, owner, again }
}

describe('a checkpoint', () => {
  test('reads the file before, and a first one does not', async () => {
    const { disk, owner, again } = await afterCheckpoint()
    const reads = () => disk.log.filter((line) => line.includes(' read ') && line.includes(PATH)).length
    expect(reads()).toBe(0)
    await again('b')
    expect(reads()).toBeGreaterThan(0)
    await owner.delete('a')
    await again('c')
    expect(owner.warnings).toEqual([])
    expect(JSON.parse(disk.getText(PATH)!)).toEqual(owner.list)
    await owner.close()
  })

  test('that finds the file damaged says so, and writes all items anew', async () => {
    const { disk, owner, again } = await afterCheckpoint()
    disk.damage(PATH, 4)
    await again('b')
    expect(owner.warnings).toEqual([
      expect.stringMatching(/does not hold what was written to it \(its checksum/),
    ])
    expect(JSON.parse(disk.getText(PATH)!)).toEqual(owner.list)
    await again('c')
    expect(owner.warnings.length).toBe(1)
    expect(JSON.parse(disk.getText(PATH)!)).toEqual(owner.list)
    await owner.close()
  })

  test('that cannot open the file says that, and nothing of damage, and writes all items anew', async () => {
    const { disk, owner, again } = await afterCheckpoint()
    const open = disk.open.bind(disk)
    disk.open = async (path, how, ...rest) => {
      if (path !== PATH) return open(path, how, ...rest)
      disk.open = open
      throw Object.assign(new Error('EMFILE: too many open files'), { code: 'EMFILE' })
    }
    await again('b')
    expect(owner.warnings).toEqual([
      expect.stringMatching(/could not be read again \(it cannot be opened: EMFILE.*\)\. Nothing is lost/),
    ])
    expect(JSON.parse(disk.getText(PATH)!)).toEqual(owner.list)
    await owner.close()
  })

  test('that finds the file edited by somebody else keeps that, and writes all items anew', async () => {
    const { disk, owner } = await afterCheckpoint()
    disk.putFile(PATH, disk.getText(PATH)!.replaceAll('x', 'y'))
    await owner.put('b', 'z'.repeat(3 * disk.getFile(PATH)!.length))
    await until(() => owner.log.recovery!.conflictPaths.length > 0)
    expect(owner.warnings).toEqual([expect.stringMatching(/changed by somebody else/)])
    expect(JSON.parse(disk.getText(PATH)!)).toEqual(owner.list)
    await owner.close()
  })

  test.each(['a save', 'fresh files'])(
    'after %s takes nothing over from lines that are not those of its items',
    async (what) => {
      const { disk, owner, again } = await afterCheckpoint()
      if (what === 'a save') {
        owner.list = [{ id: 's', v: 1 }, ...owner.list]
        await owner.log.save(null, owner.list)
      } else {
        await owner.put('s')
        disk.setFault({ kind: 'EIO', at: 1, forever: false })
        await expect(owner.put('t')).rejects.toThrow()
        disk.setFault(null)
        await until(() => owner.warnings.some((text) => text.includes('written to new files')))
      }
      await again('b')
      await again('c')
      expect(owner.warnings.filter((text) => text.includes('does not hold'))).toEqual([])
      expect(JSON.parse(disk.getText(PATH)!)).toEqual(owner.list)
      await owner.close()
    },
  )

  test('after one that failed takes nothing over, for nothing was written of what that was given', async () => {
    const { disk, owner, again } = await afterCheckpoint()
    await again('b')
    await again('c')
    await owner.delete('a')
    const open = disk.open.bind(disk)
    disk.open = async (path, how, ...rest) => {
      if (!path.includes('.tmp-snapshot') || how !== 'create') return open(path, how, ...rest)
      disk.open = open
      throw Object.assign(new Error('no room'), { code: 'ENOSPC' })
    }
    await owner.put('d', 'x'.repeat(2 * disk.getFile(PATH)!.length))
    await until(() => owner.warnings.length > 0)
    expect(owner.warnings).toEqual([expect.stringMatching(/failed: no room/)])
    // The pause before it is tried again.
    await new Promise((resume) => setTimeout(resume, 1001))
    await again('e')
    expect(JSON.parse(disk.getText(PATH)!)).toEqual(owner.list)
    await owner.close()
  })

  test.each(['assigned', 'read'])(
    'of items that a subclass has at hand, in an array that it %s, follows its edits',
    async (how) => {
      class Edited extends IdentifiableFilePersistence<Item, string> {
        kept: Item[] = []

        take(): void {
          if (how === 'assigned') this._items = this.kept = [{ id: 'a' }, { id: 'b' }]
          else this.kept = this._items
        }
      }
      const disk = new SimulatedDisk()
      disk.putFolder('/d')
      const component = new Edited(new JsonFilePersister<Item>(PATH, { checkpointSize: 1, disk }))
      await component.open(null)
      const again = (id: string) =>
        checkpoint(disk, () => component.create(null, { id, v: 'x'.repeat(2 * sizeOf(disk)) }))
      for (const id of ['a', 'b']) await again(id)
      component.take()
      await again('c')
      component.kept.reverse()
      await again('d')
      const ids = (JSON.parse(disk.getText(PATH)!) as Item[]).map(({ id }) => id)
      expect(ids).toEqual(['c', 'b', 'a', 'd'])
      await component.close(null)
    },
  )
})
