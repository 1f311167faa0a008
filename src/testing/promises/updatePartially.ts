import assert from 'node:assert/strict'
import { AnyValueMap } from '../../data/index.js'
import { holds, idsOf, rejects } from '../expectations.js'
import type { Cases } from '../Suite.js'
import { FIELDLESS } from './fieldless.js'

export const updatePartially: Cases = (test) => {
  test('updatePartially() lays a plain object over the item', async (p) => {
    await p.create(null, { id: 'a', n: 1, name: 'first' })
    assert.deepEqual(await p.updatePartially(null, 'a', { n: 2 }), { id: 'a', n: 2, name: 'first' })
    await holds(p, [{ id: 'a', n: 2, name: 'first' }])
  })

  test('updatePartially() takes an AnyValueMap', async (p) => {
    await p.create(null, { id: 'a', n: 1, name: 'first' })
    const data = AnyValueMap.fromTuples('n', 2, 'more', 'x')
    assert.deepEqual(await p.updatePartially(null, 'a', data), { id: 'a', n: 2, name: 'first', more: 'x' })
    await holds(p, [{ id: 'a', n: 2, name: 'first', more: 'x' }])
  })

  test('updatePartially() takes any object with getAsObject()', async (p) => {
    await p.create(null, { id: 'a', n: 1, name: 'first' })
    await p.updatePartially(null, 'a', { getAsObject: () => ({ n: 2 }) })
    await holds(p, [{ id: 'a', n: 2, name: 'first' }])
  })

  test('updatePartially() takes an instance of a class with fields', async (p) => {
    class Patch {
      n = 2
      get [Symbol.toStringTag]() {
        return 'Patch'
      }
    }
    await p.create(null, { id: 'a', n: 1, name: 'first' })
    await p.updatePartially(null, 'a', new Patch())
    await holds(p, [{ id: 'a', n: 2, name: 'first' }])
  })

  test('updatePartially() adds fields that were not there', async (p) => {
    await p.create(null, { id: 'a', n: 1 })
    await p.updatePartially(null, 'a', { name: 'first', tags: ['x'] })
    await holds(p, [{ id: 'a', n: 1, name: 'first', tags: ['x'] }])
  })

  test('updatePartially() merges the top level only', async (p) => {
    await p.create(null, { id: 'a', address: { city: 'Rome', zip: '1' }, tags: ['x', 'y'] })
    await p.updatePartially(null, 'a', { address: { city: 'Oslo' }, tags: ['z'] })
    await holds(p, [{ id: 'a', address: { city: 'Oslo' }, tags: ['z'] }])
  })

  test('updatePartially() stores null as null', async (p) => {
    await p.create(null, { id: 'a', n: 1, name: 'first' })
    assert.deepEqual(await p.updatePartially(null, 'a', { n: null }), { id: 'a', n: null, name: 'first' })
    await holds(p, [{ id: 'a', n: null, name: 'first' }])
  })

  test('updatePartially() stores 0, false and the empty string', async (p) => {
    await p.create(null, { id: 'a', x: 1, y: true, z: 'text' })
    await p.updatePartially(null, 'a', AnyValueMap.fromTuples('x', 0, 'y', false, 'z', ''))
    await holds(p, [{ id: 'a', x: 0, y: false, z: '' }])
  })

  test('updatePartially() leaves no value where undefined is given', async (p) => {
    await p.create(null, { id: 'a', n: 1, name: 'first' })
    const item = await p.updatePartially(null, 'a', { n: undefined })
    assert.equal(item?.n, undefined)
    assert.equal((await p.getOneById(null, 'a'))?.n, undefined)
    assert.equal((await p.getOneById(null, 'a'))?.name, 'first')
  })

  test('updatePartially() leaves other items alone', async (p) => {
    await p.createMany(null, [
      { id: 'a', n: 1 },
      { id: 'b', n: 1 },
    ])
    await p.updatePartially(null, 'b', { n: 2 })
    await holds(p, [
      { id: 'a', n: 1 },
      { id: 'b', n: 2 },
    ])
  })

  test('updatePartially() of an unknown id resolves null and stores nothing', async (p) => {
    await p.create(null, { id: 'a', n: 1 })
    assert.equal(await p.updatePartially(null, 'b', { n: 2 }), null)
    assert.equal(await p.updatePartially(null, '', { n: 2 }), null)
    assert.equal(await p.updatePartially(null, null, { n: 2 }), null)
    await holds(p, [{ id: 'a', n: 1 }])
  })

  test('updatePartially() with no fields resolves with the item', async (p) => {
    await p.create(null, { id: 'a', n: 1 })
    assert.deepEqual(await p.updatePartially(null, 'a', {}), { id: 'a', n: 1 })
    await holds(p, [{ id: 'a', n: 1 }])
  })

  test('updatePartially() refuses to change the id', async (p) => {
    await p.create(null, { id: 'a', n: 1 })
    await rejects(p.updatePartially(null, 'a', { id: 'b', n: 2 }), 'ID_CHANGED')
    await rejects(p.updatePartially(null, 'a', AnyValueMap.fromTuples('id', 'b')), 'ID_CHANGED')
    await holds(p, [{ id: 'a', n: 1 }])
  })

  test('updatePartially() refuses to take the id away', async (p) => {
    await p.create(null, { id: 'a', n: 1 })
    await rejects(p.updatePartially(null, 'a', { id: null, n: 2 }), 'ID_CHANGED')
    await rejects(p.updatePartially(null, 'a', { id: '', n: 2 }), 'ID_CHANGED')
    await holds(p, [{ id: 'a', n: 1 }])
  })

  test('updatePartially() refuses an id of another type', async (p) => {
    await p.create(null, { id: '1', n: 1 })
    await rejects(p.updatePartially(null, '1', { id: 1, n: 2 }), 'ID_CHANGED')
    await holds(p, [{ id: '1', n: 1 }])
  })

  test('updatePartially() takes the same id in the data', async (p) => {
    await p.create(null, { id: 'a', n: 1 })
    assert.deepEqual(await p.updatePartially(null, 'a', { id: 'a', n: 2 }), { id: 'a', n: 2 })
    await holds(p, [{ id: 'a', n: 2 }])
  })

  test('updatePartially() takes a dot in a field name for a part of the name', async (p) => {
    await p.create(null, { id: 'a', b: { c: 1 } })
    await p.updatePartially(null, 'a', { 'b.c': 2 })
    await holds(p, [{ id: 'a', b: { c: 1 }, 'b.c': 2 }])
  })

  test('updatePartially() keeps the place of the item', async (p, session) => {
    await p.createMany(null, [{ id: 'c' }, { id: 'a' }, { id: 'b' }])
    await p.updatePartially(null, 'c', { n: 1 })
    assert.deepEqual(idsOf(await p.getListByFilter(null, null)), session.storageOrder(['c', 'a', 'b']))
    assert.equal((await p.getOneById(null, 'c'))?.n, 1)
  })

  for (const [what, data] of [
    ['null', null],
    ['undefined', undefined],
    ['a string', 'n=2'],
    ['an array', [['n', 2]]],
    ...FIELDLESS.map(([what, make]) => [what, make()] as const),
  ] as const) {
    test(`updatePartially() refuses ${what} as data`, async (p) => {
      await p.create(null, { id: 'a', n: 1 })
      await rejects(p.updatePartially(null, 'a', data), 'INVALID_ITEM')
      await holds(p, [{ id: 'a', n: 1 }])
    })
  }
}
