import { setImmediate as turn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { WriteQueue } from '../../src/file/WriteQueue.js'

/** A queue before a disk that ends the oldest write when it is told to. */
function queueWith(lanes: number) {
  const sizes: number[] = []
  const ends: (() => void)[] = []
  const queue = new WriteQueue({
    lanes: () => lanes,
    write: (group) => {
      sizes.push(group.length)
      return new Promise((end) => ends.push(end))
    },
    written: (batches) => batches.forEach(({ done }) => void done(null)),
    failed: async () => {},
  })
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
  return { sizes, call, end }
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
