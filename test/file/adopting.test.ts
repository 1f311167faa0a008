import { describe, expect, test } from 'vitest'
import { settled } from '../crash/history.js'
import { FailingDisk, once } from './support/FailingDisk.js'
import { killOwner } from './support/killed.js'
import { codeOf, found, reopened, TestOwner } from './support/TestOwner.js'

const PATH = '/d/items.json'

/** What an opening reads may be in the system's memory only: what it shows, and builds on, it has to write down itself. */

function diskWith(durableWrites = true): FailingDisk {
  const disk = new FailingDisk(durableWrites)
  disk.putFile(PATH, '[{"id":"A"}]')
  return disk
}

/** The same with the journal of a process that was killed, and behind its batches `tail` bytes of a write cut short. */
async function killed(tail = 0, durableWrites = true): Promise<FailingDisk> {
  const disk = diskWith(durableWrites)
  await (await reopened(disk, PATH)).put('a')
  await killOwner(disk)
  if (tail === 0) return disk
  const journal = await disk.open(`${PATH}.journal-1`, 'write')
  const end = disk.getFile(`${PATH}.journal-1`)!.findLastIndex((byte) => byte !== 0xfe) + 1
  await journal.truncate(end)
  await journal.write(new Uint8Array(tail).fill(7), 0, tail, end)
  await journal.sync()
  await journal.close()
  disk.opened.length = 0
  return disk
}

const namesOf = (disk: FailingDisk, part: string) =>
  [...disk.files().keys()].filter((path) => path.includes(part))

/** No room for the copy of the journal. */
const noCopy: FailingDisk['rule'] = (call, path) =>
  call === 'write' && path.includes('tmp-journal-1') ? 'ENOSPC' : null

describe('what an opening reads of a journal, and goes on with', () => {
  test.each(['sync', 'none'] as const)('need not be on the disk (first life %s)', async (durability) => {
    const disk = diskWith(false)
    const owner = await reopened(disk, PATH, { durability })
    await owner.put('a')
    // The flush of the next write fails, and from then on everything: no fresh copy of the data either.
    disk.setFault({ kind: 'EIO', at: durability === 'sync' ? 2 : 1, forever: true })
    const failed = durability === 'sync' ? owner.put('b') : owner.log.flush(null)
    expect(await codeOf(failed)).toMatch(/OUTCOME_UNKNOWN|STORE_FAILED/)
    await settled(disk)
    disk.setFault(null)
    await killOwner(disk)
    const next = await reopened(disk, PATH)
    const kept = durability === 'sync' ? 'Aab' : 'Aa'
    expect(next.ids()).toBe(kept)
    await next.put('c')
    for (const after of [disk.afterKill(), disk.afterCrash(0), disk.afterCrash(1)])
      expect(await found(after, PATH)).toBe(`${kept}c`)
  })

  test.each([
    ['open', 'create'],
    ['write', 'write'],
    ['flush', 'sync'],
    ['name', 'rename'],
    ['name, flushed', 'syncFolder'],
  ])(
    'is copied; should that fail (%s), all is written to new files before the first write',
    async (_, what) => {
      const disk = diskWith(false)
      await (await reopened(disk, PATH)).put('a')
      await killOwner(disk)
      disk.rule = once((call, path) => call === what && (path.includes('journal-1') || path === '/d'))
      const next = await reopened(disk, PATH)
      expect(next.ids()).toBe('Aa')
      expect(next.warnings.join()).toMatch(/not certain .*EIO/)
      expect([...disk.files().keys()]).toEqual([PATH, `${PATH}.journal-1`])
      await next.put('b')
      expect([...disk.files().keys()].sort()).toEqual([PATH, `${PATH}.journal-3`])
      for (const after of [disk.afterKill(), disk.afterCrash(0), disk.afterCrash(1)])
        expect(await found(after, PATH)).toBe('Aab')
    },
  )

  test('is read while it cannot be copied, and nothing is written then', async () => {
    const disk = diskWith()
    await (await reopened(disk, PATH)).put('a')
    await killOwner(disk)
    const before = [...disk.files()].map(String)
    disk.rule = (call) => (call === 'write' ? 'ENOSPC' : null)
    const next = await reopened(disk, PATH)
    expect(next.ids()).toBe('Aa')
    expect(await codeOf(next.put('b'))).toBe('STORE_FAILED')
    expect(await codeOf(next.log.flush(null))).toBe('STORE_FAILED')
    await next.log.abandon()
    expect([...disk.files()].map(String)).toEqual(before)
  })

  test('can change while it is read: then nothing of the copy stays', async () => {
    const disk = diskWith()
    await (await reopened(disk, PATH)).put('a')
    await killOwner(disk)
    const before = [...disk.files().keys()]
    let reads = 0
    disk.onRead = (path, bytes) => {
      // As when pages that were never written are dropped, and read again from the disk.
      if (path.endsWith('.journal-1') && ++reads > 1) bytes.fill(0, 70)
    }
    expect(await found(disk, PATH)).toBe('DATA_CORRUPTED')
    expect(reads).toBeGreaterThan(1)
    expect([...disk.files().keys()]).toEqual(before)
  })
})

