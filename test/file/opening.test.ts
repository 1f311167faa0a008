import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { findFiles, refuseLongName, snapshotTempPath } from '../../src/file/fileSet.js'
import { nodeDisk } from '../../src/file/NodeDisk.js'
import { SimulatedDisk } from '../simulated/SimulatedDisk.js'
import { killed, newDisk } from './support/killed.js'
import { codeOf, reopened, TestOwner } from './support/TestOwner.js'

const PATH = '/d/items.json'
const JOURNAL = `${PATH}.journal-1`

describe('opening', () => {
  test('after a kill, where ids stand is told once, and after a clean close not at all', async () => {
    const disk = await killed('a', 'b', 'c')
    const owner = await reopened(disk, PATH)
    const slots = owner.log.takeSlots()
    expect(['c', 'a', 'd'].map((id) => slots?.find(id))).toEqual([2, 0, -1])
    expect(owner.log.takeSlots()).toBe(null)
    await owner.close()
    expect((await reopened(disk, PATH)).log.takeSlots()).toBe(null)
  })

  test('no file and no journal: no items, and closing writes nothing', async () => {
    const disk = await newDisk()
    const owner = await reopened(disk, PATH)
    expect(owner.list).toEqual([])
    await owner.close()
    expect([...disk.files().keys()]).toEqual([])
    expect(owner.log.recovery).toEqual({
      journalFound: false,
      lastSequence: 0,
      batchesReplayed: 0,
      bytesSetAside: 0,
      setAsidePath: null,
      duplicateIds: [],
      itemsWithoutId: 0,
      conflictPaths: [],
    })
  })

  test('missing folders are made and survive a power cut with what is in them', async () => {
    const disk = new SimulatedDisk()
    const owner = await reopened(disk, '/a/b/c/items.json')
    await owner.put('x')
    expect((await reopened(disk.afterCrash(0), '/a/b/c/items.json')).ids()).toBe('x')
  })

  test('after close the file alone is the whole truth', async () => {
    const disk = await newDisk()
    const owner = await reopened(disk, PATH)
    await owner.put('a', 1)
    await owner.put('b')
    await owner.put('a', 2)
    await owner.delete('b')
    await owner.put('c')
    await owner.close()
    expect([...disk.files().keys()]).toEqual([PATH])
    expect(disk.getText(PATH)).toBe('[\n{"id":"a","v":2},\n{"id":"c"}\n]\n')
    const crashed = disk.afterCrash(0)
    expect(crashed.getText(PATH)).toBe(disk.getText(PATH))
  })

  test('new files have mode 0600, old ones keep theirs', async () => {
    const disk = await newDisk()
    await (await reopened(disk, PATH)).put('a')
    expect((await disk.stat(JOURNAL))!.mode & 0o777).toBe(0o600)
    disk.putFile('/d/old.json', '[]', 0o664)
    const owner = await reopened(disk, '/d/old.json')
    await owner.put('a')
    expect((await disk.stat('/d/old.json.journal-1'))!.mode & 0o777).toBe(0o600)
    await owner.close()
    expect((await disk.stat('/d/old.json'))!.mode & 0o777).toBe(0o664)
  })

  test('a path at which no other file can be put is refused', async () => {
    const disk = await newDisk()
    disk.canReplace = async () => false
    expect(await codeOf(reopened(disk, PATH))).toBe('WRITE_FAILED')
  })

  test('a name is refused that leaves no room for the names beside it, and the longest that does not is good', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-names-'))
    for (const length of [224, 240, 241, 242, 255])
      expect(await codeOf(reopened(nodeDisk, join(folder, 'x'.repeat(length))))).toBe('WRITE_FAILED')
    expect(await codeOf(reopened(nodeDisk, join(folder, 'é'.repeat(112))))).toBe('WRITE_FAILED')
    expect(readdirSync(folder)).toEqual([])
    const path = join(folder, 'x'.repeat(223))
    const owner = await reopened(nodeDisk, path)
    await owner.put('a')
    await owner.log.save(null, owner.list)
    writeFileSync(path, 'edited by hand')
    await owner.close()
    expect(owner.log.recovery!.conflictPaths).toHaveLength(1)
    expect(readFileSync(path, 'utf8')).toBe('[\n{"id":"a"}\n]\n')
    // Whatever number their journals come to, and whatever else is kept at the same time.
    expect(readdirSync(folder)).toHaveLength(2)
    const names = [
      snapshotTempPath(path, Number.MAX_SAFE_INTEGER),
      `${owner.log.recovery!.conflictPaths[0]}-99`,
    ]
    for (const name of names) expect(basename(name).length).toBeLessThanOrEqual(255)
    expect(Math.max(...names.map((name) => basename(name).length))).toBe(255)
    rmSync(folder, { recursive: true })
  })

  test.each(['journal-1', 'tmp-journal-2', 'tmp-snapshot-1', 'tmp-backup-0123456789abcdef'])(
    'a name that a store gives to files of its own is refused: it would be damage, or removed (%s)',
    async (ending) => {
      const disk = await newDisk()
      expect(await codeOf(reopened(disk, `${PATH}.${ending}`))).toBe('WRITE_FAILED')
      disk.putFile(`${PATH}.${ending}`, '[]')
      expect(await codeOf(reopened(disk, `${PATH}.${ending}`))).toBe('WRITE_FAILED')
      expect((await reopened(disk, `${PATH}.${ending}`, { readOnly: true })).list).toEqual([])
    },
  )

  test.each(['torn-3', 'conflict-20261122T170512345Z', 'journal-0', 'journal', 'tmp-snapshot'])(
    'a name that is nothing to the store beside it is good (%s)',
    async (ending) => {
      const disk = await newDisk()
      const other = await reopened(disk, `${PATH}.${ending}`)
      await other.put('a')
      await other.close()
      const owner = await reopened(disk, PATH)
      await owner.put('b')
      await owner.close()
      expect((await reopened(disk, `${PATH}.${ending}`)).ids()).toBe('a')
    },
  )

  test.each(['items\ud800.json', 'items.json\udc00', '\udc00\ud800/items.json'])(
    'a path with half a surrogate pair is refused: the system would see another name (%j)',
    async (name) => {
      const folder = mkdtempSync(join(tmpdir(), 'holdfast-names-'))
      for (const readOnly of [false, true])
        expect(await codeOf(reopened(nodeDisk, join(folder, name), { readOnly }))).toBe('BAD_CONFIG')
      expect(readdirSync(folder)).toEqual([])
      const whole = await reopened(nodeDisk, join(folder, '😀.json'))
      expect(await codeOf(reopened(nodeDisk, join(folder, '😀.json')))).toBe('LOCKED')
      await whole.close()
      rmSync(folder, { recursive: true })
    },
  )

  test('a file system that cannot be asked how long a name may be is an error', async () => {
    const disk = await newDisk()
    disk.stat = async () => {
      throw Object.assign(new Error('EIO'), { code: 'EIO' })
    }
    await expect(refuseLongName(disk, PATH)).rejects.toMatchObject({ code: 'EIO' })
  })

  test('a folder at the path is READ_FAILED', async () => {
    const disk = await newDisk()
    disk.putFolder(PATH)
    expect(await codeOf(reopened(disk, PATH))).toBe('READ_FAILED')
  })

  test('temporary files that were left are removed under the lock only', async () => {
    const disk = await newDisk()
    const owner = await reopened(disk, PATH)
    disk.putFile(`${PATH}.tmp-snapshot-3`, 'x')
    expect(await codeOf(reopened(disk, PATH))).toBe('LOCKED')
    await reopened(disk, PATH, { readOnly: true })
    expect(disk.getText(`${PATH}.tmp-snapshot-3`)).toBe('x')
    await owner.close()
    disk.putFile(`${PATH}.tmp-mine`, 'not ours')
    await reopened(disk, PATH)
    expect(disk.getFile(`${PATH}.tmp-snapshot-3`)).toBeNull()
    expect(disk.getText(`${PATH}.tmp-mine`)).toBe('not ours')
  })

  test('an opening that fails leaves no lock', async () => {
    const disk = await newDisk()
    disk.putFile(PATH, 'x')
    expect(await codeOf(reopened(disk, PATH))).toBe('DATA_CORRUPTED')
    expect(await codeOf(reopened(disk, PATH))).toBe('DATA_CORRUPTED')
    expect(disk.getText(PATH)).toBe('x')
  })

  test('taken and missing ids are all kept, counted and told', async () => {
    const disk = await newDisk()
    disk.putFile(
      PATH,
      '[{"id":"a","v":1},{"id":"b"},{"id":"a","v":2},{"v":3},{"id":""},{"id":1},{"id":"1"},7]',
    )
    const owner = await reopened(disk, PATH)
    expect(owner.list.length).toBe(8)
    expect(owner.log.recovery).toMatchObject({ duplicateIds: ['a'], itemsWithoutId: 3 })
    expect(owner.warnings.length).toBe(2)
    await owner.put('a', 4)
    await owner.delete('a')
    await owner.put('b', 5)
    const again = await reopened(disk.afterKill(), PATH)
    expect(again.list).toEqual([
      { id: 'b', v: 5 },
      { id: 'a', v: 2 },
      { v: 3 },
      { id: '' },
      { id: 1 },
      { id: '1' },
      7,
    ])
  })

  test('items without ids are no defect where no item has one', async () => {
    const disk = await newDisk()
    disk.putFile(PATH, '[1,2,2]')
    expect((await reopened(disk, PATH)).log.recovery).toMatchObject({ duplicateIds: [], itemsWithoutId: 0 })
  })
})

