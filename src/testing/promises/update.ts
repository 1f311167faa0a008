import assert from 'node:assert/strict'
import { holds, idsOf, rejects } from '../expectations.js'
import type { Cases } from '../Suite.js'

export const update: Cases = (test) => {
  test('update() replaces the whole item', async (p) => {
    await p.create(null, { id: 'a', n: 1, old: true, nested: { x: 1, y: 2 } })
    assert.deepEqual(await p.update(null, { id: 'a', n: 2, nested: { x: 3 } }), {
      id: 'a',
      n: 2,
      nested: { x: 3 },
    })
    await holds(p, [{ id: 'a', n: 2, nested: { x: 3 } }])
  })

  test('update() leaves other items alone', async (p) => {
    await p.createMany(null, [
      { id: 'a', n: 1 },
      { id: 'b', n: 2 },
      { id: 'c', n: 3 },
    ])
    await p.update(null, { id: 'b', n: 9 })
    await holds(p, [
      { id: 'a', n: 1 },
      { id: 'b', n: 9 },
      { id: 'c', n: 3 },
    ])
  })

  test('update() of an unknown id resolves null and stores nothing', async (p) => {
    await p.create(null, { id: 'a', n: 1 })
    assert.equal(await p.update(null, { id: 'b', n: 2 }), null)
    await holds(p, [{ id: 'a', n: 1 }])
  })

  test('update() of an item that was deleted resolves null and stores nothing', async (p) => {
    const item = await p.create(null, { id: 'a', n: 1 })
    await p.create(null, { id: 'b' })
    await p.deleteById(null, 'a')
    assert.equal(await p.update(null, item), null)
    await holds(p, [{ id: 'b' }])
  })

  test('update() of an item without id resolves null and stores nothing', async (p) => {
    await p.create(null, { id: 'a', n: 1 })
    assert.equal(await p.update(null, { n: 2 }), null)
    assert.equal(await p.update(null, { id: '', n: 2 }), null)
    assert.equal(await p.update(null, { id: null, n: 2 }), null)
    await holds(p, [{ id: 'a', n: 1 }])
  })

  test('update() keeps the place of the item', async (p, session) => {
    await p.createMany(null, [{ id: 'c' }, { id: 'a' }, { id: 'b' }])
    await p.update(null, { id: 'a', n: 1 })
    assert.deepEqual(idsOf(await p.getListByFilter(null, null)), session.storageOrder(['c', 'a', 'b']))
    assert.equal((await p.getOneById(null, 'a'))?.n, 1)
  })

  test('update() refuses what is not an object', async (p) => {
    await p.create(null, { id: 'a', n: 1 })
    await rejects(p.update(null, null as never), 'INVALID_ITEM')
    await rejects(p.update(null, 'a' as never), 'INVALID_ITEM')
    await holds(p, [{ id: 'a', n: 1 }])
  })
}
