import { crc32 } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { encodeBatch } from '../../src/file/changeText.js'
import type { DiskFile } from '../../src/file/Disk.js'
import type { Durability } from '../../src/file/FileOptions.js'
import { Journal } from '../../src/file/Journal.js'
import { JournalReader } from '../../src/file/JournalReader.js'
import { FilesChanged, recover } from '../../src/file/recovery.js'
import { SimulatedDisk } from '../simulated/SimulatedDisk.js'
import { diskOf, framesOf, journalOf, puts } from './support/journalOf.js'
import { killOwner } from './support/killed.js'
import { codeOf, reopened } from './support/TestOwner.js'

const PATH = '/d/items.json'
const LAZY = { foldOnClose: false }

const diskWith = (files: Readonly<Record<string, Uint8Array | string>>) => diskOf(PATH, files)

describe('flushes that others build on', () => {
  test.each(['interval', 'none'] as const)(
    'at %s, step 1 of a fold flushes the journal before another one follows it',
    async (durability: Durability) => {
      for (const fold of ['checkpoint', 'save'] as const) {
        const disk = new SimulatedDisk(5)
        disk.putFolder('/d')
        const checkpointSize = fold === 'checkpoint' ? 400 : 1e9
        const owner = await reopened(disk, PATH, { durability, flushIntervalMs: 1_000_000, checkpointSize })
        const images: SimulatedDisk[] = []
        disk.onCall = () => {
          for (let seed = 0; seed < 4; seed++) images.push(disk.afterCrash(seed))
        }
        for (const id of 'abcdefghij') await owner.put(id)
        if (fold === 'save') await owner.log.save(null, owner.items())
        await owner.close()
        disk.onCall = null
        expect(images.some((image) => image.getFile(`${PATH}.journal-2`) !== null)).toBe(true)
        // A journal that follows one whose end was lost would be damage: acknowledged batches are missing between them.
        for (const image of images)
          expect('abcdefghij'.startsWith((await reopened(image, PATH)).ids())).toBe(true)
      }
    },
  )

  test('a journal that was recovered is flushed before the opening resolves', async () => {
    const disk = diskWith({})
    const first = await reopened(disk, PATH, { durability: 'none' })
    for (const id of 'abc') await first.put(id)
    await killOwner(disk)
    // Until then a power cut would take it: the process that wrote it did not flush it.
    expect((await reopened(disk.afterCrash(0), PATH)).ids()).toBe('')
    const second = await reopened(disk, PATH, LAZY)
    expect(second.ids()).toBe('abc')
    for (let seed = 0; seed < 10; seed++)
      expect((await reopened(disk.afterCrash(seed), PATH)).ids()).toBe('abc')
    // What is appended says that the batches before it are on the disk. Without that flush it would not be true.
    const images: SimulatedDisk[] = []
    disk.onCall = () => {
      for (let seed = 0; seed < 10; seed++) images.push(disk.afterCrash(seed))
    }
    await second.put('d')
    disk.onCall = null
    for (const image of images) expect((await reopened(image, PATH)).ids()).toMatch(/^abcd?$/)
  })

  test('what is appended to a journal that was recovered is flushed as in a new one', async () => {
    const disk = diskWith({})
    await (await reopened(disk, PATH)).put('a')
    await killOwner(disk)
    const second = await reopened(disk, PATH)
    // The space written ahead was cut off, and is written anew.
    const journal = disk.getFile(`${PATH}.journal-1`)!
    expect(journal).toEqual(framesOf(journal))
    disk.recordLog = true
    await second.put('b')
    const calls = disk.log.map((line) => line.split(' ')[1])
    // But for looks at names, which go on beside a write now and then.
    expect(calls.filter((call) => !call?.endsWith('stat'))).toEqual(['write', 'flush', 'write', 'flush'])
    expect((await reopened(disk.afterCrash(0), PATH)).ids()).toBe('ab')
  })

  test('flush() after the opening of a journal that was recovered covers it at every level', async () => {
    for (const durability of ['sync', 'interval', 'none'] as const) {
      const disk = diskWith({})
      const first = await reopened(disk, PATH, { durability: 'none' })
      await first.put('a')
      await killOwner(disk)
      const second = await reopened(disk, PATH, { durability, flushIntervalMs: 1_000_000 })
      await second.log.flush(null)
      expect((await reopened(disk.afterCrash(0), PATH)).ids()).toBe('a')
    }
  })

  test('a flush that ends after the write it ran beside was taken back vouches for nothing of it', async () => {
    const disk = diskWith({})
    const header = { generation: 1, first: 1, base: { kind: 'none' }, lineage: '0102030405060708' } as const
    let fail = false
    let release: (() => void) | null = null
    const held = (file: DiskFile): DiskFile => ({
      ...passing(file),
      write: async (buffer, offset, length, position) => {
        if (fail) throw Object.assign(new Error('full'), { code: 'ENOSPC' })
        return file.write(buffer, offset, length, position)
      },
      sync: async () => {
        await file.sync()
        if (!fail || release !== null) return
        await new Promise<void>((resume) => {
          release = resume
        })
      },
    })
    const open = disk.open.bind(disk)
    disk.open = async (path, how, mode) => held(await open(path, how, mode))
    const journal = await Journal.create(disk, PATH, '/d', header)
    const mark = journal.mark()
    await journal.append([puts('a')], 0)
    fail = true
    const flushing = journal.sync()
    await expect(journal.append([puts('b')], 0)).rejects.toThrow('full')
    const cutting = journal.cut(mark)
    setTimeout(() => release!(), 10)
    await Promise.all([flushing, cutting])
    fail = false
    await journal.append([puts('c')], 0)
    await journal.sync()
    expect((await reopened(disk.afterCrash(0), PATH)).ids()).toBe('c')
  })
})

