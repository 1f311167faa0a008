import { describe, expect, test } from 'vitest'
import { salvage } from '../../src/file/salvage.js'
import { verify } from '../../src/file/verify.js'
import { SimulatedDisk } from '../simulated/SimulatedDisk.js'
import { FailingDisk } from './support/FailingDisk.js'
import { codeOf, reopened } from './support/TestOwner.js'

const PATH = '/d/items.json'
const JOURNAL = `${PATH}.journal-1`

async function killed(): Promise<SimulatedDisk> {
  const disk = new SimulatedDisk()
  disk.putFile('/x', '')
  disk.putFolder('/d')
  disk.putFile(PATH, '[{"id":"a"},{"id":"b"}]')
  const owner = await reopened(disk, PATH)
  await owner.put('c')
  await owner.delete('a')
  await owner.put('d')
  await owner.put('e')
  return disk.afterKill()
}

function originals(disk: SimulatedDisk): string {
  return JSON.stringify(
    [...disk.files()].filter(([name]) => name !== '/d/out.json').map(([n, b]) => [n, [...b]]),
  )
}

/** Spoils the second record, which deletes a. */
function damage(disk: SimulatedDisk): void {
  const bytes = Buffer.from(disk.getFile(JOURNAL)!)
  const second = 64 + 32 + bytes.readUInt32LE(72)
  bytes[second + 40]! ^= 1
  disk.putFile(JOURNAL, bytes)
}

async function ids(disk: SimulatedDisk, what: 'file' | 'replay'): Promise<{ ids: string; problems: number }> {
  const before = originals(disk)
  const report = await salvage(PATH, '/d/out.json', { what, disk })
  expect(originals(disk)).toBe(before)
  const items = JSON.parse(disk.getText('/d/out.json')!) as { id: string }[]
  await disk.unlink('/d/out.json')
  expect(report.written).toBe(items.length)
  return { ids: items.map(({ id }) => id).join(''), problems: report.problems.length }
}

describe('verify', () => {
  test('tells what an opening would find, and changes nothing', async () => {
    const disk = await killed()
    const before = originals(disk)
    expect(await verify(PATH, { disk })).toMatchObject({
      path: PATH,
      ok: true,
      error: null,
      items: 4,
      lastSequence: 4,
      batchesReplayed: 4,
      tailBytes: 0,
      journals: [JOURNAL],
    })
    expect(originals(disk)).toBe(before)
  })

  test('names all journals that stand there, also one that is done with', async () => {
    const disk = new FailingDisk()
    const owner = await reopened(disk, PATH)
    await owner.put('a')
    disk.rule = (call, path) => (call === 'unlink' && path.includes('journal-1') ? 'EIO' : null)
    await owner.log.save(null, owner.items())
    const all = [JOURNAL, `${PATH}.journal-2`]
    expect(await verify(PATH, { disk })).toMatchObject({ ok: true, journals: all })
    disk.putFile(PATH, '[')
    expect(await verify(PATH, { disk })).toMatchObject({ ok: false, journals: all })
  })

  test('reports damage as the error of an opening', async () => {
    const disk = await killed()
    damage(disk)
    const report = await verify(PATH, { disk })
    expect(report).toMatchObject({ ok: false, items: null, journals: [JOURNAL] })
    expect(report.error?.code).toBe('DATA_CORRUPTED')
  })

  test('takes no options', async () => {
    expect(await codeOf(verify(PATH, { deep: true } as object))).toBe('BAD_CONFIG')
  })

  test('beside the owner', async () => {
    const disk = new SimulatedDisk()
    disk.putFolder('/d')
    const owner = await reopened(disk, PATH)
    await owner.put('a')
    expect(await verify(PATH, { disk })).toMatchObject({ ok: true, items: 1 })
  })

  test('what cannot be read is an error', async () => {
    const disk = new SimulatedDisk()
    disk.putFolder('/d')
    disk.putFolder(PATH)
    expect(await codeOf(verify(PATH, { disk }))).toBe('READ_FAILED')
  })
})

describe('salvage', () => {
  test('of a good store gives what it holds', async () => {
    const disk = await killed()
    expect(await ids(disk, 'file')).toEqual({ ids: 'ab', problems: 0 })
    expect(await ids(disk, 'replay')).toEqual({ ids: 'bcde', problems: 0 })
  })

  test('passes over a damaged batch and says so', async () => {
    const disk = await killed()
    damage(disk)
    expect(await ids(disk, 'replay')).toEqual({ ids: 'abcde', problems: 1 })
  })

  test('replays onto a file that the journal does not fit', async () => {
    const disk = await killed()
    disk.putFile(PATH, '[{"id":"z"}]')
    expect(await codeOf(reopened(disk, PATH))).toBe('DATA_CORRUPTED')
    expect(await ids(disk, 'replay')).toEqual({ ids: 'zcde', problems: 1 })
    await disk.unlink(PATH)
    expect(await ids(disk, 'replay')).toEqual({ ids: 'cde', problems: 2 })
    expect(await ids(disk, 'file')).toEqual({ ids: '', problems: 1 })
  })

  test('a journal without a header is named and left out', async () => {
    const disk = await killed()
    disk.putFile(JOURNAL, Buffer.alloc(200))
    expect(await ids(disk, 'replay')).toEqual({ ids: 'ab', problems: 1 })
  })

  test.each([
    ['cut short', '[{"id":"a"},{"id":"b"},{"id', 'ab', 2],
    ['a bad line in the middle', '[\n{"id":"a"},\n{"id":"b",},\n{"id":"c"},\n{"id":"d"}\n]\n', 'acd', 2],
    ['NULs at the end', `[\n{"id":"a"},\n{"id":"b"},\n${'\0'.repeat(20)}`, 'ab', 2],
    ['no bytes', '', '', 1],
    ['not JSON', 'hello', '', 2],
  ])('of a damaged file: %s', async (_, text, expected, problems) => {
    const disk = new SimulatedDisk()
    disk.putFolder('/d')
    disk.putFile(PATH, text)
    expect(await ids(disk, 'file')).toEqual({ ids: expected, problems })
  })

  test('everything is set out with its place', async () => {
    const disk = await killed()
    damage(disk)
    const report = await salvage(PATH, '/d/out.json', { what: 'everything', disk })
    const entries = JSON.parse(disk.getText('/d/out.json')!)
    expect(report).toMatchObject({ written: 5, itemsInFile: 2, batches: 3, changes: 3 })
    expect(entries[0]).toEqual({ from: 'file', position: 0, item: { id: 'a' } })
    expect(entries[2]).toEqual({
      from: JOURNAL,
      offset: 64,
      sequence: 1,
      change: { op: 'put', id: 'c', item: { id: 'c' } },
    })
  })

  test('refuses an option that it does not have, and writes nothing then', async () => {
    const disk = await killed()
    for (const options of [{ waht: 'file' }, { what: 'evrything' }, { what: null }, { toString: 1 }]) {
      expect(await codeOf(salvage(PATH, '/d/out.json', { disk, ...options } as object))).toBe('BAD_CONFIG')
    }
    expect(disk.getFile('/d/out.json')).toBeNull()
    expect((await salvage(PATH, '/d/out.json', { disk, what: undefined } as object)).written).toBe(4)
  })

  test('overwrites nothing', async () => {
    const disk = await killed()
    expect(await codeOf(salvage(PATH, PATH, { disk }))).toBe('WRITE_FAILED')
    expect(disk.getText(PATH)).toBe('[{"id":"a"},{"id":"b"}]')
  })
})
