import { expect, test } from 'vitest'
import {
  IdentifiableFilePersistence,
  IdentifiableMemoryPersistence,
  JsonFilePersister,
} from '../../src/index.js'
import { FailingDisk } from '../file/support/FailingDisk.js'

/** Items that hold objects under ever new names, such as maps by user. */

type Item = { id: string } & Record<string, unknown>

async function timeOfCreates(count: number, nameOf: (i: number) => string): Promise<number> {
  const items = new IdentifiableMemoryPersistence<Item, string>()
  const from = performance.now()
  for (let i = 0; i < count; i++) await items.create(null, { id: String(i), [nameOf(i)]: { a: 1 } } as Item)
  return performance.now() - from
}

test('the cost of an item does not grow with the names that fields have had', async () => {
  await timeOfCreates(1000, () => 'd')
  const [few, many] = [await timeOfCreates(6000, () => 'd'), await timeOfCreates(6000, (i) => `d${i}`)]
  // A hundred times as much when each name was looked for in each item.
  expect(many).toBeLessThan(20 * few + 200)
})

test('and their objects are copied both ways', async () => {
  const items = new IdentifiableMemoryPersistence<Item, string>()
  for (let i = 0; i < 200; i++) {
    const given = { id: String(i), [`d${i}`]: { a: [1] } } as Item
    await items.create(null, given)
    ;(given[`d${i}`] as { a: number[] }).a.push(2)
    const got = (await items.getOneById(null, String(i)))!
    expect(got[`d${i}`]).toEqual({ a: [1] })
    ;(got[`d${i}`] as { a: number[] }).a.push(3)
    expect((await items.getOneById(null, String(i)))![`d${i}`]).toEqual({ a: [1] })
  }
})

test('Dates in fields without number are warned of a few times, and then no more', async () => {
  const warnings: string[] = []
  class Seen extends IdentifiableFilePersistence<Item, string> {
    constructor() {
      super(new JsonFilePersister<Item>('/d/items.json', { disk: new FailingDisk() }))
      const warn = (...[, , message]: unknown[]) => void warnings.push(String(message))
      this._logger = { warn, trace() {} } as unknown as typeof this._logger
    }
  }
  const items = new Seen()
  await items.open(null)
  for (let i = 0; i < 100; i++) await items.set(null, { id: '1', seen: { [`user${i}`]: new Date(i) } })
  expect(warnings.length).toBeGreaterThan(10)
  expect(warnings.length).toBeLessThan(40)
  expect(warnings[0]).toContain('"seen.user0"')
  expect(warnings.at(-1)).toContain('no more')
  await items.close(null)
})
