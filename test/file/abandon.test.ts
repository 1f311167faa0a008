import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Disk } from '../../src/file/Disk.js'
import { IdentifiableFilePersistence, JsonFilePersister } from '../../src/index.js'
import { FailingDisk } from './support/FailingDisk.js'
import { codeOf, type Item, reopened, TestOwner } from './support/TestOwner.js'

const PATH = '/d/items.json'
const FOUND: readonly Item[] = [{ id: 'x' }, { id: 'y' }]
const SAVED: readonly Item[] = [{ id: 'z' }]

beforeEach(() => {
  // The persister alone has nobody else to tell.
  vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
})

afterEach(() => {
  vi.restoreAllMocks()
})

/** A disk with a file, or with a file and the journal of a run that was killed; both hold what was `FOUND`. */
async function diskWith(kind: 'file' | 'journal'): Promise<FailingDisk> {
  const disk = new FailingDisk()
  disk.putFile(PATH, JSON.stringify(kind === 'file' ? FOUND : FOUND.slice(0, 1)))
  if (kind === 'journal') {
    const owner = await reopened(disk, PATH, { foldOnClose: false })
    await owner.put('y')
    await owner.close()
  }
  disk.opened.length = 0
  return disk
}

const filesOf = (disk: FailingDisk) =>
  [...disk.files()].map(([name, bytes]) => [name, Buffer.from(bytes).toString('base64')])

const load = (disk: Disk) => new JsonFilePersister<Item>(PATH, { disk }).load(null)

describe('save of a persister alone', () => {
  test.each([
    ['file', 'syncFolder', 'EIO', 'OUTCOME_UNKNOWN'],
    ['file', 'write', 'ENOSPC', 'STORAGE_FULL'],
    ['journal', 'write', 'ENOSPC', 'STORE_FAILED'],
    ['journal', 'create', 'EIO', 'STORE_FAILED'],
  ] as const)('%s, %s is %s: rejects with %s, and lets go of the file', async (kind, call, failure, code) => {
    const disk = await diskWith(kind)
    const persister = new JsonFilePersister<Item>(PATH, { disk })
    let isNamed = false
    disk.rule = (what, path) => {
      isNamed ||= what === 'rename' && path === PATH
      return what === call && (isNamed || call !== 'syncFolder') ? failure : null
    }
    expect(await codeOf(persister.save(null, SAVED))).toBe(code)
    expect([FOUND, SAVED]).toContainEqual(await load(disk))
    if (code !== 'OUTCOME_UNKNOWN') expect(await load(disk)).toEqual(FOUND)
    disk.rule = () => null
    await persister.save(null, SAVED)
    expect(await load(disk)).toEqual(SAVED)
    expect([...disk.files().keys()]).toEqual([PATH])
    expect(disk.opened.filter(({ closed }) => closed !== 1)).toEqual([])
  })

  test.each([
    ['file', false],
    ['file', true],
    ['journal', false],
    ['journal', true],
  ] as const)(
    'whichever call fails (%s, from then on: %s): what it says is so, and the file is let go of',
    async (kind, forever) => {
      let calls = Number.POSITIVE_INFINITY
      for (let at = 1; at <= calls; at++) {
        const disk = await diskWith(kind)
        const persister = new JsonFilePersister<Item>(PATH, { disk })
        let call = 0
        let failed = ''
        disk.rule = (what, path) => {
          call++
          if (forever ? call < at : call !== at) return null
          failed += `call ${call}: ${what} ${path}\n`
          return 'EIO'
        }
        const outcome = await persister.save(null, SAVED).then(
          () => 'saved',
          (error) => error.code,
        )
        if (failed === '') calls = call
        disk.rule = () => null
        const unknown = outcome === 'OUTCOME_UNKNOWN' ? [FOUND, SAVED] : [FOUND]
        const possible = outcome === 'saved' ? [SAVED] : unknown
        for (const after of [disk, disk.afterCrash(0), disk.afterCrash(1), disk.afterCrash(at)])
          expect(possible, failed).toContainEqual(await load(after))
        await persister.save(null, [])
        expect([...disk.files().keys()], failed).toEqual([PATH])
        expect(
          disk.opened.filter(({ closed }) => closed !== 1),
          failed,
        ).toEqual([])
      }
      expect(calls).toBeGreaterThan(5)
    },
  )
})

describe('an opening of a component that is refused', () => {
  class Unique extends IdentifiableFilePersistence<Item, string> {
    constructor(disk: FailingDisk, options = {}) {
      super(new JsonFilePersister<Item>(PATH, { disk, ...options }))
      this.ensureIndex({ v: 1 }, { unique: true })
    }
  }

  async function withTwins(): Promise<FailingDisk> {
    const disk = await diskWith('journal')
    const owner = await reopened(disk, PATH, { foldOnClose: false })
    await owner.put('a', 1)
    await owner.put('b', 1)
    await owner.close()
    disk.opened.length = 0
    return disk
  }

  test.each([null, 'ENOSPC', 'EIO'])('says why, and leaves the files alone (writes: %s)', async (failure) => {
    const disk = await withTwins()
    const before = filesOf(disk).map(([name]) => name)
    disk.rule = (call) => (call === 'write' ? failure : null)
    expect(await codeOf(new Unique(disk).open(null))).toBe('DUPLICATE_KEY')
    expect(filesOf(disk).map(([name]) => name)).toEqual(before)
    expect(disk.opened.filter(({ closed }) => closed !== 1)).toEqual([])
    disk.rule = () => null
    const owner = await reopened(disk, PATH)
    expect(owner.ids()).toBe('xyab')
    await owner.close()
  })

  test('says why when it reads only, too', async () => {
    const disk = await withTwins()
    const before = filesOf(disk)
    expect(await codeOf(new Unique(disk, { readOnly: true }).open(null))).toBe('DUPLICATE_KEY')
    expect(filesOf(disk)).toEqual(before)
    expect(disk.opened.filter(({ closed }) => closed !== 1)).toEqual([])
  })
})

describe('an engine that is abandoned', () => {
  test.each(['sync', 'interval', 'none'] as const)(
    'leaves what was acknowledged to the next opening, at %s',
    async (durability) => {
      const disk = await diskWith('file')
      const owner = await reopened(disk, PATH, { durability, checkpointSize: 1 })
      await owner.put('a')
      await owner.put('b')
      const late = owner.put('c')
      await owner.log.abandon()
      await late
      expect(await codeOf(owner.put('d'))).toBe('NOT_OPENED')
      await owner.close()
      await owner.log.abandon()
      expect(disk.opened.filter(({ closed }) => closed !== 1)).toEqual([])
      const next = await reopened(disk, PATH)
      expect(next.ids()).toBe('xyabc')
      await next.close()
    },
  )

  test('that was never opened has nothing to let go of', async () => {
    const disk = await diskWith('journal')
    const before = filesOf(disk)
    await new TestOwner(disk, PATH).log.abandon()
    expect(filesOf(disk)).toEqual(before)
  })
})