describe('what stands beside a file', () => {
  test('in a folder that is none, or is missing, is nothing; what cannot be listed is an error', async () => {
    for (const code of ['ENOENT', 'ENOTDIR', 'EACCES', 'EIO']) {
      const disk = new SimulatedDisk()
      disk.list = () => Promise.reject(Object.assign(new Error(code), { code }))
      const found = findFiles(disk, PATH)
      if (code.startsWith('ENO')) expect(await found).toEqual({ journals: [], leftovers: [] })
      else expect(await codeOf(found)).toBe(code)
    }
  })

  test('journals are in the order of their numbers, and names that only look like ours are left alone', async () => {
    const disk = await newDisk()
    const numbers = [
      '10',
      '9',
      '1',
      '0',
      '01',
      '1x',
      '9007199254740991',
      '9007199254740992',
      '12345678901234567',
    ]
    const names = numbers.map((n) => `items.json.journal-${n}`)
    for (const name of [
      ...names,
      'items.jsonx.journal-2',
      'items.json.tmp-snapshot-',
      'items.json.tmp-backup-0123456789abcdef',
    ])
      disk.putFile(`/d/${name}`, '')
    expect(await findFiles(disk, PATH)).toEqual({
      journals: [1, 9, 10, 2 ** 53 - 1],
      leftovers: [`${PATH}.tmp-backup-0123456789abcdef`],
    })
  })

  test('a drive that is not there is an error, and not an endless way up', async () => {
    const disk = new SimulatedDisk()
    disk.stat = async () => null
    disk.makeFolder = () => Promise.reject(Object.assign(new Error('no drive'), { code: 'ENOENT' }))
    expect(await codeOf(reopened(disk, PATH))).toBe('WRITE_FAILED')
  })
})

test('a write that is asked for before it is open is refused, whenever that was', async () => {
  let refused = 0
  for (let turns = 0; turns < 400; turns++) {
    const disk = new SimulatedDisk()
    disk.putFolder('/d')
    const owner = new TestOwner(disk, '/d/items.json')
    const opening = owner.open()
    for (let i = 0; i < turns; i++) await null
    const code = await owner.put('a').then(
      () => 'written',
      (error) => error.code,
    )
    await opening
    if (code === 'NOT_OPENED') refused++
    const found = (await reopened(disk.afterKill(), '/d/items.json')).ids()
    expect([turns, code, found]).toEqual([turns, ...(code === 'NOT_OPENED' ? [code, ''] : ['written', 'a'])])
  }
  // Some came before it was open, and the others after.
  expect(refused).toBeGreaterThan(10)
  expect(refused).toBeLessThan(400)
})
