import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { LockLost } from '../../src/file/fileErrors.js'
import { IdentifiableFilePersistence } from '../../src/file/IdentifiableFilePersistence.js'
import { JsonFilePersister } from '../../src/file/JsonFilePersister.js'
import { acquireLock } from '../../src/file/Lock.js'
import { NodeDisk, nodeDisk } from '../../src/file/NodeDisk.js'
import { OwnedDisk } from '../../src/file/OwnedDisk.js'
import { FailingDisk } from './support/FailingDisk.js'

interface Item {
  id: string
}
type Store = IdentifiableFilePersistence<Item, string>

let folder: string
let data: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-owner-'))
  data = join(folder, 'data')
  mkdirSync(data)
})

afterEach(() => rmSync(folder, { recursive: true, force: true }))

const opened = (...ids: string[]): Promise<Store> => openedWith(true, ...ids)

async function openedWith(foldOnClose: boolean, ...ids: string[]): Promise<Store> {
  const persister = new JsonFilePersister<Item>(join(data, 'i.json'), { foldOnClose })
  const it: Store = new IdentifiableFilePersistence(persister)
  await it.open(null)
  for (const id of ids) await it.create(null, { id })
  return it
}

/** What a process would find that opens the file after all others were killed. */
async function afterKill(): Promise<string[]> {
  const copy = mkdtempSync(join(folder, 'copy-'))
  // Sockets are not copied: nobody lives.
  cpSync(data, copy, { recursive: true, filter: (name) => !/\.(lock|claim)-/.test(name) })
  const items = await new JsonFilePersister<Item>(join(copy, 'i.json')).load(null)
  return items.map(({ id }) => id)
}

function removeLock(): void {
  for (const name of readdirSync(data)) if (name.startsWith('.i.json.lock-')) rmSync(join(data, name))
}

describe('an owner whose lock is gone', () => {
  const ways: Record<string, () => void> = {
    'because somebody removed it': removeLock,
    'because its folder was moved away and made anew': () => {
      renameSync(data, join(folder, 'old'))
      mkdirSync(data)
    },
    'because its folder was moved away and copied back': () => {
      renameSync(data, join(folder, 'old'))
      cpSync(join(folder, 'old'), data, { recursive: true, filter: (name) => !/\.lock-/.test(name) })
    },
  }
  for (const [name, lose] of Object.entries(ways)) {
    test(`${name} leaves the files of the next one alone, and says so`, async () => {
      const first = await opened('old')
      lose()
      const second = await opened('new1', 'new2')
      const expected = await afterKill()
      expect(expected.slice(-2)).toEqual(['new1', 'new2'])

      const lost = {
        code: 'STORE_FAILED',
        message: expect.stringMatching(
          /its lock .* open the file anew\. Nothing of this call was kept; reads go on\.$/,
        ),
      }
      await expect(first.flush(null)).rejects.toMatchObject(lost)
      await expect(first.create(null, { id: 'late' })).rejects.toMatchObject(lost)
      await expect(first.save(null)).rejects.toMatchObject(lost)
      await expect(first.close(null)).rejects.toMatchObject(lost)
      expect(await first.getOneById(null, 'old')).toEqual({ id: 'old' })
      expect(await first.getOneById(null, 'late')).toBeNull()
      await first.backup(null, join(folder, 'rescued.json'))
      expect(await new JsonFilePersister<Item>(join(folder, 'rescued.json')).load(null)).toEqual([
        { id: 'old' },
      ])

      expect(await afterKill()).toEqual(expected)
      await second.create(null, { id: 'new3' })
      await second.close(null)
      expect(await afterKill()).toEqual([...expected, 'new3'])
    })

    test(`${name} does not close over the next one's files`, async () => {
      const first = await opened('old')
      lose()
      const second = await opened('new')
      const expected = await afterKill()
      await expect(first.close(null)).rejects.toMatchObject({
        code: 'WRITE_FAILED',
        message: expect.stringContaining('its lock'),
      })
      expect(await afterKill()).toEqual(expected)
      await second.close(null)
    })
  }

  test('notices it while it writes, within a second', async () => {
    const first = await opened('old')
    removeLock()
    await sleep(1010)
    await expect(first.create(null, { id: 'late' })).rejects.toMatchObject({
      code: 'OUTCOME_UNKNOWN',
      message: expect.stringMatching(/its lock .* open the file anew\. It is not in this process\.$/),
    })
    await expect(first.create(null, { id: 'late' })).rejects.toMatchObject({ code: 'STORE_FAILED' })
    await expect(first.close(null)).rejects.toMatchObject({ code: 'STORE_FAILED' })
  })
})

