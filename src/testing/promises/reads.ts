import assert from 'node:assert/strict'
import { idsOf, rejects } from '../expectations.js'
import type { TestedPersistence } from '../Subject.js'
import type { Cases } from '../Suite.js'

const ITEMS = [
  { id: 'c', n: 3 },
  { id: 'a', n: 1 },
  { id: 'd', n: 4 },
  { id: 'b', n: 2 },
]

const four = (p: TestedPersistence) => p.createMany(null, ITEMS)

export const readsById: Cases = (test) => {
  test('getOneById() resolves with the item', async (p) => {
    await four(p)
    assert.deepEqual(await p.getOneById(null, 'a'), { id: 'a', n: 1 })
    assert.deepEqual(await p.getOneById(null, 'd'), { id: 'd', n: 4 })
  })

  test('getOneById() of an unknown id resolves null', async (p) => {
    await four(p)
    for (const id of ['x', '', 'A', ' a', 'aa', null, undefined])
      assert.equal(await p.getOneById(null, id), null)
    assert.equal((await p.getOneById(null, 'a'))?.n, 1)
  })

  test('getListByIds() resolves with the items in storage order', async (p, session) => {
    await four(p)
    const list = await p.getListByIds(null, ['a', 'b', 'c'])
    assert.deepEqual(idsOf(list), session.storageOrder(['c', 'a', 'b']))
    assert.deepEqual(
      list.find((item) => item.id === 'b'),
      { id: 'b', n: 2 },
    )
  })

  test('getListByIds() passes over unknown ids', async (p) => {
    await four(p)
    assert.deepEqual(idsOf(await p.getListByIds(null, ['x', 'a', '', 'A'])), ['a'])
  })

  test('getListByIds() lists each item once', async (p) => {
    await four(p)
    assert.deepEqual(idsOf(await p.getListByIds(null, ['a', 'a', 'a'])), ['a'])
  })

  test('getListByIds() of no ids lists nothing', async (p) => {
    await four(p)
    assert.deepEqual(await p.getListByIds(null, []), [])
    assert.equal((await p.getListByIds(null, ['a'])).length, 1)
  })

  test('getListByIds() has no page limit', { declare: { maxPageSize: 10 } }, async (p) => {
    const items = Array.from({ length: 250 }, (_, n) => ({ id: `i${String(n).padStart(3, '0')}` }))
    await p.createMany(null, items)
    assert.deepEqual(await p.getListByIds(null, idsOf(items)), items)
  })
}