test('a file whose name could not be flushed is shown by an opening that flushed it', async () => {
  const disk = diskWith()
  const owner = await reopened(disk, PATH)
  let isNamed = false
  disk.rule = (call, path) => {
    isNamed ||= call === 'rename' && path === PATH
    return call === 'syncFolder' || (isNamed && call === 'create') ? 'EIO' : null
  }
  expect(await codeOf(owner.log.save(null, [{ id: 'B' }]))).toBe('OUTCOME_UNKNOWN')
  disk.rule = () => null
  await killOwner(disk)
  expect((await reopened(disk, PATH)).ids()).toBe('B')
  expect(await found(disk.afterCrash(0), PATH)).toBe('B')
})

test('a file that was copied by hand, and never flushed, is built on when it is on the disk', async () => {
  const disk = new FailingDisk()
  const bytes = Buffer.from('[{"id":"A"}]')
  const file = await disk.open(PATH, 'create')
  await file.write(bytes, 0, bytes.length, 0)
  await file.close()
  const owner = await reopened(disk, PATH)
  expect(await found(disk.afterCrash(0), PATH)).toBe('A')
  await owner.put('a')
  expect(await found(disk.afterCrash(0), PATH)).toBe('Aa')
})

test.each(['file', 'chain'])('a store that was copied by hand, journals too (%s)', async (what) => {
  const disk = await killed()
  if (what === 'chain') {
    // A fold that stopped between two journals leaves both.
    const owner = await reopened(disk, PATH)
    disk.rule = (call, path) => (call === 'create' && path.includes('tmp-snapshot') ? 'EIO' : null)
    await owner.log.save(null, owner.items()).catch(() => {})
    await owner.put('b')
    disk.rule = () => null
    await killOwner(disk)
    expect(namesOf(disk, 'journal')).toHaveLength(2)
  }
  const copy = new FailingDisk()
  for (const [path, bytes] of disk.files()) {
    const file = await copy.open(path, 'create')
    await file.write(bytes, 0, bytes.length, 0)
    await file.close()
  }
  const ids = what === 'chain' ? 'Aab' : 'Aa'
  const owner = await reopened(copy, PATH)
  expect(await found(copy.afterCrash(0), PATH)).toBe(ids)
  await owner.put('c')
  expect(await found(copy.afterCrash(0), PATH)).toBe(`${ids}c`)
})

test.each(['sync', 'syncFolder'])(
  'a file that cannot be flushed (%s) is shown, and written anew before the first write',
  async (what) => {
    const disk = diskWith()
    disk.rule = (call, path) => (call === what && [PATH, '/d'].includes(path) ? 'EIO' : null)
    const owner = await reopened(disk, PATH)
    expect(owner.ids()).toBe('A')
    expect(owner.warnings.join()).toMatch(/not certain .* EIO/)
    disk.rule = () => null
    await owner.put('a')
    expect(await found(disk.afterCrash(0), PATH)).toBe('Aa')
  },
)

describe('an opening in doubt', () => {
  test('makes sure in a flush, when it can', async () => {
    const disk = await killed()
    disk.rule = noCopy
    const owner = await reopened(disk, PATH)
    disk.rule = () => null
    await owner.log.flush(null)
    expect(owner.warnings.at(-1)).toMatch(/all data was written to new files/)
    expect(await found(disk.afterCrash(0), PATH)).toBe('Aa')
    await owner.close()
    expect(await codeOf(owner.log.flush(null))).toBe('NOT_OPENED')
  })

  test('writes everything once when it is closed', async () => {
    const disk = await killed()
    disk.rule = noCopy
    const owner = await reopened(disk, PATH)
    let snapshots = 0
    disk.rule = (call, path) => {
      if (call === 'create' && path.includes('tmp-snapshot')) snapshots++
      return null
    }
    await owner.close()
    expect([snapshots, disk.getText(PATH)]).toEqual([1, '[\n{"id":"A"},\n{"id":"a"}\n]\n'])
    expect([...disk.files().keys()]).toEqual([PATH])
  })
})

