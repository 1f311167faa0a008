import { describe, expect, test } from 'vitest'
import { SimulatedDisk } from '../simulated/SimulatedDisk.js'
import { reopened, type TestOwner } from './support/TestOwner.js'

/*
 * Groups of about a MiB and more, beside which others are asked for in the same turn. A character of text takes up to
 * three bytes in a journal, and a frame takes 32 more, so that many short items, or a long one in another script, are
 * much larger there than as text.
 */

const PATH = '/d/items.json'

const BURSTS: { name: string; texts: string[] }[] = [
  {
    name: 'a long item in another script, and a long one',
    texts: ['日'.repeat(500_000), 'x'.repeat(600_000)],
  },
  { name: 'a long item, and one in another script', texts: ['x'.repeat(600_000), '日'.repeat(500_000)] },
  { name: 'items of a few hundred characters in another script', texts: many(1900, '日'.repeat(600)) },
  { name: 'many items', texts: many(12_000, 'x'.repeat(70)) },
  { name: 'very many short items', texts: many(30_000, 'x') },
  { name: 'two items of more than a MiB', texts: ['x'.repeat(1_100_000), 'x'.repeat(1_100_000), 'y'] },
]

function many(count: number, text: string): string[] {
  return Array.from({ length: count }, () => text)
}

async function put(owner: TestOwner, id: string, text: string): Promise<void> {
  const item = { id, text }
  await new Promise<void>((resolve, reject) => {
    owner.log.append(null, [{ op: 'put', id, item }], (error) => {
      if (error !== null) return reject(error)
      owner.list.push(item)
      resolve()
    })
  })
}

describe.each(BURSTS)('$name', ({ texts }) => {
  test('all are found after a kill and after a power cut, as are those that come later', async () => {
    const disk = new SimulatedDisk(1)
    disk.putFolder('/d')
    const owner = await reopened(disk, PATH, { checkpointSize: 1e9 })
    await put(owner, 'first', '')
    await Promise.all(texts.map((text, i) => put(owner, `item ${i}`, text)))
    for (const image of [disk.afterKill(), disk.afterCrash(0), disk.afterCrash(1)])
      expect((await reopened(image, PATH)).list).toEqual(owner.list)
    await put(owner, 'later', '')
    for (const image of [disk.afterKill(), disk.afterCrash(0), disk.afterCrash(1)])
      expect((await reopened(image, PATH)).list).toEqual(owner.list)
    await owner.close()
  })
})

test('what takes several writes has no other write between them', async () => {
  const disk = new SimulatedDisk(1)
  disk.putFolder('/d')
  const owner = await reopened(disk, PATH, { checkpointSize: 1e9 })
  // Only where a journal is there may two groups be under way.
  await put(owner, 'first', '')
  const written: Promise<void>[] = []
  const append = (batch: Parameters<typeof owner.log.append>[1]) =>
    written.push(
      new Promise((resolve, reject) => {
        owner.log.append(null, batch, (error) => (error === null ? resolve() : reject(error)))
      }),
    )
  // Of ten characters and 42 bytes each: as text a MiB, and more bytes than a journal writes in one go.
  for (let i = 0; i < 104_857; i++) append([{ op: 'clear' }])
  for (const id of 'abcde') append([{ op: 'put', id, item: { id } }])
  await Promise.all(written)
  expect((await reopened(disk.afterKill(), PATH)).ids()).toBe('abcde')
})

test('begins nothing behind a batch that takes several writes', async () => {
  const disk = new SimulatedDisk()
  disk.putFolder('/d')
  const owner = await reopened(disk, PATH, { checkpointSize: 1e9 })
  await owner.put('a')
  const ids = ['b', 'c', 'd']
  const v = 'x'.repeat(2 * 1024 * 1024)
  const long = owner.batch(ids.map((id) => ({ op: 'put', id, item: { id, v } })))
  await null
  await null
  await Promise.all([long, owner.put('e')])
  expect((await reopened(disk.afterCrash(0), PATH)).ids()).toBe('abcde')
})