describe('a journal that somebody removed or replaced', () => {
  const journal = () => join(data, readdirSync(data).find((name) => name.includes('.journal-'))!)

  test('is written anew with all that was acknowledged: at a flush', async () => {
    const first = await opened('a', 'b')
    rmSync(journal())
    await first.create(null, { id: 'c' })
    expect(await afterKill()).not.toContain('c')
    await first.flush(null)
    expect(await afterKill()).toEqual(['a', 'b', 'c'])
    await first.create(null, { id: 'd' })
    expect(await afterKill()).toEqual(['a', 'b', 'c', 'd'])
    await first.close(null)
  })

  test.for([
    [['close'], true],
    [['close'], false],
    [['flush', 'close'], true],
    [['flush', 'close'], false],
    [['flush', 'save'], true],
  ] as const)('is written anew: %s at once, folding at a close: %s', async ([calls, foldOnClose]) => {
    const first = await openedWith(foldOnClose, 'a', 'b')
    rmSync(journal())
    await Promise.all(calls.map((call) => first[call](null)))
    expect(await afterKill()).toEqual(['a', 'b'])
    await first.close(null)
  })

  test('is written anew within a second of writes', async () => {
    const first = await opened('a', 'b')
    const path = journal()
    cpSync(path, join(folder, 'copy'))
    renameSync(join(folder, 'copy'), path)
    await sleep(1010)
    await expect(first.create(null, { id: 'c' })).rejects.toMatchObject({
      code: 'OUTCOME_UNKNOWN',
      message: expect.stringContaining('call flush() until it resolves'),
    })
    await first.create(null, { id: 'd' })
    expect(await afterKill()).toEqual(['a', 'b', 'd'])
    await first.close(null)
  })
})

test('the name of a lock never looks old', async () => {
  class QuickDisk extends NodeDisk {
    override keepYoung(path: string): () => void {
      return super.keepYoung(path, 10)
    }
  }
  const lock = await acquireLock(new QuickDisk(), join(data, 'i.json'), { waitMs: 0 })
  const name = join(data, readdirSync(data).find((entry) => entry.includes('.lock-'))!)
  utimesSync(name, 0, 0)
  await expect.poll(() => statSync(name).mtimeMs).toBeGreaterThan(Date.now() - 60_000)
  await lock.release()
  // Afterwards the name may be somebody else's.
  writeFileSync(name, '')
  utimesSync(name, 0, 0)
  await sleep(50)
  expect(statSync(name).mtimeMs).toBe(0)
})

test('a lock whose name is removed while it is taken is not taken', async () => {
  const disk = new FailingDisk()
  const stat = disk.stat.bind(disk)
  disk.stat = async (path) => (path.includes('.lock-') ? null : stat(path))
  await expect(acquireLock(disk, '/d/i.json', { waitMs: 0 })).rejects.toMatchObject({
    code: 'WRITE_FAILED',
    cause: expect.any(LockLost),
  })
})

test('a lock that cannot be looked at is neither lost nor held', async () => {
  const disk = new FailingDisk()
  const lock = await acquireLock(disk, '/d/i.json', { waitMs: 0 })
  const failing = (code: string) => async () => {
    throw Object.assign(new Error(code), { code })
  }
  disk.stat = failing('EIO')
  await expect(lock.check()).rejects.toMatchObject({ code: 'EIO' })
  disk.stat = failing('ENOTDIR')
  await expect(lock.check()).rejects.toThrow(LockLost)
})

test('the disk of an owner makes, replaces and removes no name without the lock', async () => {
  let lost = false
  const check = async () => {
    if (lost) throw new LockLost('the lock')
  }
  const disk = new OwnedDisk(nodeDisk, { check })
  const path = (name: string) => join(data, name)
  const steps = [
    async () => (await disk.open(path('a'), 'create')).close(),
    () => disk.rename(path('a'), path('b')),
    () => disk.renameNew(path('b'), path('c')),
    () => disk.unlink(path('c')),
  ]
  for (const step of steps) {
    lost = true
    const before = readdirSync(data)
    await expect(step()).rejects.toThrow(LockLost)
    expect(readdirSync(data)).toEqual(before)
    lost = false
    await step()
    expect(readdirSync(data)).not.toEqual(before)
  }
  lost = true
  expect(await disk.realPath(data)).toBe(await nodeDisk.realPath(data))
  expect(await disk.canReplace(path('a'))).toBe(true)
  await disk.makeFolder(path('made'))
  disk.keepYoung(path('made'))()
  await disk.syncFolder(data)
  expect(await disk.list(data)).toEqual(['made'])
  expect(await disk.stat(path('a'))).toBeNull()
  expect(disk.sockets).toBe(nodeDisk.sockets)
  const listener = await disk.listen(path('s'), () => 'here')
  expect(await disk.greet(path('s'))).toBe('here')
  await listener.close()
})
