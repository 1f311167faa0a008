import { expect, test } from 'vitest'
import { SimulatedDisk } from '../simulated/SimulatedDisk.js'
import { codeOf, reopened } from './support/TestOwner.js'

const PATH = '/d/items.json'
const COPY = '/d/copy.json'

function newDisk(): SimulatedDisk {
  const disk = new SimulatedDisk()
  disk.putFolder('/d')
  return disk
}

test('of two backups to one path at once, whoever resolves has a whole file on the disk', async () => {
  const items = Array.from({ length: 200 }, (_, i) => ({ id: `i${i}`, v: 'x'.repeat(1000) }))
  for (let later = 0; later < 40; later++) {
    const disk = newDisk()
    disk.putFile(PATH, JSON.stringify(items))
    const owner = await reopened(disk, PATH)
    let resolved = 0
    const backup = async () => {
      await owner.log.backup(null, COPY)
      expect(JSON.parse(disk.afterCrash(0).getText(COPY)!)).toEqual(items)
      resolved++
    }
    const first = backup()
    for (let turn = 0; turn < later; turn++) await null
    const failed = (await Promise.allSettled([first, backup()])).filter((it) => it.status === 'rejected')
    for (const { reason } of failed) expect(reason).toMatchObject({ code: 'WRITE_FAILED' })
    expect(resolved).toBeGreaterThan(0)
    expect([...disk.files().keys()]).toEqual([COPY, PATH])
  }
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