describe('the tail of a journal', () => {
  test('is set aside when everything is written to new files, if there was no room before', async () => {
    const disk = await killed(400)
    disk.capacity = disk.used()
    const owner = await reopened(disk, PATH)
    expect(owner.ids()).toBe('Aa')
    expect(owner.warnings.join()).toMatch(/400 bytes .* stay there for now/)
    expect(owner.log.recovery).toMatchObject({ bytesSetAside: 400, setAsidePath: null })
    expect(await codeOf(owner.put('b'))).toBe('STORE_FAILED')
    expect(namesOf(disk, 'torn')).toEqual([])
    disk.capacity = Number.POSITIVE_INFINITY
    // Refused, for it comes within a second of the last attempt; the next opening makes sure of everything.
    expect(await codeOf(owner.log.save(null, owner.items()))).toBe('STORE_FAILED')
    await owner.log.abandon()
    expect((await reopened(disk, PATH)).warnings.join()).toMatch(/400 bytes .* are kept as/)
    expect(namesOf(disk, 'torn')).toHaveLength(1)
  })

  test('stays in a journal that can be neither replaced nor written, however often that is opened', async () => {
    const disk = await killed(40)
    // As one that is somebody else's, in a folder where only owners may rename.
    let copied = false
    disk.rule = (call, path) => {
      copied ||= call === 'rename' && path.endsWith('.journal-1')
      return copied && ['rename', 'open'].includes(call) && path.endsWith('.journal-1') ? 'EPERM' : null
    }
    const before = [...disk.files()].map(String)
    for (let times = 0; times < 3; times++) {
      copied = false
      expect(await found(disk, PATH)).toBe('WRITE_FAILED')
    }
    expect([...disk.files()].map(String)).toEqual(before)
  })

  test.each([
    ['there is no room for the copy', noCopy],
    [
      'the file cannot be flushed',
      (call: string, path: string) => (call === 'sync' && path === PATH ? 'EIO' : null),
    ],
  ])('is set aside once, however often it is opened while %s', async (_, rule) => {
    const disk = await killed(40)
    disk.rule = rule
    for (let times = 0; times < 3; times++) await (await reopened(disk, PATH)).log.abandon()
    expect(namesOf(disk, 'torn')).toEqual([])
    const owner = await reopened(disk, PATH)
    disk.rule = () => null
    await owner.put('b')
    expect(owner.warnings.join()).toMatch(
      /40 bytes of .*journal-1" were never acknowledged and are kept as .*torn-1"/,
    )
    expect(disk.getFile(`${PATH}.torn-1`)).toEqual(new Uint8Array(40).fill(7))
    expect(await found(disk.afterCrash(0), PATH)).toBe('Aab')
  })
})

describe('a copy', () => {
  test('that cannot be read is READ_FAILED', async () => {
    const disk = diskWith()
    // More than one read of the copy takes: the first is of its header too, and what fails there makes it no copy.
    await (await reopened(disk, PATH)).put('a', 'a'.repeat(2 ** 21))
    await killOwner(disk)
    let reads = 0
    disk.rule = (call, path) =>
      call === 'read' && path.includes('tmp-journal') && ++reads > 1 ? 'EIO' : null
    const error = await new TestOwner(disk, PATH).open().catch((thrown) => thrown)
    expect(error).toMatchObject({ code: 'READ_FAILED', details: { path: `${PATH}.journal-1` } })
    expect(namesOf(disk, 'tmp')).toEqual([])
  })

  test('whose header is another does not take the place of the journal', async () => {
    const disk = await killed()
    let reads = 0
    disk.onRead = (path, bytes) => {
      if (path.endsWith('.journal-1') && ++reads === 2) bytes[20] = 77
    }
    const owner = await reopened(disk, PATH)
    expect([owner.ids(), owner.warnings.join()]).toEqual([
      'Aa',
      expect.stringContaining('changed while it was copied'),
    ])
    await owner.log.abandon()
    expect(await found(disk, PATH)).toBe('Aa')
  })
})

test('a journal that goes between the list of the folder and its opening is READ_FAILED', async () => {
  const disk = await killed()
  disk.rule = (call, path) => (call === 'open' && path.endsWith('.journal-1') ? 'ENOENT' : null)
  const error = await new TestOwner(disk, PATH).open().catch((thrown) => thrown)
  expect(error).toMatchObject({ code: 'READ_FAILED', message: expect.stringContaining('moved or removed') })
})

test('an empty journal behind the one that was gone on with is left out, and that one is copied', async () => {
  const disk = await killed()
  // As a fold leaves it that got no further than its first step.
  const owner = await reopened(disk, PATH)
  disk.rule = (call, path) =>
    call === 'syncFolder' ||
    (call === 'unlink' && path.includes('journal-2')) ||
    (call === 'create' && path.includes('snapshot'))
      ? 'EIO'
      : null
  await owner.log.save(null, owner.items()).catch(() => {})
  await owner.log.abandon()
  disk.rule = () => null
  expect(namesOf(disk, 'journal')).toEqual([`${PATH}.journal-1`, `${PATH}.journal-2`])
  const next = await reopened(disk, PATH)
  expect([next.ids(), namesOf(disk, 'journal')]).toEqual(['Aa', [`${PATH}.journal-1`]])
  await next.put('b')
  for (const after of [disk.afterKill(), disk.afterCrash(0), disk.afterCrash(1)])
    expect(await found(after, PATH)).toBe('Aab')
})
