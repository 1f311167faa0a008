import assert from 'node:assert/strict'
import { holds, idsOf, rejects, stored } from '../expectations.js'
import type { Cases } from '../Suite.js'

export const create: Cases = (test) => {
  test('create() stores the item', async (p) => {
    await p.create(null, { id: 'a', name: 'first', tags: ['x'], address: { city: 'Rome' } })
    await holds(p, [{ id: 'a', name: 'first', tags: ['x'], address: { city: 'Rome' } }])
  })

  test('create() resolves with the item as stored', async (p) => {
    const item = await p.create(null, { id: 'a', name: 'first', address: { city: 'Rome' } })
    assert.deepEqual(item, { id: 'a', name: 'first', address: { city: 'Rome' } })
    assert.deepEqual(await p.getOneById(null, 'a'), item)
  })

  test('create() adds to what is there', async (p) => {
    await p.create(null, { id: 'a', n: 1 })
    await p.create(null, { id: 'b', n: 2 })
    await p.create(null, { id: 'c', n: 3 })
    await holds(p, [
      { id: 'a', n: 1 },
      { id: 'b', n: 2 },
      { id: 'c', n: 3 },
    ])
  })

  test('create() refuses an id that is taken', async (p) => {
    await p.create(null, { id: 'a', name: 'first' })
    await rejects(p.create(null, { id: 'a', name: 'second' }), 'DUPLICATE_ID')
    await holds(p, [{ id: 'a', name: 'first' }])
  })

  test('create() takes an id again after its item was deleted', async (p) => {
    await p.create(null, { id: 'a', name: 'first' })
    await p.deleteById(null, 'a')
    await p.create(null, { id: 'a', name: 'second' })
    await holds(p, [{ id: 'a', name: 'second' }])
  })

  test('create() takes an id again after clear()', async (p) => {
    await p.create(null, { id: 'a', name: 'first' })
    await p.clear(null)
    await p.create(null, { id: 'a', name: 'second' })
    await holds(p, [{ id: 'a', name: 'second' }])
  })

  test('create() goes on working after it refused an item', async (p) => {
    await p.create(null, { id: 'a' })
    await rejects(p.create(null, { id: 'a' }), 'DUPLICATE_ID')
    await p.create(null, { id: 'b' })
    assert.deepEqual(idsOf(await stored(p)), ['a', 'b'])
  })

  test('create() takes an item that has nothing but an id', async (p) => {
    assert.deepEqual(await p.create(null, { id: 'a' }), { id: 'a' })
    await holds(p, [{ id: 'a' }])
  })

  test('create() takes an item that has no field at all', async (p) => {
    const item = await p.create(null, {})
    assert.deepEqual(Object.keys(item), ['id'])
    await holds(p, [item])
  })

  for (const [what, value] of [
    ['null', null],
    ['undefined', undefined],
    ['a string', 'text'],
    ['a number', 5],
    ['an array', [{ id: 'a' }]],
  ] as const) {
    test(`create() refuses ${what} in the place of an item`, async (p) => {
      await p.create(null, { id: 'z' })
      await rejects(p.create(null, value as never), 'INVALID_ITEM')
      await holds(p, [{ id: 'z' }])
    })
  }

  test('create() takes a context, a correlation id, null and undefined as first argument', async (p) => {
    await p.create({ get: () => 'trace-1' }, { id: 'a' })
    await p.create('correlation', { id: 'b' })
    await p.create(null, { id: 'c' })
    await p.create(undefined, { id: 'd' })
    assert.deepEqual(idsOf(await stored(p)), ['a', 'b', 'c', 'd'])
  })
}
