import assert from 'node:assert/strict'
import { holds, idsOf, rejects, stored } from '../expectations.js'
import type { Cases } from '../Suite.js'

export const set: Cases = (test) => {
  test('set() inserts an item whose id is unknown', async (p) => {
    assert.deepEqual(await p.set(null, { id: 'a', n: 1 }), { id: 'a', n: 1 })
    await holds(p, [{ id: 'a', n: 1 }])
  })

  test('set() replaces the item with the same id, whole', async (p) => {
    await p.create(null, { id: 'a', n: 1, old: true })
    await p.create(null, { id: 'b', n: 2 })
    assert.deepEqual(await p.set(null, { id: 'a', n: 3 }), { id: 'a', n: 3 })
    await holds(p, [
      { id: 'a', n: 3 },
      { id: 'b', n: 2 },
    ])
  })

  test('set() replaces in place', async (p, session) => {
    await p.createMany(null, [{ id: 'c' }, { id: 'a' }, { id: 'b' }])
    await p.set(null, { id: 'c', n: 1 })
    const list = await p.getListByFilter(null, null)
    assert.deepEqual(idsOf(list), session.storageOrder(['c', 'a', 'b']))
    assert.equal((await p.getOneById(null, 'c'))?.n, 1)
  })

  test('set() appends what it inserts', async (p, session) => {
    await p.createMany(null, [{ id: 'c' }, { id: 'b' }])
    await p.set(null, { id: 'a' })
    assert.deepEqual(idsOf(await p.getListByFilter(null, null)), session.storageOrder(['c', 'b', 'a']))
  })

  for (const [what, id] of [
    ['null', null],
    ['undefined', undefined],
    ['the empty string', ''],
  ] as const) {
    test(`set() generates an id in the place of ${what}`, async (p) => {
      const item = await p.set(null, { id, n: 1 })
      assert.match(item.id, /^[0-9a-f]{32}$/)
      await holds(p, [{ id: item.id, n: 1 }])
    })
  }

  test('set() can be repeated', async (p) => {
    await p.set(null, { id: 'a', n: 1 })
    await p.set(null, { id: 'a', n: 1 })
    await holds(p, [{ id: 'a', n: 1 }])
  })

  test('set() refuses what is not an object', async (p) => {
    await p.set(null, { id: 'a' })
    await rejects(p.set(null, null as never), 'INVALID_ITEM')
    await rejects(p.set(null, 'a' as never), 'INVALID_ITEM')
    await holds(p, [{ id: 'a' }])
  })
}

export const setMany: Cases = (test) => {
  const needs = { extended: true } as const

  test('setMany() inserts and replaces', { needs }, async (p) => {
    await p.create(null, { id: 'a', n: 1, old: true })
    const items = await p.setMany!(null, [
      { id: 'b', n: 2 },
      { id: 'a', n: 3 },
    ])
    assert.deepEqual(items, [
      { id: 'b', n: 2 },
      { id: 'a', n: 3 },
    ])
    await holds(p, [
      { id: 'a', n: 3 },
      { id: 'b', n: 2 },
    ])
  })

  test('setMany() stores the last of two items with the same id', { needs }, async (p) => {
    await p.setMany!(null, [
      { id: 'a', n: 1 },
      { id: 'b', n: 2 },
      { id: 'a', n: 3 },
    ])
    await holds(p, [
      { id: 'a', n: 3 },
      { id: 'b', n: 2 },
    ])
  })

  test('setMany() gives each item without id one of its own', { needs }, async (p) => {
    const items = await p.setMany!(null, [{ n: 1 }, { id: '', n: 2 }])
    for (const item of items) assert.match(item.id, /^[0-9a-f]{32}$/)
    assert.equal((await stored(p)).length, 2)
  })

  test('setMany() stores nothing when one item cannot be stored', { needs }, async (p) => {
    await p.create(null, { id: 'a', n: 1 })
    const refused = p.setMany!(null, [{ id: 'a', n: 2 }, { id: 'b' }, { id: {} }])
    await rejects(refused, 'INVALID_ITEM')
    await holds(p, [{ id: 'a', n: 1 }])
  })

  test('setMany() of no items changes nothing', { needs }, async (p) => {
    await p.create(null, { id: 'a', n: 1 })
    assert.deepEqual(await p.setMany!(null, []), [])
    await holds(p, [{ id: 'a', n: 1 }])
  })

  test('setMany() stores nothing when one item breaks a unique index', {
    needs: { ...needs, uniqueIndexes: true },
    declare: { indexes: [{ fields: { key: 1 }, unique: true }] },
  }, async (p) => {
    await p.create(null, { id: 'a', key: 'x' })
    await rejects(
      p.setMany!(null, [
        { id: 'b', key: 'y' },
        { id: 'c', key: 'x' },
      ]),
      'DUPLICATE_KEY',
    )
    await holds(p, [{ id: 'a', key: 'x' }])
  })
}