/** All calls of a file, to override some of. */
function passing(file: DiskFile): DiskFile {
  return {
    durable: file.durable,
    read: (buffer, offset, length, position) => file.read(buffer, offset, length, position),
    write: (buffer, offset, length, position) => file.write(buffer, offset, length, position),
    sync: () => file.sync(),
    truncate: (size) => file.truncate(size),
    stat: () => file.stat(),
    close: () => file.close(),
  }
}

describe('journals of neighbouring generations', () => {
  const first = journalOf({}, [puts('a'), puts('b')])
  const after = (link: number, from: number, ...frames: string[]) =>
    journalOf({ generation: 2, first: from, base: { kind: 'chain', link } }, frames).bytes

  test('one that follows is replayed behind the other', async () => {
    const disk = diskWith({ '.journal-1': first.bytes, '.journal-2': after(first.crc, 3, puts('c')) })
    const owner = await reopened(disk, PATH)
    expect(owner.ids()).toBe('abc')
    expect(owner.log.recovery!.lastSequence).toBe(3)
  })

  test('one that names another end than the one before has is damage, though the numbers fit', async () => {
    // The same number of batches, and not the same batches: of a restored copy, say.
    const other = journalOf({}, [puts('x'), puts('y')])
    const disk = diskWith({ '.journal-1': other.bytes, '.journal-2': after(first.crc, 3, puts('c')) })
    for (const readOnly of [false, true]) {
      const error = await reopened(disk, PATH, { readOnly }).catch((e) => e)
      expect(error).toMatchObject({
        code: 'DATA_CORRUPTED',
        details: { path: `${PATH}.journal-1`, offset: other.bytes.length, lastReadable: 2 },
      })
    }
  })

  test('batches that are missing between them are damage, whether or not the second holds any', async () => {
    for (const frames of [[], [puts('e')]]) {
      const disk = diskWith({ '.journal-1': first.bytes, '.journal-2': after(first.crc, 5, ...frames) })
      expect(await reopened(disk, PATH).catch((e) => e)).toMatchObject({
        code: 'DATA_CORRUPTED',
        details: { path: `${PATH}.journal-1`, offset: first.bytes.length, lastReadable: 2 },
      })
    }
  })

  test('bytes behind the last batch of one that another follows are damage: it was flushed whole', async () => {
    const torn = Buffer.concat([first.bytes, Buffer.from('half')])
    const disk = diskWith({ '.journal-1': torn, '.journal-2': after(first.crc, 3, puts('c')) })
    expect(await codeOf(reopened(disk, PATH))).toBe('DATA_CORRUPTED')
  })

  test('two that follow the same one are damage when both hold batches', async () => {
    const twin = (generation: number, id: string) =>
      journalOf({ generation, first: 3, base: { kind: 'chain', link: first.crc } }, [puts(id)]).bytes
    const disk = diskWith({
      '.journal-1': first.bytes,
      '.journal-2': twin(2, 'c'),
      '.journal-3': twin(3, 'd'),
    })
    expect(await codeOf(reopened(disk, PATH))).toBe('DATA_CORRUPTED')
    expect(disk.files().size).toBe(3)
  })

  test('an empty one that the one before went on without is removed', async () => {
    // Its fold stopped at step 1, and the journal before it was gone on with: first without, then with a torn end.
    const more = journalOf({}, [puts('a'), puts('b'), puts('c')])
    const torn = Buffer.concat([more.bytes, Buffer.from('half')])
    for (const bytes of [more.bytes, torn]) {
      const disk = diskWith({ '.journal-1': bytes, '.journal-2': after(first.crc, 3) })
      const owner = await reopened(disk, PATH)
      expect(owner.ids()).toBe('abc')
      expect(disk.getFile(`${PATH}.journal-2`)).toBeNull()
      await owner.put('d')
      expect((await reopened(disk.afterCrash(0), PATH)).ids()).toBe('abcd')
    }
  })

  test('a newer one on another file that holds batches forbids to go on from the older one', async () => {
    const file = { kind: 'file', size: 99, crc: 1 } as const
    const rescue = journalOf({ generation: 2, first: 3, base: file }, [puts('c')])
    const disk = diskWith({ '.journal-1': first.bytes, '.journal-2': rescue.bytes })
    expect(await codeOf(reopened(disk, PATH))).toBe('DATA_CORRUPTED')
    // Empty it is a rescue that did not get as far as its file.
    disk.putFile(`${PATH}.journal-2`, journalOf({ generation: 2, first: 3, base: file }, []).bytes)
    expect((await reopened(disk, PATH)).ids()).toBe('ab')
  })
})

