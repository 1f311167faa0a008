import { mkdtempSync, readFileSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Batch } from '../../src/contract/Change.js'
import { UNUSED } from '../../src/file/frame.js'
import { nodeDisk } from '../../src/file/NodeDisk.js'
import { SimulatedDisk } from '../simulated/SimulatedDisk.js'
import { framesOf } from './support/journalOf.js'
import { killed, newDisk } from './support/killed.js'
import { applied, codeOf, type Item, reopened, type TestOwner } from './support/TestOwner.js'

const PATH = '/d/items.json'
const JOURNAL = `${PATH}.journal-1`
const LAZY = { foldOnClose: false }

function changed(disk: SimulatedDisk, path: string, change: (bytes: Buffer) => Buffer): void {
  disk.putFile(path, Buffer.from(change(Buffer.from(disk.getFile(path)!))))
}

/** Everything on the disk, so that a test can say that no byte was changed. */
function content(disk: SimulatedDisk): string {
  return JSON.stringify([...disk.files()].map(([name, bytes]) => [name, Buffer.from(bytes).toString('hex')]))
}

/** Where the frames of a journal start, and where they end. */
function boundaries(bytes: Buffer): number[] {
  const found = [64]
  for (let at = 64; at < bytes.length && bytes[at] !== UNUSED; ) {
    at += 32 + bytes.readUInt32LE(at + 8)
    found.push(at)
  }
  return found
}

/** A journal with that text written behind its frames, in the space that is there or without any. */
function continued(bytes: Buffer, text: string, space: boolean): Buffer {
  const end = boundaries(bytes).at(-1)!
  const rest = space ? bytes.subarray(end + text.length) : bytes.subarray(0, 0)
  return Buffer.concat([bytes.subarray(0, end), Buffer.from(text), rest])
}

