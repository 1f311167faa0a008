import assert from 'node:assert/strict'
import { holds, idsOf, rejects, stored } from '../expectations.js'
import type { Cases } from '../Suite.js'

export const createMany: Cases = (test) => {
  test('createMany() stores all items', async (p) => {
    await p.createMany(null, [
      { id: 'a', n: 1 },
      { id: 'b', n: 2 },
    ])
    await holds(p, [
      { id: 'a', n: 1 },
      { id: 'b', n: 2 },
    ])
  })

  test('createMany() resolves with the items as stored, in the order given', async (p) => {
    const items = await p.createMany(null, [
      { id: 'c', n: 3 },
      { id: 'a', n: 1 },
      { id: 'b', n: 2 },
    ])
    assert.deepEqual(items, [
      { id: 'c', n: 3 },
      { id: 'a', n: 1 },
      { id: 'b', n: 2 },
    ])
    assert.deepEqual(idsOf(await stored(p)), ['a', 'b', 'c'])
  })

  test('createMany() adds to what is there', async (p) => {
    await p.create(null, { id: 'a' })
    await p.createMany(null, [{ id: 'b' }, { id: 'c' }])
    assert.deepEqual(idsOf(await stored(p)), ['a', 'b', 'c'])
  })

  test('createMany() of no items changes nothing', async (p) => {
    await p.create(null, { id: 'a' })
    assert.deepEqual(await p.createMany(null, []), [])
    await holds(p, [{ id: 'a' }])
  })

  test('createMany() stores nothing when one id is taken', async (p) => {
    await p.create(null, { id: 'b', name: 'first' })
    await rejects(p.createMany(null, [{ id: 'a' }, { id: 'b' }, { id: 'c' }]), 'DUPLICATE_ID')
    await holds(p, [{ id: 'b', name: 'first' }])
  })

  test('createMany() stores nothing when two of the items have the same id', async (p) => {
    await p.create(null, { id: 'z' })
    await rejects(p.createMany(null, [{ id: 'a' }, { id: 'b' }, { id: 'a' }]), 'DUPLICATE_ID')
    await holds(p, [{ id: 'z' }])
  })

  test('createMany() stores nothing when one item is not an object', async (p) => {
    await p.create(null, { id: 'z' })
    await rejects(p.createMany(null, [{ id: 'a' }, null as never]), 'INVALID_ITEM')
    await holds(p, [{ id: 'z' }])
  })

  test('createMany() stores nothing when one item has an id that cannot be', async (p) => {
    await p.create(null, { id: 'z' })
    await rejects(p.createMany(null, [{ id: 'a' }, { id: {} }]), 'INVALID_ITEM')
    await holds(p, [{ id: 'z' }])
  })

  test('createMany() gives each item without id one of its own', async (p) => {
    const items = await p.createMany(null, [{ n: 1 }, { id: null, n: 2 }, { id: '', n: 3 }])
    assert.equal(new Set(idsOf(items)).size, 3)
    for (const item of items) assert.match(item.id, /^[0-9a-f]{32}$/)
    assert.deepEqual(
      items.map((item) => item.n),
      [1, 2, 3],
    )
    assert.deepEqual(await stored(p), items)
  })

  test('createMany() takes a thousand items', async (p) => {
    const items = Array.from({ length: 1000 }, (_, n) => ({ id: String(n).padStart(4, '0'), n }))
    await p.createMany(null, items)
    await holds(p, items)
  })

  test('createMany() can be tried again after it was refused', async (p) => {
    await p.create(null, { id: 'b' })
    await rejects(p.createMany(null, [{ id: 'a' }, { id: 'b' }]), 'DUPLICATE_ID')
    await p.createMany(null, [{ id: 'a' }, { id: 'c' }])
    assert.deepEqual(idsOf(await stored(p)), ['a', 'b', 'c'])
  })

  test('createMany() keeps the order of its items', async (p, session) => {
    await p.createMany(null, [{ id: 'b' }, { id: 'c' }, { id: 'a' }])
    const list = await p.getListByFilter(null, null)
    assert.deepEqual(idsOf(list), session.storageOrder(['b', 'c', 'a']))
  })
}
