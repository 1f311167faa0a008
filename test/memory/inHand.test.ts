import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { CHANGE_LOG, type ChangeLogOwner } from '../../src/contract/ChangeLog.js'
import {
  FilePersistence,
  IdentifiableMemoryPersistence,
  JsonFilePersister,
  MemoryPersistence,
} from '../../src/index.js'
import { codeOf } from '../file/support/TestOwner.js'
import { SimulatedDisk } from '../simulated/SimulatedDisk.js'
import { FakeLog } from './FakeLog.js'

/** What subclasses do to `_items` while writes are under way must not change what those writes do. */

interface Letter {
  id?: string
  n: string
}

interface Item {
  id: string
  [field: string]: unknown
}

/** A log whose owner the test may ask, as a fold and a rescue do. */
class OwnedLog extends FakeLog<Letter> {
  owner!: ChangeLogOwner<Letter>

  override [CHANGE_LOG](owner: ChangeLogOwner<Letter>) {
    this.owner = owner
    return super[CHANGE_LOG](owner)
  }
}

class Letters extends MemoryPersistence<Letter> {
  get items(): Letter[] {
    return this._items
  }
}

class Things extends IdentifiableMemoryPersistence<Item, string> {
  get items(): Item[] {
    return this._items
  }
}

class FileLetters extends FilePersistence<Letter> {
  get items(): Letter[] {
    return this._items
  }
}

const letters = (names: string) => [...names].map((n) => ({ n }))
const namesOf = (items: readonly Letter[]) => items.map(({ n }) => n).join('')

describe('a deletion by position', () => {
  async function deleting() {
    const log = new OwnedLog(letters('abcd'), false)
    const component = new Letters(log, log)
    await component.open(null)
    const deleted = component.deleteByFilter(null, { n: 'b' })
    await expect.poll(() => log.waiting).toBe(1)
    component.items.shift()
    const asked = () => [log.owner.items(), log.owner.itemsSince!().items].map(namesOf)
    expect(asked()).toEqual(['abcd', 'abcd'])
    expect(log.owner.itemsSince!().positions).toBeNull()
    return { log, component, deleted, asked }
  }

  test('counts in what a file is to hold that is written meanwhile, and no longer', async () => {
    const { log, component, deleted, asked } = await deleting()
    log.acknowledge()
    // In the turn in which it is acknowledged a fold may begin.
    expect(asked()).toEqual(['cd', 'cd'])
    await deleted
    expect(namesOf(await component.getListByFilter(null, null))).toBe('cd')
  })

  test('that is refused leaves the edit', async () => {
    const { log, deleted, asked } = await deleting()
    log.refuse()
    expect(await codeOf(deleted)).toBe('STORE_FAILED')
    expect(asked()).toEqual(['bcd', 'bcd'])
  })

  test('is of the right item, whenever it meets a fold, the edit and the end of the process', async () => {
    let images = 0
    for (let at = 1; at <= 40; at++) {
      const disk = new SimulatedDisk(at)
      disk.putFolder('/d')
      const persister = (on: SimulatedDisk) =>
        new JsonFilePersister<Letter>('/d/i.json', { disk: on, checkpointSize: 1 })
      const component = new FileLetters(persister(disk))
      await component.open(null)
      await component.createMany(null, letters('abcdef'))
      for (let turns = 0; turns < 8; turns++) await turn()
      const killed: [SimulatedDisk, boolean][] = []
      let isAsked = false
      let isDone = false
      const from = disk.calls
      disk.onCall = () => {
        if (isAsked) killed.push([disk.afterKill(), isDone])
        if (disk.calls !== from + at) return
        isAsked = true
        void component.deleteByFilter(null, { n: 'c' }).then(() => {
          isDone = true
        })
        void (async () => {
          for (let turns = 0; turns < 6; turns++) await null
          component.items.shift()
        })()
      }
      // Makes a fold due.
      await component.create(null, { n: 'g' })
      for (let turns = 0; turns < 20; turns++) await turn()
      disk.onCall = null
      killed.push([disk.afterKill(), isDone])
      for (const [image, done] of killed) {
        images++
        const again = new FilePersistence<Letter>(persister(image))
        await again.open(null)
        // Not that of `a`: it was never saved, and may be found or not.
        expect(namesOf(await again.getListByFilter(null, null))).toMatch(done ? /^a?bdefg$/ : /^a?bc?defg?$/)
      }
    }
    expect(images).toBeGreaterThan(500)
  })
})