describe('recovery', () => {
  test('everything acknowledged is there after a kill and after a power cut, twice as once', async () => {
    const disk = await newDisk()
    const owner = await reopened(disk, PATH)
    for (const id of ['a', 'b', 'c']) await owner.put(id)
    for (const after of [
      disk.afterKill(),
      ...Array.from({ length: 20 }, (_, seed) => disk.afterCrash(seed)),
    ]) {
      const first = await reopened(after, PATH)
      expect(first.ids()).toBe('abc')
      expect(first.log.recovery).toMatchObject({ journalFound: true, batchesReplayed: 3, lastSequence: 3 })
      const again = after.afterKill()
      const second = await reopened(again, PATH)
      expect(second.list).toEqual(first.list)
      await second.put('d')
      expect((await reopened(again.afterKill(), PATH)).ids()).toBe('abcd')
    }
  })

  test.each([true, false])(
    'a tail that was never acknowledged is set aside, cut and reported (space behind it: %s)',
    async (space) => {
      const disk = await killed('a', 'b')
      changed(disk, JOURNAL, (bytes) => continued(bytes, 'half a frame', space))
      const owner = await reopened(disk, PATH)
      expect(owner.ids()).toBe('ab')
      expect(owner.log.recovery).toMatchObject({
        bytesSetAside: 12,
        setAsidePath: `${PATH}.torn-2`,
        lastSequence: 2,
      })
      expect(disk.getText(`${PATH}.torn-2`)).toBe('half a frame')
      await owner.put('c')
      const crashed = disk.afterCrash(0)
      expect((await reopened(crashed, PATH)).ids()).toBe('abc')
      expect(crashed.getText(`${PATH}.torn-2`)).toBe('half a frame')
    },
  )

  test('a tail that cannot be set aside stays where it is, and attempts leave nothing', async () => {
    const disk = await killed('a')
    changed(disk, JOURNAL, (bytes) => continued(bytes, 'x'.repeat(3000), false))
    const before = content(disk)
    disk.capacity = disk.used() + 1000
    for (let attempt = 0; attempt < 3; attempt++) {
      const owner = await reopened(disk, PATH)
      expect([owner.ids(), await codeOf(owner.put('b'))]).toEqual(['a', 'STORE_FAILED'])
      await owner.log.abandon()
    }
    disk.capacity = Number.POSITIVE_INFINITY
    expect(content(disk)).toBe(before)
    expect((await reopened(disk, PATH)).log.recovery).toMatchObject({ bytesSetAside: 3000 })
  })

  test('two tails behind the same batch are both kept', async () => {
    const disk = await killed('a')
    for (const text of ['one', 'two']) {
      changed(disk, JOURNAL, (bytes) => continued(bytes, text, true))
      await (await reopened(disk, PATH, LAZY)).close()
    }
    expect([disk.getText(`${PATH}.torn-1`), disk.getText(`${PATH}.torn-1-2`)]).toEqual(['one', 'two'])
  })

  test('damage in front of what was acknowledged is DATA_CORRUPTED with place, and nothing is changed', async () => {
    const disk = await killed('a', 'b', 'c', 'd')
    const [, second] = boundaries(Buffer.from(disk.getFile(JOURNAL)!)) as [number, number]
    changed(disk, JOURNAL, (bytes) => {
      bytes[second + 35]! ^= 4
      return bytes
    })
    const before = content(disk)
    const error = await reopened(disk, PATH).catch((e) => e)
    expect(error).toMatchObject({
      code: 'DATA_CORRUPTED',
      details: { path: JOURNAL, offset: second, lastReadable: 1 },
    })
    expect(content(disk)).toBe(before)
  })

  test('frames of a batch without its commit are a tail', async () => {
    const disk = await newDisk()
    const owner = await reopened(disk, PATH, { checkpointSize: 1e9 })
    await owner.put('a')
    await owner.batch([{ op: 'put', id: 'b', item: { id: 'b', v: 'é'.repeat(5_000_000) } }])
    expect((await reopened(disk.afterKill(), PATH)).list[1]!.v).toHaveLength(5_000_000)
    const killed = disk.afterKill()
    const frames = boundaries(Buffer.from(killed.getFile(JOURNAL)!))
    expect(frames.length).toBeGreaterThan(3)
    changed(killed, JOURNAL, (bytes) => bytes.subarray(0, frames.at(-2)!))
    const again = await reopened(killed, PATH)
    expect(again.ids()).toBe('a')
    expect(again.log.recovery!.bytesSetAside).toBe(frames.at(-2)! - frames[1]!)
  })

  test('every truncation gives the batches before it and reports the rest', async () => {
    const disk = await killed('a', 'b', 'c')
    const whole = Buffer.from(disk.getFile(JOURNAL)!)
    const frames = boundaries(whole)
    for (let length = 0; length < whole.length; length++) {
      const cut = disk.afterKill()
      cut.putFile(JOURNAL, Buffer.from(whole.subarray(0, length)))
      if (length < 64) {
        expect(await codeOf(reopened(cut, PATH))).toBe('DATA_CORRUPTED')
        continue
      }
      const kept = frames.filter((at) => at <= length).length - 1
      const owner = await reopened(cut, PATH)
      expect(owner.ids()).toBe('abc'.slice(0, kept))
      // Space behind the frames is nothing to report. A checksum may end as that space looks, and then its end is space.
      const rest = framesOf(whole.subarray(frames[kept], length)).length
      expect(owner.log.recovery).toMatchObject({ lastSequence: kept, bytesSetAside: rest })
    }
    expect(whole.length).toBeGreaterThan(frames.at(-1)!)
  })

  test('a flipped bit in any byte is noticed: all items, all but a reported tail, or DATA_CORRUPTED', async () => {
    const disk = await killed('a', 'b', 'c')
    const whole = Buffer.from(disk.getFile(JOURNAL)!)
    const end = boundaries(whole).at(-1)!
    const outcomes = new Map<string, number>()
    for (let bit = 0; bit < whole.length * 8; bit += 3) {
      const hit = disk.afterKill()
      const bytes = Buffer.from(whole)
      bytes[bit >> 3]! ^= 1 << (bit & 7)
      hit.putFile(JOURNAL, Buffer.from(bytes))
      const before = content(hit)
      const owner = await reopened(hit, PATH).catch((error) => error.code as string)
      const outcome = typeof owner === 'string' ? owner : owner.ids()
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
      if (typeof owner === 'string') expect(content(hit)).toBe(before)
      // In the space behind the frames the hit byte is the last that is not as it was made.
      else expect(owner.log.recovery!.bytesSetAside > 0).toBe(true)
      if (bit >> 3 >= end)
        expect([outcome, owner]).toMatchObject([
          'abc',
          { log: { recovery: { bytesSetAside: (bit >> 3) + 1 - end } } },
        ])
      else expect(outcome).not.toBe('abc')
    }
    // The second frame says that the first was flushed, the third that the second was; nobody says it of the third.
    expect([...outcomes.keys()].sort()).toEqual(['DATA_CORRUPTED', 'ab', 'abc'])
  })

  test('zeroed, removed and repeated records are noticed', async () => {
    const disk = await killed('a', 'b', 'c', 'd')
    const whole = Buffer.from(disk.getFile(JOURNAL)!)
    const frames = boundaries(whole)
    const outcomeOf = async (bytes: Buffer) => {
      const hit = disk.afterKill()
      hit.putFile(JOURNAL, Buffer.from(bytes))
      const owner = await reopened(hit, PATH).catch((error) => error.code as string)
      return typeof owner === 'string' ? owner : `${owner.ids()} ${owner.log.recovery!.bytesSetAside}`
    }
    for (let i = 0; i < 4; i++) {
      const [from, to] = [frames[i]!, frames[i + 1]!]
      const zeroed = Buffer.from(whole).fill(0, from, to)
      expect(await outcomeOf(zeroed)).toBe(i < 3 ? 'DATA_CORRUPTED' : `abc ${to - from}`)
      const removed = Buffer.concat([whole.subarray(0, from), whole.subarray(to)])
      expect(await outcomeOf(removed)).toBe(i < 3 ? 'DATA_CORRUPTED' : 'abc 0')
      // The last record says that the third was flushed, and so nothing of a repetition behind the third.
      const repeated = Buffer.concat([whole.subarray(0, to), whole.subarray(from)])
      const tail = frames.at(-1)! - from
      expect(await outcomeOf(repeated)).toBe(i < 2 ? 'DATA_CORRUPTED' : `${'abcd'.slice(0, i + 1)} ${tail}`)
    }
    const space = whole.length - frames.at(-1)!
    expect(await outcomeOf(Buffer.from(whole).fill(0, frames.at(-1)))).toBe(`abcd ${space}`)
  })

  test('while a journal exists it vouches for the file', async () => {
    const disk = await newDisk()
    disk.putFile(PATH, '[{"id":"a"}]')
    await (await reopened(disk, PATH)).put('b')
    const edited = disk.afterKill()
    edited.putFile(PATH, '[{"id":"x"}]')
    const missing = disk.afterKill()
    await missing.unlink(PATH)
    for (const it of [edited, missing]) {
      const before = content(it)
      expect(await codeOf(reopened(it, PATH))).toBe('DATA_CORRUPTED')
      expect(await codeOf(reopened(it, PATH, { readOnly: true }))).toBe('DATA_CORRUPTED')
      expect(content(it)).toBe(before)
    }
    expect((await reopened(disk.afterKill(), PATH)).ids()).toBe('ab')
  })

  test('a file that appears beside a journal that began without one is damage', async () => {
    const disk = await killed('a')
    disk.putFile(PATH, '[]')
    expect(await codeOf(reopened(disk, PATH))).toBe('DATA_CORRUPTED')
  })

  test('closing without a fold leaves the journal, and the next opening goes on with it', async () => {
    const disk = await newDisk()
    let owner = await reopened(disk, PATH, LAZY)
    await owner.put('a')
    await owner.close()
    expect([...disk.files().keys()]).toEqual([JOURNAL])
    owner = await reopened(disk, PATH, LAZY)
    await owner.put('b')
    await owner.close()
    owner = await reopened(disk.afterCrash(0), PATH)
    expect(owner.ids()).toBe('ab')
    expect(owner.log.recovery!.lastSequence).toBe(2)
  })

  test('replaying gives what the batches gave, positions included', async () => {
    const disk = await newDisk()
    const batches: Batch<Item>[] = [
      [1, 2, 3, 4].map((v) => ({ op: 'put', id: null, item: { id: `i${v}` } })),
      [{ op: 'deleteAt', positions: [2, 0] }],
      [
        { op: 'put', id: null, item: { id: 'i5' } },
        { op: 'deleteAt', positions: [1] },
      ],
      [{ op: 'put', id: 'i2', item: { id: 'i2', v: 2 } }],
      [
        { op: 'delete', id: 'nobody' },
        { op: 'put', id: 'i9', item: { id: 'i9' } },
      ],
      [{ op: 'deleteAt', positions: [0] }, { op: 'clear' }, { op: 'put', id: 'z', item: { id: 'z' } }],
      [{ op: 'put', id: 'y', item: { id: 'y' } }],
      [{ op: 'deleteAt', positions: [0] }],
    ]
    const owner = await reopened(disk, PATH)
    for (const batch of batches) {
      const expected = applied(owner.list, batch)
      await owner.batch(batch)
      expect(owner.list).toEqual(expected)
      expect((await reopened(disk.afterKill(), PATH)).list).toEqual(expected)
    }
    expect(owner.ids()).toBe('y')
  })

  test('a batch that names a position past the end is not this file’s', async () => {
    const disk = await newDisk()
    const owner = await reopened(disk, PATH)
    await owner.put('a')
    await owner.batch([{ op: 'deleteAt', positions: [5] }])
    expect(await codeOf(reopened(disk.afterKill(), PATH))).toBe('DATA_CORRUPTED')
  })
})