describe('the number of a journal', () => {
  test('may have as many digits as there are', async () => {
    const last = 2 ** 53 - 1
    for (const generation of [1e15, last]) {
      const disk = diskWith({ [`.journal-${generation}`]: journalOf({ generation }, [puts('a')]).bytes })
      const owner = await reopened(disk, PATH)
      expect(owner.ids()).toBe('a')
      // There is none behind the last: what would need another is refused, and nothing is lost.
      const save = owner.log.save(null, [{ id: 'b' }]).then(() => (owner.list = [{ id: 'b' }]))
      if (generation === last) expect(await codeOf(save)).toBe('WRITE_FAILED')
      else await save
      await owner.put('c')
      const expected = generation === last ? 'ac' : 'bc'
      expect((await reopened(disk.afterCrash(0), PATH)).ids()).toBe(expected)
      await owner.close()
      expect([...disk.afterCrash(0).files().keys()]).toEqual([PATH])
      expect((await reopened(disk, PATH)).ids()).toBe(expected)
    }
  })

  test('is the same in its name and its header, else the store is damaged, and nothing is changed', async () => {
    const { bytes } = journalOf({ generation: 1 }, [puts('a')])
    const disk = diskWith({ '.journal-2': bytes })
    const files = () => [...disk.files()].map(([name, content]) => [name, Buffer.from(content)])
    const before = files()
    for (const readOnly of [true, false]) {
      expect(await reopened(disk, PATH, { readOnly }).catch((e) => e)).toMatchObject({
        code: 'DATA_CORRUPTED',
        details: { path: `${PATH}.journal-2`, offset: 16 },
      })
    }
    expect(files()).toEqual(before)
  })
})

