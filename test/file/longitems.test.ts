import { freemem } from 'node:os'
import { expect, test } from 'vitest'
import { SimulatedDisk } from '../simulated/SimulatedDisk.js'
import { type Item, reopened } from './support/TestOwner.js'

const PATH = '/d/items.json'
/** What items that are too long take while they are tested, about. */
const MEMORY = 3 * 2 ** 30
const isShort = freemem() < MEMORY
if (isShort) console.log('Items of more than 512 MiB are not tested: memory is short.')

test.skipIf(isShort).each([
  // A character that takes one byte in memory and two in a file.
  ['bytes', '\u00e9'.repeat(270_000_000)],
  // As text it has two characters for each of these.
  ['characters', '\n'.repeat(270_000_000)],
])('an item of too many %s is refused when it is written, saved and folded', async (_, text) => {
  const disk = new SimulatedDisk()
  disk.putFolder('/d')
  const owner = await reopened(disk, PATH)
  await owner.put('a')
  const long: Item = { id: 'long', v: text }
  const refused = expect.objectContaining({
    code: 'INVALID_ITEM',
    message: expect.stringContaining('512 MiB'),
  })
  expect(await errorOf(() => owner.put('long', text))).toEqual(refused)
  expect(await errorOf(() => owner.log.save(null, [...owner.list, long]))).toEqual(refused)
  // As a subclass may that edits its items where they are stored.
  owner.list.push(long)
  expect(await errorOf(() => owner.close())).toEqual(refused)
  owner.list.pop()
  await owner.put('b')
  await owner.close()
  expect((await reopened(disk, PATH)).ids()).toBe('ab')
})

test('long items among short ones are there after a kill and after a closing', async () => {
  const disk = new SimulatedDisk()
  disk.putFolder('/d')
  const owner = await reopened(disk, PATH)
  const items: Item[] = ['a', 'b', 'c', 'd'].map((id) => ({ id, v: 'x'.repeat(id < 'c' ? 1 : 2_000_000) }))
  items.push({ id: 'e' })
  await owner.batch(items.map((item) => ({ op: 'put', id: item.id, item })))
  expect((await reopened(disk.afterKill(), PATH)).list).toEqual(items)
  await owner.close()
  expect((await reopened(disk, PATH)).list).toEqual(items)
})

async function errorOf(call: () => Promise<void>): Promise<unknown> {
  try {
    await call()
    return null
  } catch (error) {
    return error
  }
}