describe('folding', () => {
  test('batches written during a checkpoint are kept, whenever the power goes', async () => {
    const disk = await newDisk()
    const owner = await reopened(disk, PATH, { checkpointSize: 500 })
    const acknowledged: string[] = []
    const images: { image: SimulatedDisk; ids: string; asked: string }[] = []
    let asked = ''
    let n = 0
    disk.onCall = () => {
      if (n++ % 5 === 0) images.push({ image: disk.afterCrash(n % 7), ids: acknowledged.join(''), asked })
    }
    for (const id of 'abcdefghijklmnopqrstuvwxyzABCDEFGH') {
      asked += id
      await owner.put(id)
      acknowledged.push(id)
    }
    disk.onCall = null
    expect(disk.getFile(PATH)).not.toBeNull()
    for (const { image, ids, asked } of images) {
      const found = (await reopened(image, PATH)).ids()
      expect(asked.startsWith(found) && found.startsWith(ids)).toBe(true)
    }
    await owner.close()
    expect([...disk.files().keys()]).toEqual([PATH])
  })

  test('a save is a whole snapshot, and batches asked for behind it come after it', async () => {
    const disk = await newDisk()
    const owner = await reopened(disk, PATH)
    await owner.put('a')
    const saving = owner.log.save(null, [{ id: 'x' }, { id: 'y' }]).then(() => {
      owner.list = [{ id: 'x' }, { id: 'y' }]
    })
    const put = owner.put('z')
    await Promise.all([saving, put])
    expect(owner.ids()).toBe('xyz')
    for (const after of [disk.afterKill(), disk.afterCrash(0)])
      expect((await reopened(after, PATH)).ids()).toBe('xyz')
    await owner.close()
  })

  test('somebody else’s edit of the file is kept beside it and told', async () => {
    const disk = await newDisk()
    disk.putFile(PATH, '[{"id":"a"}]')
    const owner = await reopened(disk, PATH)
    await owner.put('b')
    disk.putFile(PATH, 'edited by hand')
    await owner.close()
    const kept = owner.log.recovery!.conflictPaths
    expect(kept).toEqual([expect.stringMatching(/items\.json\.conflict-\d{8}T\d{9}Z$/)])
    expect(disk.getText(kept[0]!)).toBe('edited by hand')
    expect((await reopened(disk, PATH)).ids()).toBe('ab')
  })

  test('the same bytes put there anew are no edit, at no fold and before the first write', async () => {
    const disk = await newDisk()
    disk.putFile(PATH, '[{"id":"a"}]')
    const owner = await reopened(disk, PATH)
    for (const id of ['b', 'c', 'd']) {
      disk.putFile(PATH, disk.getFile(PATH)!)
      await owner.put(id)
      disk.putFile(PATH, disk.getFile(PATH)!)
      await owner.log.save(null, owner.list)
    }
    expect(owner.log.recovery!.conflictPaths).toEqual([])
    expect(owner.warnings).toEqual([])
    for (const after of [disk.afterKill(), disk.afterCrash(0)])
      expect((await reopened(after, PATH)).ids()).toBe('abcd')
    await owner.close()
    expect([...disk.files().keys()]).toEqual([PATH])
  })

  test('an edit that changes neither size nor place of the file is kept', async () => {
    const disk = await newDisk()
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-edit-'))
    const path = join(folder, 'items.json')
    for (const [on, put, get] of [
      [disk, (text: string) => disk.putFile(PATH, text), (name: string) => disk.getText(name)],
      [nodeDisk, (text: string) => writeFileSync(path, text), (name: string) => readFileSync(name, 'utf8')],
    ] as const) {
      put('[{"id":"a"}]')
      const owner = await reopened(on, on === disk ? PATH : path)
      await owner.put('b')
      put('[{"id":"x"}]')
      await owner.close()
      expect(owner.log.recovery!.conflictPaths.map(get)).toEqual(['[{"id":"x"}]'])
    }
  })

  test('a link put in the place of the file is told, also when it leads to the same bytes', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-edit-'))
    const path = join(folder, 'items.json')
    writeFileSync(path, '[{"id":"a"}]')
    const owner = await reopened(nodeDisk, path)
    await owner.put('b')
    writeFileSync(join(folder, 'moved.json'), readFileSync(path))
    unlinkSync(path)
    symlinkSync('moved.json', path)
    await owner.close()
    expect(owner.log.recovery!.conflictPaths).toHaveLength(1)
    expect(owner.warnings).toHaveLength(1)
    expect(readFileSync(join(folder, 'moved.json'), 'utf8')).toBe('[{"id":"a"}]')
  })

  test('an edit between opening and the first write does not spoil what is written', async () => {
    const disk = await newDisk()
    disk.putFile(PATH, '[{"id":"a"}]')
    const owner = await reopened(disk, PATH)
    disk.putFile(PATH, '[{"id":"foreign"}]')
    await owner.put('b')
    expect(owner.log.recovery!.conflictPaths.length).toBe(1)
    for (const after of [disk.afterKill(), disk.afterCrash(0)])
      expect((await reopened(after, PATH)).ids()).toBe('ab')
  })

  test('a file removed while it was open is written again', async () => {
    const disk = await newDisk()
    disk.putFile(PATH, '[{"id":"a"}]')
    const owner = await reopened(disk, PATH)
    await owner.put('b')
    await disk.unlink(PATH)
    await owner.close()
    expect((await reopened(disk, PATH)).ids()).toBe('ab')
    expect(owner.warnings.join()).toMatch(/removed by somebody else/)
  })
})

