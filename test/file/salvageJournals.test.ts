import { describe, expect, test } from 'vitest'
import { KIND_FOLDED } from '../../src/file/frame.js'
import { type SalvageWhat, salvage } from '../../src/file/salvage.js'
import { SimulatedDisk } from '../simulated/SimulatedDisk.js'
import { folded, identityOf, journalOf, puts } from './support/journalOf.js'
import { reopened } from './support/TestOwner.js'

const PATH = '/d/items.json'
const FILE = '[\n{"n":"a"},\n{"n":"b"},\n{"n":"c"}\n]\n'
const ADD_D = '["add",{"n":"d"}]\n'
const DELETE_B = '["deleteAt",[1]]\n'

const base = { kind: 'file', ...identityOf(FILE) } as const

function diskWith(file: string | null, ...journals: Uint8Array[]): SimulatedDisk {
  const disk = new SimulatedDisk()
  disk.putFolder('/d')
  if (file !== null) disk.putFile(PATH, file)
  for (const [n, journal] of journals.entries()) disk.putFile(`${PATH}.journal-${n + 1}`, journal)
  return disk
}

async function salvaged(disk: SimulatedDisk, what?: SalvageWhat) {
  const { problems } = await salvage(PATH, '/d/out.json', { disk, ...(what !== undefined && { what }) })
  const items = JSON.parse(disk.getText('/d/out.json')!) as { n?: string; id?: string }[]
  return { names: items.map(({ n, id }) => n ?? id).join(''), problems }
}

/** The second of several frames, spoilt. */
function spoilt(journal: Buffer): Buffer {
  const bytes = Buffer.from(journal)
  bytes[64 + 32 + bytes.readUInt32LE(72) + 33]! ^= 1
  return bytes
}

describe('salvage of items without ids', () => {
  test('deletes by position in the file that the journal goes on from', async () => {
    const disk = diskWith(FILE, journalOf({ base }, [ADD_D, DELETE_B]).bytes)
    expect(await salvaged(disk)).toEqual({ names: 'acd', problems: [] })
  })

  test('does only what the file does not hold yet, as an opening would', async () => {
    const first = journalOf({ base }, [ADD_D])
    const now = '[\n{"n":"a"},\n{"n":"b"},\n{"n":"c"},\n{"n":"d"}\n]\n'
    const second = journalOf({ generation: 2, first: 2, base: { kind: 'chain', link: first.crc } }, [
      folded(1, now),
      DELETE_B,
    ])
    const disk = diskWith(now, first.bytes, second.bytes)
    expect(await salvaged(disk)).toEqual({ names: 'acd', problems: [] })
    await disk.unlink('/d/out.json')
    expect((await reopened(disk, PATH)).list).toEqual([{ n: 'a' }, { n: 'c' }, { n: 'd' }])
  })

  test('goes on from no file where there was none', async () => {
    const disk = diskWith(null, journalOf({}, [ADD_D, ADD_D, DELETE_B]).bytes)
    expect(await salvaged(disk)).toEqual({ names: 'd', problems: [] })
  })

  test('deletes nothing by position in another file, and says so', async () => {
    const edited = FILE.replace('[\n', '[\n{"n":"new"},\n')
    const disk = diskWith(edited, journalOf({ base }, [ADD_D, DELETE_B]).bytes)
    const { names, problems } = await salvaged(disk)
    expect(names).toBe('newabcd')
    expect(problems).toEqual([
      expect.stringMatching(/do not go on from .*"file" \} leaves the journals out/),
      expect.stringMatching(/^1 deletions by position were left out/),
    ])
    await disk.unlink('/d/out.json')
    expect(await salvaged(disk, 'file')).toEqual({ names: 'newabc', problems: [] })
    await disk.unlink('/d/out.json')
    expect((await salvaged(disk, 'everything')).problems).toEqual([
      expect.stringMatching(/do not go on from/),
    ])
  })

  test('deletes nothing by position in a file that is damaged', async () => {
    const disk = diskWith(FILE.replace('"a"', '"a'), journalOf({ base }, [DELETE_B]).bytes)
    const { names, problems } = await salvaged(disk)
    expect(names).toBe('bc')
    expect(problems).toHaveLength(4)
  })

  test('deletes nothing by position behind what cannot be read', async () => {
    const journal = journalOf({ base }, [ADD_D, ADD_D, DELETE_B]).bytes
    expect(await salvaged(diskWith(FILE, spoilt(journal)))).toEqual({
      names: 'abcd',
      problems: [expect.stringContaining('batches 2 to 2'), expect.stringMatching(/^1 deletions/)],
    })
    const bad = journalOf({ base }, [`${ADD_D}["ad",1]\n`, DELETE_B]).bytes
    expect((await salvaged(diskWith(FILE, bad))).names).toBe('abcd')
    const beyond = journalOf({ base }, ['["deleteAt",[7]]\n', DELETE_B]).bytes
    expect((await salvaged(diskWith(FILE, beyond))).names).toBe('abc')
  })

  test('knows the positions again from a clear on', async () => {
    const journal = journalOf({ base }, [`["clear"]\n${ADD_D}${ADD_D}["add",{"n":"e"}]\n`, DELETE_B]).bytes
    const { names, problems } = await salvaged(diskWith('[]', journal))
    expect(names).toBe('de')
    expect(problems).toHaveLength(1)
  })

  test('leaves journals out that were given up before the file was written anew', async () => {
    const old = journalOf({ base }, [DELETE_B])
    const now = '[{"n":"x"},{"n":"y"}]'
    const rescue = journalOf({ generation: 2, first: 2, base: { kind: 'file', ...identityOf(now) } }, [
      DELETE_B,
    ])
    expect(await salvaged(diskWith(now, old.bytes, rescue.bytes))).toEqual({ names: 'x', problems: [] })
    // The file from before the rescue, with what was written after it.
    const { names, problems } = await salvaged(diskWith(FILE, old.bytes, rescue.bytes))
    expect(names).toBe('abc')
    expect(problems).toHaveLength(2)
  })
})