describe('files that change while they are read', () => {
  /** Longer than the reader's buffer, so that it reads twice. */
  const long = journalOf({}, [puts('a'), puts('b'.repeat(700_000)), puts('c'.repeat(700_000))])

  test('a journal that is not what was checked is DATA_CORRUPTED, not other items', async () => {
    const disk = diskWith({ '.journal-1': long.bytes })
    const file = await disk.open(`${PATH}.journal-1`, 'write')
    const reader = new JournalReader(PATH, file, await file.stat())
    const scan = await reader.scan()
    expect(scan.badAt).toBeNull()
    await file.write(Buffer.from('x'), 0, 1, 64 + 32 + puts('a').length + 100)
    const sequences: number[] = []
    const reading = (async () => {
      for await (const some of reader.batches(scan, 0)) sequences.push(...some.map((it) => it.sequence))
    })()
    expect(await codeOf(reading)).toBe('DATA_CORRUPTED')
    expect(sequences).not.toContain(2)
  })

  test('a journal that was cut short since its size was asked for: its batches, and an end', async () => {
    const disk = diskWith({ '.journal-1': long.bytes })
    const file = await disk.open(`${PATH}.journal-1`, 'write')
    const stat = await file.stat()
    const end = 64 + 32 + puts('a').length
    // In the middle of a payload, of a header, and between two frames.
    for (const left of [end + 32 + 100, end + 10, end]) {
      await file.truncate(left)
      const reader = new JournalReader(PATH, file, stat)
      const badAt = left > end ? end : null
      expect(await reader.scan()).toMatchObject({ batches: 1, end, used: left, badAt })
    }
  })

  test('a journal that is gone is no journal without batches', async () => {
    const set = { journals: [1], leftovers: [] }
    await expect(recover(diskWith({}), PATH, set)).rejects.toThrow(FilesChanged)
    // Also between asking whether it is there and opening it.
    const disk = diskWith({ '.journal-1': journalOf({}, [puts('a')]).bytes })
    const open = disk.open.bind(disk)
    disk.open = async (path, how, mode) => {
      if (path.endsWith('journal-1')) await disk.unlink(path)
      return open(path, how, mode)
    }
    await expect(recover(disk, PATH, set)).rejects.toThrow(FilesChanged)
  })
})

test.each(['', '.journal-1'])(
  'a disk that cannot read "items.json%s" is READ_FAILED with its reason',
  async (ending) => {
    const disk = diskWith({
      '': '[]',
      '.journal-1': journalOf({ base: { kind: 'file', size: 2, crc: crc32('[]') } }, []).bytes,
    })
    const open = disk.open.bind(disk)
    for (const call of ['read', 'stat'] as const) {
      let closed = 0
      disk.open = async (path, how, mode) => {
        const file = await open(path, how, mode)
        const failing = async () => Promise.reject(Object.assign(new Error('i/o error'), { code: 'EIO' }))
        const close = async () => {
          closed++
          // A close that fails after the rest did is of no interest.
          throw new Error('it cannot be closed either')
        }
        return path === PATH + ending ? { ...passing(file), close, [call]: failing } : file
      }
      const error = await reopened(disk, PATH).catch((e) => e)
      expect(error).toMatchObject({
        code: 'READ_FAILED',
        details: { path: PATH + ending },
        cause: { code: 'EIO' },
      })
      expect(closed).toBe(1)
    }
  },
)

test('a batch that ends where one of its texts does has no empty text behind it', async () => {
  const items = Array.from({ length: 2 }, (_, i) => ({ id: `${i}`, v: 'x'.repeat(1024 * 1024) }))
  const texts = encodeBatch(items.map((item) => ({ op: 'put', id: item.id, item }))) as string[]
  expect(texts.map((text) => text.slice(0, 8))).toEqual(['["put","', '["put","'])
  const disk = diskWith({})
  const owner = await reopened(disk, PATH)
  await owner.batch(items.map((item) => ({ op: 'put', id: item.id, item })))
  expect((await reopened(disk.afterKill(), PATH)).list).toEqual(items)
})