describe('reading along', () => {
  test('takes no lock, shows the last whole batch, changes no byte', async () => {
    const disk = await newDisk()
    const owner = await reopened(disk, PATH)
    await owner.put('a')
    changed(disk, JOURNAL, (bytes) => Buffer.concat([bytes, Buffer.from([0xff, 1, 2])]))
    const before = content(disk)
    const reader = await reopened(disk, PATH, { readOnly: true })
    expect(reader.ids()).toBe('a')
    expect(await codeOf(reader.put('b'))).toBe('UNSUPPORTED')
    expect(await codeOf(reader.log.save(null, []))).toBe('UNSUPPORTED')
    await reader.log.flush(null)
    await reader.close()
    expect(content(disk)).toBe(before)
    expect(reader.warnings).toEqual([])
  })

  test('beside an owner who folds all the time: a moment of it, never damage', async () => {
    const disk = await newDisk()
    const owner = await reopened(disk, PATH, { checkpointSize: 300 })
    let done = false
    const writing = (async () => {
      for (let i = 0; i < 600; i++) {
        await owner.put(String.fromCharCode(0x4e00 + i))
        if (i % 5 === 0) await new Promise((resume) => setTimeout(resume, 1))
      }
      done = true
    })()
    let reads = 0
    let last = ''
    while (!done) {
      const ids = (await reopened(disk, PATH, { readOnly: true })).ids()
      expect(ids.startsWith(last)).toBe(true)
      last = ids
      reads++
      await new Promise((resume) => setTimeout(resume, 1))
    }
    await writing
    expect(reads).toBeGreaterThan(5)
  })

  test('no folder: no items, and none is made', async () => {
    const disk = new SimulatedDisk()
    expect((await reopened(disk, '/no/where/items.json', { readOnly: true })).list).toEqual([])
    expect(await disk.stat('/no')).toBeNull()
  })
})

test('a backup is a plain copy of one moment, and overwrites nothing', async () => {
  const disk = await newDisk()
  const owner: TestOwner = await reopened(disk, PATH)
  await owner.put('a')
  await owner.log.backup(null, '/d/copy.json')
  await owner.put('b')
  expect(disk.afterCrash(0).getText('/d/copy.json')).toBe('[\n{"id":"a"}\n]\n')
  expect(await codeOf(owner.log.backup(null, '/d/copy.json'))).toBe('WRITE_FAILED')
  expect(disk.getText('/d/copy.json')).toBe('[\n{"id":"a"}\n]\n')
  await owner.close()
  expect(await codeOf(owner.log.backup(null, '/d/copy2.json'))).toBe('NOT_OPENED')
})
