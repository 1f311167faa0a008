import assert from 'node:assert/strict'
import { holds, idsOf, matches, rejects, stored } from '../expectations.js'
import type { CaseOptions, Cases } from '../Suite.js'

const needs = { uniqueIndexes: true } as const
const BY_KEY: CaseOptions = { needs, declare: { indexes: [{ fields: { key: 1 }, unique: true }] } }
const BY_TWO: CaseOptions = { needs, declare: { indexes: [{ fields: { type: 1, key: -1 }, unique: true }] } }

export const uniqueIndexes: Cases = (test) => {
  test('create() refuses a key that is taken', BY_KEY, async (p) => {
    await p.create(null, { id: 'a', key: 'x' })
    await rejects(p.create(null, { id: 'b', key: 'x' }), 'DUPLICATE_KEY')
    await holds(p, [{ id: 'a', key: 'x' }])
  })

  test('create() with a taken id and a taken key says that the id is taken', BY_KEY, async (p) => {
    await p.create(null, { id: 'a', key: 'x' })
    await rejects(p.create(null, { id: 'a', key: 'x' }), 'DUPLICATE_ID')
    await holds(p, [{ id: 'a', key: 'x' }])
  })

  test('createMany() stores nothing when one key is taken', BY_KEY, async (p) => {
    await p.create(null, { id: 'a', key: 'x' })
    const items = [
      { id: 'b', key: 'y' },
      { id: 'c', key: 'x' },
    ]
    await rejects(p.createMany(null, items), 'DUPLICATE_KEY')
    await holds(p, [{ id: 'a', key: 'x' }])
  })

  test('createMany() stores nothing when two of the items have the same key', BY_KEY, async (p) => {
    await p.create(null, { id: 'z' })
    const items = [
      { id: 'a', key: 'x' },
      { id: 'b', key: 'x' },
    ]
    await rejects(p.createMany(null, items), 'DUPLICATE_KEY')
    await holds(p, [{ id: 'z' }])
  })

  test('set() refuses a key that another item has', BY_KEY, async (p) => {
    await p.createMany(null, [
      { id: 'a', key: 'x' },
      { id: 'b', key: 'y' },
    ])
    await rejects(p.set(null, { id: 'b', key: 'x' }), 'DUPLICATE_KEY')
    await rejects(p.set(null, { id: 'c', key: 'x' }), 'DUPLICATE_KEY')
    await holds(p, [
      { id: 'a', key: 'x' },
      { id: 'b', key: 'y' },
    ])
  })

  test('update() refuses a key that another item has', BY_KEY, async (p) => {
    await p.createMany(null, [
      { id: 'a', key: 'x' },
      { id: 'b', key: 'y' },
    ])
    await rejects(p.update(null, { id: 'b', key: 'x' }), 'DUPLICATE_KEY')
    await holds(p, [
      { id: 'a', key: 'x' },
      { id: 'b', key: 'y' },
    ])
  })

  test('updatePartially() refuses a key that another item has', BY_KEY, async (p) => {
    await p.createMany(null, [
      { id: 'a', key: 'x', n: 1 },
      { id: 'b', key: 'y', n: 1 },
    ])
    await rejects(p.updatePartially(null, 'b', { key: 'x', n: 2 }), 'DUPLICATE_KEY')
    await holds(p, [
      { id: 'a', key: 'x', n: 1 },
      { id: 'b', key: 'y', n: 1 },
    ])
  })

  test('an item may keep its key', BY_KEY, async (p) => {
    await p.create(null, { id: 'a', key: 'x', n: 1 })
    await p.update(null, { id: 'a', key: 'x', n: 2 })
    await p.set(null, { id: 'a', key: 'x', n: 3 })
    await p.updatePartially(null, 'a', { key: 'x', n: 4 })
    await holds(p, [{ id: 'a', key: 'x', n: 4 }])
  })

  test('a refused set() deletes no other item', BY_KEY, async (p) => {
    await p.createMany(null, [
      { id: 'a', key: 'x' },
      { id: 'b', key: 'y' },
      { id: 'c', key: 'z' },
    ])
    await rejects(p.set(null, { id: 'a', key: 'y' }), 'DUPLICATE_KEY')
    assert.deepEqual(idsOf(await stored(p)), ['a', 'b', 'c'])
    await matches(p, { key: 'x' }, ['a'])
    await matches(p, { key: 'y' }, ['b'])
  })

  for (const [how, release] of [
    ['deleteById()', (p) => p.deleteById(null, 'a')],
    ['deleteByIds()', (p) => p.deleteByIds(null, ['a'])],
    ['deleteByFilter()', (p) => p.deleteByFilter(null, { key: 'x' })],
    ['clear()', (p) => p.clear(null)],
    ['update()', (p) => p.update(null, { id: 'a', key: 'other' })],
    ['set()', (p) => p.set(null, { id: 'a' })],
    ['updatePartially()', (p) => p.updatePartially(null, 'a', { key: null })],
  ] as readonly (readonly [string, (p: Parameters<Parameters<typeof test>[2]>[0]) => Promise<unknown>])[]) {
    test(`a key is free again after ${how}`, BY_KEY, async (p) => {
      await p.create(null, { id: 'a', key: 'x' })
      await rejects(p.create(null, { id: 'b', key: 'x' }), 'DUPLICATE_KEY')
      await release(p)
      await p.create(null, { id: 'b', key: 'x' })
      await matches(p, { key: 'x' }, ['b'])
    })
  }

  test('items whose key is missing or null do not count', BY_KEY, async (p) => {
    await p.createMany(null, [{ id: 'a' }, { id: 'b' }, { id: 'c', key: null }, { id: 'd', key: null }])
    assert.deepEqual(idsOf(await stored(p)), ['a', 'b', 'c', 'd'])
  })

  test('items whose key is an array or an object do not count', BY_KEY, async (p) => {
    await p.createMany(null, [
      { id: 'a', key: ['x'] },
      { id: 'b', key: ['x'] },
      { id: 'c', key: {} },
      { id: 'd', key: {} },
    ])
    assert.deepEqual(idsOf(await stored(p)), ['a', 'b', 'c', 'd'])
  })

  test('5 and its text, 1 and true, 0, false and the empty text are different keys', BY_KEY, async (p) => {
    const keys = [5, '5', 1, '1', true, 'true', 0, '0', false, 'false', '', 'null']
    await p.createMany(
      null,
      keys.map((key, i) => ({ id: `i${i}`, key })),
    )
    assert.equal(await p.getCountByFilter(null, null), keys.length)
    for (const key of keys) await rejects(p.create(null, { key }), 'DUPLICATE_KEY')
    assert.equal(await p.getCountByFilter(null, null), keys.length)
  })

  test('case, accents and normal forms are different keys', BY_KEY, async (p) => {
    const keys = ['e', 'E', 'é', 'e\u0301', 'É', 'ß', 'ss', 'x', 'x ', '\u{1f600}', '\ue000']
    await p.createMany(
      null,
      keys.map((key, i) => ({ id: `i${i}`, key })),
    )
    assert.equal(await p.getCountByFilter(null, null), keys.length)
    for (const key of keys) await rejects(p.create(null, { key }), 'DUPLICATE_KEY')
  })

  test('-0 and 0 are the same key', BY_KEY, async (p) => {
    await p.create(null, { id: 'a', key: 0 })
    await rejects(p.create(null, { id: 'b', key: -0 }), 'DUPLICATE_KEY')
    assert.deepEqual(idsOf(await stored(p)), ['a'])
  })

  test('neighbouring large integers are different keys', BY_KEY, async (p) => {
    await p.create(null, { id: 'a', key: 9007199254740991 })
    await p.create(null, { id: 'b', key: 9007199254740990 })
    await rejects(p.create(null, { id: 'c', key: 9007199254740991 }), 'DUPLICATE_KEY')
    assert.deepEqual(idsOf(await stored(p)), ['a', 'b'])
  })

  test('a unique index over two fields needs both to be taken', BY_TWO, async (p) => {
    await p.create(null, { id: 'a', type: 1, key: 'x' })
    await p.create(null, { id: 'b', type: 1, key: 'y' })
    await p.create(null, { id: 'c', type: 2, key: 'x' })
    await rejects(p.create(null, { id: 'd', type: 1, key: 'x' }), 'DUPLICATE_KEY')
    assert.deepEqual(idsOf(await stored(p)), ['a', 'b', 'c'])
  })

  test('a unique index over two fields ignores items where one is missing or null', BY_TWO, async (p) => {
    await p.createMany(null, [
      { id: 'a', type: 1 },
      { id: 'b', type: 1 },
      { id: 'c', type: 1, key: null },
      { id: 'd', key: 'x' },
      { id: 'e', key: 'x', type: null },
    ])
    assert.deepEqual(idsOf(await stored(p)), ['a', 'b', 'c', 'd', 'e'])
    await p.create(null, { id: 'f', type: 1, key: 'x' })
    await rejects(p.create(null, { id: 'g', type: 1, key: 'x' }), 'DUPLICATE_KEY')
  })

  test('the fields of a unique index do not run into each other', BY_TWO, async (p) => {
    await p.create(null, { id: 'a', type: 'a', key: 'b,c' })
    await p.create(null, { id: 'b', type: 'a,b', key: 'c' })
    await p.create(null, { id: 'c', type: 'a"', key: 'b' })
    assert.deepEqual(idsOf(await stored(p)), ['a', 'b', 'c'])
    await rejects(p.create(null, { id: 'd', type: 'a,b', key: 'c' }), 'DUPLICATE_KEY')
  })

  test('a unique index over a path', {
    needs,
    declare: { indexes: [{ fields: { 'a.b': 1 }, unique: true }] },
  }, async (p) => {
    await p.create(null, { id: 'a', a: { b: 1 } })
    await p.create(null, { id: 'b', a: { b: 2 } })
    await p.create(null, { id: 'c', a: 1 })
    await rejects(p.create(null, { id: 'd', a: { b: 1, c: 2 } }), 'DUPLICATE_KEY')
    assert.deepEqual(idsOf(await stored(p)), ['a', 'b', 'c'])
  })

  const two = [
    { fields: { x: 1 }, unique: true },
    { fields: { y: 1 }, unique: true },
  ] as const
  test('each of two unique indexes is kept', { needs, declare: { indexes: two } }, async (p) => {
    await p.create(null, { id: 'a', x: 1, y: 1 })
    await rejects(p.create(null, { id: 'b', x: 1, y: 2 }), 'DUPLICATE_KEY')
    await rejects(p.create(null, { id: 'b', x: 2, y: 1 }), 'DUPLICATE_KEY')
    await p.create(null, { id: 'b', x: 2, y: 2 })
    assert.deepEqual(idsOf(await stored(p)), ['a', 'b'])
  })

  test('a unique index finds and sorts too', BY_KEY, async (p) => {
    await p.createMany(null, [
      { id: 'a', key: 'z' },
      { id: 'b', key: 'x' },
      { id: 'c' },
      { id: 'd', key: 'y' },
    ])
    await matches(p, { key: 'y' }, ['d'])
    await matches(p, { key: { $gt: 'x' } }, ['a', 'd'])
    assert.deepEqual(idsOf(await p.getListByFilter(null, null, { key: 1 })), ['c', 'b', 'd', 'a'])
  })

  test('a unique date', {
    needs,
    declare: { dateFields: ['key'], indexes: BY_KEY.declare!.indexes! },
  }, async (p) => {
    await p.create(null, { id: 'a', key: new Date(1000) })
    await p.create(null, { id: 'b', key: new Date(1001) })
    await rejects(p.create(null, { id: 'c', key: new Date(1000) }), 'DUPLICATE_KEY')
    assert.deepEqual(idsOf(await stored(p)), ['a', 'b'])
  })

  test('a unique index holds after close and open', BY_KEY, async (p, session) => {
    await p.create(null, { id: 'a', key: 'x' })
    const again = await session.reopened(p)
    await rejects(again.create(null, { id: 'b', key: 'x' }), 'DUPLICATE_KEY')
    await holds(again, [{ id: 'a', key: 'x' }])
  })

  const late = { needs: { ...needs, durable: true } } as const
  test('open() refuses data that violate a new unique index, and names two ids', late, async (p, session) => {
    await p.createMany(null, [
      { id: 'a', key: 'x' },
      { id: 'b', key: 'y' },
      { id: 'c', key: 'x' },
    ])
    await p.close(null)
    const strict = await session.successor(BY_KEY.declare!)
    await assert.rejects(strict.open(null), (error: { code?: string; details?: { ids?: unknown[] } }) => {
      assert.equal(error.code, 'DUPLICATE_KEY')
      assert.deepEqual([...(error.details?.ids ?? [])].sort(), ['a', 'c'])
      return true
    })
    assert.equal(strict.isOpen(), false)
  })

  test('data that violate a new unique index stay as they are', late, async (p, session) => {
    await p.createMany(null, [
      { id: 'a', key: 'x' },
      { id: 'c', key: 'x' },
    ])
    await p.close(null)
    const strict = await session.successor(BY_KEY.declare!)
    await rejects(strict.open(null), 'DUPLICATE_KEY')
    const lenient = await session.successor({})
    await lenient.open(null)
    await holds(lenient, [
      { id: 'a', key: 'x' },
      { id: 'c', key: 'x' },
    ])
  })

  const none: CaseOptions = { ...BY_KEY, needs: { uniqueIndexes: false }, opened: false }
  test('a unique index is UNSUPPORTED at open() where there are none', none, async (p) => {
    await rejects(p.open(null), 'UNSUPPORTED')
    assert.equal(p.isOpen(), false)
  })
}
