import { mkdtempSync, readdirSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { nodeDisk } from '../../src/file/NodeDisk.js'
import { salvage } from '../../src/file/salvage.js'
import { SimulatedDisk } from '../simulated/SimulatedDisk.js'
import { FailingDisk, once } from './support/FailingDisk.js'
import { codeOf, reopened } from './support/TestOwner.js'

const PATH = '/d/items.json'
const COPY = '/d/copy.json'

function newDisk(): SimulatedDisk {
  const disk = new SimulatedDisk()
  disk.putFolder('/d')
  return disk
}

describe.each([
  ['of two backups to one path at once, one resolves', null],
  ['and none takes the file of the other away, when the folder of one is not flushed', 'syncFolder'],
])('%s', (_, fault) => {
  const items = Array.from({ length: 200 }, (_, i) => ({ id: `i${i}`, v: 'x'.repeat(1000) }))

  test('who resolves has a whole file on the disk, whenever the other began', async () => {
    for (let later = 0; later < 40; later++) {
      const disk = new FailingDisk()
      disk.putFile(PATH, JSON.stringify(items))
      const owner = await reopened(disk, PATH)
      disk.rule = once((call) => call === fault)
      const backup = async () => {
        await owner.log.backup(null, COPY)
        expect(JSON.parse(disk.afterCrash(0).getText(COPY)!)).toEqual(items)
      }
      const first = backup()
      for (let turn = 0; turn < later; turn++) await null
      const both = await Promise.allSettled([first, backup()])
      const failed = both.filter((it) => it.status === 'rejected')
      for (const { reason } of failed) expect(reason).toMatchObject({ code: 'WRITE_FAILED' })
      if (fault === null) expect(failed).toHaveLength(1)
      const left = failed.length === 1 ? [COPY] : []
      expect([...disk.files().keys()]).toEqual([...left, PATH])
    }
  })
})

test('a backup does not overwrite what came to its path while it was written', async () => {
  const disk = newDisk()
  const owner = await reopened(disk, PATH)
  await owner.put('a')
  disk.recordLog = true
  disk.onCall = () => {
    if (disk.log.at(-1)?.includes('tmp-backup')) disk.putFile(COPY, 'of somebody else')
  }
  expect(await codeOf(owner.log.backup(null, COPY))).toBe('WRITE_FAILED')
  disk.onCall = null
  expect(disk.getText(COPY)).toBe('of somebody else')
  expect([...disk.files().keys()]).toEqual([COPY, `${PATH}.journal-1`])
})

describe('a backup into the store itself is refused before anything is written', () => {
  const refused = [PATH, `${PATH}.journal-2`, `${PATH}.journal-900`, `${PATH}.tmp-snapshot-1`]

  test.each(refused)('at %s', async (path) => {
    const disk = newDisk()
    const owner = await reopened(disk, PATH)
    for (const id of 'ab') {
      const before = [...disk.files().keys()]
      expect(await codeOf(owner.log.backup(null, path))).toBe('WRITE_FAILED')
      expect([...disk.files().keys()]).toEqual(before)
      await owner.put(id)
    }
    expect((await reopened(disk.afterKill(), PATH)).ids()).toBe('ab')
  })

  test('by one that reads along, and by salvage', async () => {
    const disk = newDisk()
    const owner = await reopened(disk, PATH)
    const reader = await reopened(disk, PATH, { readOnly: true })
    expect(await codeOf(reader.log.backup(null, PATH))).toBe('WRITE_FAILED')
    await owner.put('a')
    expect(await codeOf(reader.log.backup(null, PATH))).toBe('WRITE_FAILED')
    expect(await codeOf(salvage(PATH, PATH, { disk }))).toBe('WRITE_FAILED')
    expect([...disk.files().keys()]).toEqual([`${PATH}.journal-1`])
  })

  test('by a link, and in other letters where case may mean nothing', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-backup-'))
    symlinkSync(folder, join(folder, 'again'))
    symlinkSync('items.json', join(folder, 'link.json'))
    const owner = await reopened(nodeDisk, join(folder, 'items.json'))
    for (const name of ['items.json', 'again/items.json', 'link.json'])
      expect(await codeOf(owner.log.backup(null, join(folder, name)))).toBe('WRITE_FAILED')
    const platform = Object.getOwnPropertyDescriptor(process, 'platform')!
    Object.defineProperty(process, 'platform', { ...platform, value: 'darwin' })
    try {
      expect(await codeOf(owner.log.backup(null, join(folder, 'ITEMS.json')))).toBe('WRITE_FAILED')
    } finally {
      Object.defineProperty(process, 'platform', platform)
    }
    await owner.log.backup(null, join(folder, 'again/Items.json'))
    expect(readdirSync(folder).filter((name) => name.endsWith('tems.json'))).toEqual(['Items.json'])
    await owner.close()
  })

  test('and one of a store that has no folder yet works', async () => {
    const disk = newDisk()
    const reader = await reopened(disk, '/no/where/items.json', { readOnly: true })
    await reader.log.backup(null, COPY)
    expect(disk.getText(COPY)).toBe('[]\n')
  })
})

test.each(['renameNew', 'syncFolder'])(
  'a backup whose %s is done and fails leaves nothing, and can be repeated',
  async (what) => {
    const disk = new FailingDisk()
    disk.putFile(PATH, '[{"id":"A"}]')
    const owner = await reopened(disk, PATH)
    const isCopy = (path: string) => path === (what === 'renameNew' ? COPY : '/d')
    const call = disk[what as 'renameNew'].bind(disk)
    disk[what as 'renameNew'] = async (...paths) => {
      await call(...paths)
      if (isCopy(paths.at(-1)!)) throw Object.assign(new Error('EIO'), { code: 'EIO' })
    }
    expect(await codeOf(owner.log.backup(null, COPY))).toBe('WRITE_FAILED')
    expect([...disk.files().keys()]).toEqual([PATH])
    disk[what as 'renameNew'] = call
    await owner.log.backup(null, COPY)
    expect(disk.getText(COPY)).toBe('[\n{"id":"A"}\n]\n')
  },
)