describe('two items of one id for a moment', () => {
  /** `create`s are under way, and a call waits until they are done: an id was there twice when it came. */
  async function waiting(ids: string, call: (component: Things) => Promise<unknown>) {
    const log = new FakeLog<Item>([{ id: 'a' }], false)
    const component = new Things(log, log)
    await component.open(null)
    const created = [...ids].map((id) => codeOf(component.create(null, { id })))
    component.items.push({ id: 'a' })
    const waits = call(component)
    component.items.pop()
    expect(log.waiting).toBe(ids.length)
    return { log, component, created, waits }
  }

  test('who waits is planned behind what was refused', async () => {
    const { log, created, waits } = await waiting('x', (component) =>
      component.update(null, { id: 'x', v: 2 }),
    )
    log.refuse()
    expect(await Promise.all(created)).toEqual(['STORE_FAILED'])
    expect((await waits) ?? null).toBeNull()
    expect(log.disk).toEqual([{ id: 'a' }])
  })

  test('and not between two that are refused: its id stays taken', async () => {
    const { log, component, created, waits } = await waiting('xy', (it) => it.create(null, { id: 'z' }))
    const again = created[0]!.then(() => codeOf(component.create(null, { id: 'z' })))
    log.refuse()
    await created[1]
    await turn()
    log.acknowledge()
    expect(await again).toBe('DUPLICATE_ID')
    expect(await waits).toEqual({ id: 'z' })
    expect(log.disk).toEqual([{ id: 'a' }, { id: 'z' }])
  })
})

test('items that a kept array has moved are deleted all the same, each one', async () => {
  const log = new FakeLog<Item>([{ id: 'e' }, { id: 'a' }, { id: 'b' }, { id: 'c' }], false)
  const component = new Things(log, log)
  await component.open(null)
  const kept = component.items
  const deleted = component.deleteByIds(null, ['b', 'a'])
  kept.reverse()
  log.acknowledge()
  await deleted
  expect(await component.getListByFilter(null, null)).toEqual([{ id: 'c' }, { id: 'e' }])
  for (const id of 'abcde')
    expect(await component.getOneById(null, id)).toEqual('ce'.includes(id) ? { id } : null)
})

test('also when the table of ids grows before they are', async () => {
  const ids = [...'abcdefghij']
  const log = new FakeLog<Item>(
    ids.map((id) => ({ id })),
    false,
  )
  const component = new Things(log, log)
  await component.open(null)
  const kept = component.items
  const more = Array.from({ length: 300 }, (_, i) => ({ id: `${i}` }))
  const calls = [component.createMany(null, more), ...ids.map((id) => component.deleteById(null, id))]
  kept.unshift({ id: 'new' })
  log.acknowledge()
  await Promise.all(calls)
  expect(await component.getListByFilter(null, null)).toEqual([{ id: 'new' }, ...more])
})

describe('writes of one item that wait', () => {
  test('one that is done leaves the next as what a third goes on from', async () => {
    const log = new FakeLog<Item>([{ id: 'a' }])
    const component = new IdentifiableMemoryPersistence<Item, string>(log, log)
    await component.open(null)
    const updates = [
      component.updatePartially(null, 'a', { x: 1 }),
      component.updatePartially(null, 'a', { y: 2 }),
    ]
    log.acknowledge(1)
    updates.push(component.updatePartially(null, 'a', { z: 3 }))
    log.acknowledge()
    await Promise.all(updates)
    expect(log.disk).toEqual([{ id: 'a', x: 1, y: 2, z: 3 }])
  })

  test('one that gives up a key leaves it to the next', async () => {
    const log = new FakeLog<Item>([{ id: 'a', v: 1 }])
    const component = new IdentifiableMemoryPersistence<Item, string>(log, log)
    component.ensureIndex({ v: 1 }, { unique: true })
    await component.open(null)
    const calls = [component.update(null, { id: 'a', v: 2 }), component.create(null, { id: 'b', v: 1 })]
    log.acknowledge()
    await Promise.all(calls)
    expect(log.disk).toEqual([
      { id: 'a', v: 2 },
      { id: 'b', v: 1 },
    ])
  })
})