describe('salvage of journals says what cannot be read', () => {
  const first = journalOf({}, [puts('a'), puts('b')])
  const chain = { kind: 'chain', link: first.crc } as const

  test('a part of a batch', async () => {
    const frames = [{ text: puts('a'), commit: false }, { text: puts('b'), commit: false }, puts('c')]
    const { names, problems } = await salvaged(diskWith(null, spoilt(journalOf({}, frames).bytes)))
    expect(names).toBe('ac')
    expect(problems).toEqual([expect.stringContaining('a part of batch 1')])
  })

  test('batches between two journals', async () => {
    const second = journalOf({ generation: 2, first: 4, base: chain }, [puts('d')])
    const { names, problems } = await salvaged(diskWith(null, first.bytes, second.bytes))
    expect(names).toBe('abd')
    expect(problems).toEqual([expect.stringContaining('batches 3 to 3')])
  })

  test('a journal that has another name than it had, and one that is there twice is read once', async () => {
    const { bytes } = journalOf({ base }, [ADD_D])
    const twice = await salvaged(diskWith(FILE, bytes, bytes))
    expect(twice).toEqual({ names: 'abcd', problems: [expect.stringContaining('it is journal 1')] })
    const renamed = diskWith(FILE)
    renamed.putFile(`${PATH}.journal-3`, bytes)
    expect(await salvaged(renamed)).toEqual({
      names: 'abcd',
      problems: [expect.stringContaining('it is journal 1')],
    })
  })

  test('the end, whole or not, and a batch without one', async () => {
    const torn = Buffer.concat([first.bytes, Buffer.from('xyz')])
    const { names, problems } = await salvaged(diskWith(null, torn))
    expect(names).toBe('ab')
    expect(problems).toEqual([expect.stringContaining(`bytes ${first.bytes.length} to ${torn.length - 1}`)])
    const open = journalOf({}, [puts('a'), { text: puts('b'), commit: false }]).bytes
    expect(await salvaged(diskWith(null, open))).toEqual({
      names: 'a',
      problems: [expect.stringContaining('batch 2 has no end')],
    })
  })

  test('of a long change, which is left out and not put together from what is around the gap', async () => {
    const line = `["put","x",{"id":"x","text":"${'1'.repeat(10)}${'2'.repeat(10)}${'3'.repeat(10)}"}]\n`
    const cut = (from: number, to: number) => line.slice(from, to)
    const frames = [
      { text: puts('a') + cut(0, 36), commit: false },
      { text: cut(36, 46), commit: false },
      cut(46, line.length) + puts('b'),
    ]
    const { bytes } = journalOf({}, frames)
    expect(await salvaged(diskWith(null, bytes))).toEqual({ names: 'axb', problems: [] })
    const gap = await salvaged(diskWith(null, spoilt(bytes)))
    expect(gap.names).toBe('ab')
    expect(gap.problems).toEqual([
      expect.stringContaining('a part of batch 1'),
      expect.stringContaining('2 changes of batch 1'),
    ])
    // A frame of it that stands there twice makes the text no longer.
    const second = 64 + 32 + bytes.readUInt32LE(72)
    const third = second + 32 + 10
    const twice = Buffer.concat([bytes.subarray(0, third), bytes.subarray(second)])
    expect(await salvaged(diskWith(null, twice))).toEqual({
      names: 'axb',
      problems: [expect.stringContaining('a part of batch 1 stands there twice')],
    })
  })

  test('what stands between two batches that follow from one another', async () => {
    const three = journalOf({}, [puts('a'), puts('b'), puts('c')]).bytes
    const b = 64 + 32 + three.readUInt32LE(72)
    const c = b + 32 + three.readUInt32LE(b + 8)
    const spoiltC = Buffer.from(three.subarray(c))
    spoiltC[40]! ^= 1
    const mixed = Buffer.concat([three.subarray(0, b), spoiltC, three.subarray(b, c)])
    const { names, problems } = await salvaged(diskWith(null, mixed))
    expect(names).toBe('ab')
    expect(problems).toEqual([expect.stringContaining(`bytes ${b} to ${b + spoiltC.length - 1}`)])
  })

  test.each([
    ['has nothing in it yet', journalOf({ base }, [])],
    [
      'says only what was folded',
      journalOf({ first: 9, base: { kind: 'chain', link: 5 } }, [folded(8, FILE)]),
    ],
  ])('a file that is another one, also where its journal %s', async (_, { bytes }) => {
    expect(await salvaged(diskWith(FILE, bytes))).toEqual({ names: 'abc', problems: [] })
    const flipped = FILE.replace('b', 'x')
    const { names, problems } = await salvaged(diskWith(flipped, bytes))
    expect(names).toBe('axc')
    expect(problems).toEqual([expect.stringContaining('do not go on from')])
  })

  test('names that were changed, and the order is that of the headers', async () => {
    const older = journalOf({}, ['["put","x",{"id":"old"}]\n'])
    const chain = { generation: 2, first: 2, base: { kind: 'chain', link: older.crc } } as const
    const newer = journalOf(chain, [puts('x')])
    const swapped = await salvaged(diskWith(null, newer.bytes, older.bytes))
    expect(swapped.names).toBe('x')
    expect(swapped.problems).toEqual([
      expect.stringContaining('it is journal 2; it was read as that one'),
      expect.stringContaining('it is journal 1; it was read as that one'),
    ])
    const moved = diskWith(null)
    moved.putFile(`${PATH}.journal-2`, newer.bytes)
    moved.putFile(`${PATH}.journal-3`, older.bytes)
    expect((await salvaged(moved)).names).toBe('x')
  })

  test('but nothing of one that goes on behind an empty one, as folds that failed leave it', async () => {
    const empty = journalOf({ generation: 2, first: 3, base: chain }, [])
    const base = { kind: 'chain', link: empty.crc } as const
    const third = journalOf({ generation: 3, first: 3, base }, ['["deleteAt",[0]]\n'])
    const disk = diskWith(null, first.bytes, empty.bytes, third.bytes)
    expect((await reopened(disk.afterKill(), PATH)).ids()).toBe('b')
    expect(await salvaged(disk)).toEqual({ names: 'b', problems: [] })
    const none = journalOf({}, [])
    const link = { kind: 'chain', link: none.crc } as const
    const second = journalOf({ generation: 2, first: 1, base: link }, [puts('a')])
    expect(await salvaged(diskWith(null, none.bytes, second.bytes))).toEqual({ names: 'a', problems: [] })
  })

  test('a journal that does not go on where the one before ends', async () => {
    const elsewhere = journalOf({ generation: 2, first: 3, base: { kind: 'chain', link: 7 } }, [puts('c')])
    const { names, problems } = await salvaged(diskWith(null, first.bytes, elsewhere.bytes))
    expect(names).toBe('abc')
    expect(problems).toEqual([expect.stringContaining('does not go on where the journal before ends')])
  })

  test('and passes over what stands there twice, and a FOLDED that says nothing', async () => {
    const twice = Buffer.concat([first.bytes, first.bytes.subarray(64)])
    expect(await salvaged(diskWith(null, twice))).toEqual({
      names: 'ab',
      problems: [expect.stringContaining('batch 1 stands there again'), expect.stringContaining('batch 2 ')],
    })
    const silent = journalOf({}, [puts('a'), { text: '{}\n', kind: KIND_FOLDED }, puts('b')]).bytes
    expect((await salvaged(diskWith(null, silent))).names).toBe('ab')
  })
})
