import { expect, test } from 'vitest'
import { UNUSED } from '../../src/file/frame.js'
import { salvage } from '../../src/file/salvage.js'
import { verify } from '../../src/file/verify.js'
import { IdentifiableFilePersistence, JsonFilePersister } from '../../src/index.js'
import { SimulatedDisk } from '../simulated/SimulatedDisk.js'
import { folded, identityOf, journalOf, puts } from './support/journalOf.js'
import { codeOf, reopened } from './support/TestOwner.js'

/*
 * Files that do not belong together, and two damages at once: each alone is noticed, and what the one says in favour of a
 * file must not hide what the other takes away.
 */

const PATH = '/d/items.json'
const FILE = '[\n{"id":"x","v":0}\n]\n'
const OTHER_FILE = '[\n{"id":"x","v":1}\n]\n'

const base = { kind: 'file', ...identityOf(FILE) } as const

function put(id: string, v: number): string {
  return `${JSON.stringify(['put', id, { id, v }])}\n`
}

function diskWith(file: string | null, journals: Readonly<Record<number, Uint8Array>>): SimulatedDisk {
  const disk = new SimulatedDisk()
  disk.putFolder('/d')
  if (file !== null) disk.putFile(PATH, file)
  for (const [n, bytes] of Object.entries(journals)) disk.putFile(`${PATH}.journal-${n}`, bytes)
  return disk
}

/** Refused by every opening and by `verify`, and not a byte is changed. */
async function refused(disk: SimulatedDisk): Promise<void> {
  const before = [...disk.files()].map(([name, bytes]) => [name, Buffer.from(bytes).toString('hex')])
  for (const readOnly of [false, true])
    expect(await codeOf(reopened(disk, PATH, { readOnly }))).toBe('DATA_CORRUPTED')
  expect(await verify(PATH, { disk })).toMatchObject({ ok: false })
  expect([...disk.files()].map(([name, bytes]) => [name, Buffer.from(bytes).toString('hex')])).toEqual(before)
}

async function salvaged(disk: SimulatedDisk) {
  const { problems } = await salvage(PATH, '/d/out.json', { disk })
  const items = JSON.parse(disk.getText('/d/out.json')!) as { id: string; v?: number }[]
  return { items: items.map(({ id, v }) => `${id}${v ?? ''}`).join(' '), problems }
}

const ours = { lineage: '1111111111111111' }
const theirs = { lineage: '2222222222222222' }

test('a journal of an earlier time, whose FOLDED names the file, does not hide the one in use', async () => {
  const inUse = journalOf({ ...ours, base }, [puts('a'), puts('b')])
  const old = journalOf({ ...theirs, generation: 2, first: 7, base: { kind: 'chain', link: 5 } }, [
    folded(6, FILE),
  ])
  const disk = diskWith(FILE, { 1: inUse.bytes, 2: old.bytes })
  await refused(disk)
  expect(await salvaged(disk)).toMatchObject({
    items: 'x0 a b',
    problems: expect.arrayContaining([expect.stringContaining('do not belong together')]),
  })
})

test('a journal of another store that goes on from where the last one ends is told apart from it', async () => {
  const inUse = journalOf({ ...ours, base }, [put('x', 5), puts('b')])
  const theirsToo = { ...theirs, generation: 2, first: inUse.next }
  const other = journalOf({ ...theirsToo, base: { kind: 'chain', link: inUse.crc } }, [put('x', 2)])
  const disk = diskWith(FILE, { 1: inUse.bytes, 2: other.bytes })
  await refused(disk)
  expect((await salvaged(disk)).problems).toContainEqual(expect.stringContaining('do not belong together'))
})

test.each([
  ['a byte behind its frames', Buffer.from([0])],
  [
    'one in space written ahead',
    Buffer.concat([Buffer.alloc(20, UNUSED), Buffer.from([1]), Buffer.alloc(9, UNUSED)]),
  ],
])('a journal with a damaged first frame is no leftover, though the one before has %s', async (_, tail) => {
  const first = journalOf({ base }, [puts('a'), puts('b')])
  const chain = { generation: 2, first: 3, base: { kind: 'chain', link: first.crc } } as const
  const second = Buffer.from(journalOf(chain, [puts('c'), puts('d'), puts('e')]).bytes)
  second[64 + 40]! ^= 1
  await refused(diskWith(FILE, { 1: Buffer.concat([first.bytes, tail]), 2: second }))
  // Empty it is one: made for a fold that was given up, and the one before was gone on with.
  const empty = journalOf(chain, []).bytes
  const went = diskWith(FILE, { 1: Buffer.concat([first.bytes, tail]), 2: empty })
  const owner = await reopened(went, PATH)
  expect(owner.ids()).toBe('xab')
  await owner.close()
})

test('nor is the journal of a rescue, when an older file is put back', async () => {
  const before = journalOf({ base }, [put('x', 1)])
  const rescue = { generation: 2, first: 2, base: { kind: 'file', ...identityOf(OTHER_FILE) } } as const
  const spoilt = Buffer.from(journalOf(rescue, [puts('a'), puts('b')]).bytes)
  spoilt[64 + 40]! ^= 1
  await refused(diskWith(FILE, { 1: before.bytes, 2: spoilt }))
  const owner = await reopened(diskWith(FILE, { 1: before.bytes, 2: journalOf(rescue, []).bytes }), PATH)
  expect(owner.list).toEqual([{ id: 'x', v: 1 }])
  await owner.close()
})

test.each([
  ['[\n', ']\n'],
  ['[1,\n', ']'],
  ['[1,\n', ',\n1]'],
])(
  'an item that is nested too deeply over many lines is noticed in a file of more than a buffer (%j, %j)',
  async (open, close) => {
    const nested = (levels: number) => `{"id":"d","v":${open.repeat(levels)}0${close.repeat(levels)}}`
    const deep = nested(1001)
    const fill = Array.from({ length: 20_000 }, (_, i) => `{"id":"${i}","text":"${'x'.repeat(60)}"}`)
    const disk = diskWith(`[\n${[deep, ...fill].join(',\n')}\n]\n`, {})
    const component = new IdentifiableFilePersistence<{ id: string }, string>(
      new JsonFilePersister(PATH, { disk }),
    )
    await expect(component.open(null)).rejects.toMatchObject({
      code: 'DATA_CORRUPTED',
      message: expect.stringContaining('item 0 is nested deeper than 999 levels'),
    })
    const shallow = nested(900)
    disk.putFile(PATH, `[\n${[shallow, ...fill].join(',\n')}\n]\n`)
    await component.open(null)
    expect(await component.getCountByFilter(null, null)).toBe(20_001)
    await component.close(null)
  },
)
