import { setImmediate as turn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { WriteQueue } from '../../src/file/WriteQueue.js'
import { SimulatedDisk } from '../simulated/SimulatedDisk.js'
import { reopened } from './support/TestOwner.js'

const PATH = '/d/items.json'
const LARGE = 1024 * 1024

/** A queue before a disk that ends the oldest write when it is told to. */
function queueWith(lanes: number) {
  const sizes: number[] = []
  const ends: (() => void)[] = []
  const queue = new WriteQueue(
    {
      lanes: () => lanes,
      coming: () => {},
      write: (group) => {
        sizes.push(group.length)
        return new Promise((end) => ends.push(end))
      },
      written: (batches) => batches.forEach(({ done }) => void done(null)),
      failed: async () => {},
    },
    LARGE,
  )
  /** Callers that write again as soon as they are told. */
  const call = (callers: number) => {
    for (let i = 0; i < callers; i++) {
      const write = () =>
        queue.batch({ text: 'x', context: null, done: () => void Promise.resolve().then(write) })
      write()
    }
  }
  const end = async () => {
    ends.shift()!()
    for (let i = 0; i < 4; i++) await turn()
  }
  const add = (text: string) => queue.batch({ text, context: null, done: () => {} })
  return { sizes, ends, add, call, end }
}

test('a few callers and many come to groups of one size, and both lanes are used', async () => {
  const { sizes, call, end } = queueWith(2)
  call(7)
  await turn()
  call(57)
  await turn()
  for (let i = 0; i < 4; i++) await end()
  expect(sizes).toEqual([7, 32, 32, 32, 32, 32])
})

test('where there is one lane, all that wait go together', async () => {
  const { sizes, call, end } = queueWith(1)
  call(7)
  await turn()
  call(57)
  for (let i = 0; i < 3; i++) await end()
  expect(sizes).toEqual([7, 64, 64, 64])
})

test('a group is no larger than a journal writes at once, in bytes, and none is begun behind a larger one', async () => {
  const { sizes, ends, add, end } = queueWith(2)
  // A character takes three bytes at most.
  for (let i = 0; i < 10; i++) add('x'.repeat(100_000))
  add('x'.repeat(400_000))
  add('x')
  await turn()
  expect(sizes).toEqual([3, 3])
  await end()
  await end()
  expect(sizes).toEqual([3, 3, 3, 1])
  await end()
  expect(sizes).toEqual([3, 3, 3, 1, 1])
  await end()
  // Only the large one is under way.
  expect([sizes.length, ends.length]).toEqual([5, 1])
  await end()
  expect(sizes).toEqual([3, 3, 3, 1, 1, 1])
})

test('a store writes a second group while the first is on its way, and acknowledges it after the first', async () => {
  const disk = new SimulatedDisk()
  disk.putFolder('/d')
  const owner = await reopened(disk, PATH)
  await owner.put('a')
  disk.recordLog = true
  const order: string[] = []
  const first = owner.put('b').then(() => order.push('b'))
  await null
  await null
  const second = owner.put('c').then(() => order.push('c'))
  await Promise.all([first, second])
  expect(disk.log.map((line) => line.split(' ')[1])).toEqual(['write', 'write', 'flush', 'flush'])
  expect(order).toEqual(['b', 'c'])
  expect((await reopened(disk.afterCrash(0), PATH)).ids()).toBe('abc')
})

test('a store keeps the order of calls while its first journal is made, whenever they come', async () => {
  const disk = new SimulatedDisk()
  disk.putFolder('/d')
  const owner = await reopened(disk, PATH, { checkpointSize: 1e9 })
  const writes: Promise<void>[] = []
  let expected = ''
  for (let i = 0; i < 200; i++) {
    writes.push(owner.put(`${i},`))
    expected += `${i},`
    await null
  }
  await Promise.all(writes)
  expect([owner.ids(), (await reopened(disk.afterKill(), PATH)).ids()]).toEqual([expected, expected])
})