export const readsByFilter: Cases = (test) => {
  test('getListByFilter(null) lists all items in storage order', async (p, session) => {
    await four(p)
    const list = await p.getListByFilter(null, null)
    assert.deepEqual(idsOf(list), session.storageOrder(['c', 'a', 'd', 'b']))
    assert.deepEqual(
      list.find((item) => item.id === 'd'),
      { id: 'd', n: 4 },
    )
  })

  test('getListByFilter() lists the items that match, in storage order', async (p, session) => {
    await four(p)
    const list = await p.getListByFilter(null, { n: { $gt: 1 } }, null)
    assert.deepEqual(idsOf(list), session.storageOrder(['c', 'd', 'b']))
  })

  test('getListByFilter() has no page limit', { declare: { maxPageSize: 10 } }, async (p) => {
    const items = Array.from({ length: 250 }, (_, n) => ({ id: `i${String(n).padStart(3, '0')}` }))
    await p.createMany(null, items)
    assert.equal((await p.getListByFilter(null, null)).length, 250)
    assert.deepEqual(await p.getListByFilter(null, null, { id: 1 }), items)
  })

  test('getListByFilter() of an empty store lists nothing', async (p) => {
    assert.deepEqual(await p.getListByFilter(null, null), [])
    await four(p)
    assert.equal((await p.getListByFilter(null, null)).length, 4)
  })

  test('getCountByFilter(null) counts all items', async (p) => {
    assert.equal(await p.getCountByFilter(null, null), 0)
    await four(p)
    assert.equal(await p.getCountByFilter(null, null), 4)
  })

  test('getCountByFilter() counts the items that match', async (p) => {
    await four(p)
    assert.equal(await p.getCountByFilter(null, { n: { $gt: 1 } }), 3)
    assert.equal(await p.getCountByFilter(null, { n: 9 }), 0)
  })

  test('getCountByFilter() follows writes', async (p) => {
    await four(p)
    await p.deleteById(null, 'a')
    assert.equal(await p.getCountByFilter(null, null), 3)
    await p.update(null, { id: 'b', n: 9 })
    assert.equal(await p.getCountByFilter(null, { n: 9 }), 1)
  })

  test('lists keep insertion order through updates', { needs: { order: 'insertion' } }, async (p) => {
    await four(p)
    await p.update(null, { id: 'd', n: 0 })
    await p.set(null, { id: 'c', n: 0 })
    await p.updatePartially(null, 'a', { n: 0 })
    assert.deepEqual(idsOf(await p.getListByFilter(null, null)), ['c', 'a', 'd', 'b'])
    assert.equal(await p.getCountByFilter(null, { n: 0 }), 3)
  })

  test('lists without a sort go by id', { needs: { order: 'id' } }, async (p) => {
    await p.createMany(null, [{ id: 'b' }, { id: '\u{1f600}' }, { id: 'B' }, { id: '\ue000' }, { id: 'é' }])
    const list = await p.getListByFilter(null, null)
    assert.deepEqual(idsOf(list), ['B', 'b', 'é', '\ue000', '\u{1f600}'])
  })

  const needs = { extended: true } as const
  test('getOneByFilter() resolves with an item that matches', { needs }, async (p) => {
    await four(p)
    assert.deepEqual(await p.getOneByFilter!(null, { n: 2 }), { id: 'b', n: 2 })
  })

  test('getOneByFilter() resolves null when nothing matches', { needs }, async (p) => {
    await four(p)
    assert.equal(await p.getOneByFilter!(null, { n: 9 }), null)
    assert.deepEqual(await p.getOneByFilter!(null, { n: 1 }), { id: 'a', n: 1 })
  })

  test('getOneByFilter() resolves with the first in the order of the sort', { needs }, async (p) => {
    await four(p)
    assert.deepEqual(await p.getOneByFilter!(null, { n: { $lt: 4 } }, { n: -1 }), { id: 'c', n: 3 })
    assert.deepEqual(await p.getOneByFilter!(null, { n: { $lt: 4 } }, { n: 1 }), { id: 'a', n: 1 })
  })

  test('getOneByFilter() refuses an unknown operator', { needs }, async (p) => {
    await four(p)
    await rejects(p.getOneByFilter!(null, { n: { $near: 1 } }), 'INVALID_FILTER')
  })
}

export const getOneRandom: Cases = (test) => {
  test('getOneRandom() resolves with an item that matches', async (p) => {
    await four(p)
    for (let i = 0; i < 20; i++) assert.deepEqual(await p.getOneRandom(null, { n: 2 }), { id: 'b', n: 2 })
  })

  test('getOneRandom() resolves null when nothing matches', async (p) => {
    await four(p)
    assert.equal(await p.getOneRandom(null, { n: 9 }), null)
    assert.notEqual(await p.getOneRandom(null, null), null)
  })

  test('getOneRandom() resolves null when the store is empty', async (p) => {
    assert.equal(await p.getOneRandom(null, null), null)
    await p.create(null, { id: 'a' })
    assert.deepEqual(await p.getOneRandom(null, null), { id: 'a' })
  })

  test('getOneRandom() gives each match the same chance', async (p) => {
    await four(p)
    const seen = new Map<unknown, number>()
    for (let i = 0; i < 600; i++) {
      const item = await p.getOneRandom(null, { n: { $lt: 4 } })
      seen.set(item?.id, (seen.get(item?.id) ?? 0) + 1)
    }
    assert.deepEqual([...seen.keys()].sort(), ['a', 'b', 'c'])
    // 200 each; 120 is seven standard deviations away.
    for (const count of seen.values()) assert.ok(count > 120, `one item came ${count} times of 600`)
  })

  test('getOneRandom() gives each match the same chance where some were deleted', async (p) => {
    await p.createMany(
      null,
      Array.from({ length: 40 }, (_, n) => ({ id: `i${n}` })),
    )
    await p.deleteByIds(
      null,
      Array.from({ length: 37 }, (_, n) => `i${n}`),
    )
    const seen = new Map<unknown, number>()
    for (let i = 0; i < 600; i++) {
      const item = await p.getOneRandom(null, null)
      seen.set(item?.id, (seen.get(item?.id) ?? 0) + 1)
    }
    assert.deepEqual([...seen.keys()].sort(), ['i37', 'i38', 'i39'])
    for (const count of seen.values()) assert.ok(count > 120, `one item came ${count} times of 600`)
  })
}
