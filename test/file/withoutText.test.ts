import { describe, expect, test } from 'vitest'
import { encodeChange } from '../../src/file/changeText.js'
import { IdentifiableFilePersistence, JsonFilePersister } from '../../src/index.js'
import { SimulatedDisk } from '../simulated/SimulatedDisk.js'
import { reopened } from './support/TestOwner.js'

const PATH = '/d/items.json'

type Any = Record<string, unknown> & { id: string }

/** Edits its items as subclasses do. */
class Edited extends IdentifiableFilePersistence<Any, string> {
  get items(): Any[] {
    return this._items
  }
}

async function opened(text = '[{"id":"a","v":1}]') {
  const disk = new SimulatedDisk()
  disk.putFolder('/d')
  disk.putFile(PATH, text)
  const store = new Edited(new JsonFilePersister<Any>(PATH, { disk }))
  await store.open(null)
  return { disk, store }
}

function cycle(): object {
  const self: { self?: object } = {}
  self.self = self
  return self
}

/** What a subclass may put where JSON cannot follow. */
const STRANGE: Readonly<Record<string, unknown>> = { bigint: 1n, cycle: cycle() }

describe('a write that cannot be made into text', () => {
  test.each(Object.keys(STRANGE))(
    '(%s) is INVALID_ITEM with the cause, leaves no trace, and holds up nothing',
    async (kind) => {
      const { disk, store } = await opened()
      store.items[0]!.strange = STRANGE[kind]
      await expect(store.updatePartially('trace', 'a', { v: 2 })).rejects.toMatchObject({
        code: 'INVALID_ITEM',
        trace_id: 'trace',
        cause: expect.any(TypeError),
      })
      expect(store.items[0]!.v).toBe(1)
      await store.create(null, { id: 'b', v: 2 })
      delete store.items[0]!.strange
      expect(await store.updatePartially(null, 'a', { v: 3 })).toEqual({ id: 'a', v: 3 })
      await store.deleteByFilter(null, { v: 2 })
      await store.save(null)
      await store.close(null)
      expect(JSON.parse(disk.getText(PATH)!)).toEqual([{ id: 'a', v: 3 }])
    },
  )

  test('rejects alone: those made at once, before it and after it, are stored', async () => {
    const { disk, store } = await opened()
    store.items[0]!.strange = 1n
    const outcomes = await Promise.allSettled([
      store.create(null, { id: 'b' }),
      store.updatePartially(null, 'a', { v: 2 }),
      store.create(null, { id: 'c' }),
      store.deleteById(null, 'b'),
      store.clear(null),
      store.create(null, { id: 'd' }),
    ])
    expect(outcomes.map(({ status }) => status === 'fulfilled')).toEqual([
      true,
      false,
      true,
      true,
      true,
      true,
    ])
    expect((await reopened(disk.afterCrash(0), PATH)).ids()).toBe('d')
    await store.close(null)
  })

  test('is INVALID_ITEM too where an item has become nested too deeply', async () => {
    const { disk, store } = await opened('[{"id":"deep"},{"id":"a"}]')
    store.items[0]!.v = JSON.parse('['.repeat(20_000) + ']'.repeat(20_000))
    await expect(store.updatePartially(null, 'deep', { x: 1 })).rejects.toMatchObject({
      code: 'INVALID_ITEM',
      cause: expect.any(RangeError),
    })
    await store.updatePartially(null, 'a', { x: 1 })
    await store.deleteByFilter(null, { id: 'deep' })
    await store.close(null)
    expect(JSON.parse(disk.getText(PATH)!)).toEqual([{ id: 'a', x: 1 }])
  })

  test('rejects with what a getter of the item threw', async () => {
    const { store } = await opened()
    const problem = new Error('not today')
    // A getter of a class stays one in a partial update.
    class Getting {
      id = 'g'
      inner = {
        get field(): string {
          throw problem
        },
      }
    }
    store.items.push(new Getting() as unknown as Any)
    await expect(store.updatePartially(null, 'g', { v: 2 })).rejects.toBe(problem)
    store.items.pop()
    await store.create(null, { id: 'b' })
    await store.close(null)
  })

  test.each([
    { op: 'put', id: Number.NaN, item: {} },
    { op: 'put', id: Number.POSITIVE_INFINITY, item: {} },
    { op: 'put', id: undefined, item: {} },
    { op: 'put', id: 'a', item: undefined },
    { op: 'put', id: null, item: () => {} },
    { op: 'delete', id: Number.NaN },
    { op: 'delete', id: undefined },
    { op: 'delete', id: {} },
  ])('$op of $id, $item would be damage in a journal, and never gets there', (change) => {
    expect(() => encodeChange(change as never)).toThrow(TypeError)
  })
})

describe.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])('an id that is %s', (id) => {
  test('names no item, and what has it can be deleted', async () => {
    const { disk, store } = await opened()
    store.items.push({ id: id as never, v: 2 })
    expect(await store.getOneById(null, id as never)).toBeNull()
    expect(await store.updatePartially(null, id as never, { v: 3 })).toBeNull()
    expect(await store.deleteById(null, id as never)).toBeNull()
    await store.deleteByFilter(null, { v: 2 })
    await store.create(null, { id: 'b' })
    expect((await reopened(disk.afterKill(), PATH)).ids()).toBe('ab')
    await store.close(null)
    expect((await reopened(disk, PATH)).ids()).toBe('ab')
  })

  test('never gets into a journal, though it comes to an item that was looked at before', async () => {
    const { disk, store } = await opened('[{"id":"a","v":1},{"id":"b","v":2}]')
    const kept = store.items
    await store.create(null, { id: 'c', v: 3 })
    kept[1]!.id = id as never
    const outcome = await store.deleteByFilter(null, { v: 2 }).then(
      () => 'deleted',
      (error: { code: string }) => error.code,
    )
    expect(outcome).toBe('INVALID_ITEM')
    expect((await reopened(disk.afterKill(), PATH)).ids()).toBe('abc')
    kept[1]!.id = 'b'
    await store.close(null)
  })
})

test('a number too large for JavaScript is no id in a file either', async () => {
  const { store } = await opened('[{"id":"a"},{"id":1e400},{"id":-1e400}]')
  expect(store.recovery).toMatchObject({ itemsWithoutId: 2, duplicateIds: [] })
  expect(await store.getOneById(null, Number.POSITIVE_INFINITY as never)).toBeNull()
  await store.create(null, { id: 'b' })
  await store.close(null)
})
