import assert from 'node:assert/strict'
import { FilterParams } from '../../data/index.js'
import { holds, idsOf, rejects, stored } from '../expectations.js'
import type { TestedPersistence } from '../Subject.js'
import type { Cases } from '../Suite.js'

const THREE = [
  { id: 'a', n: 1 },
  { id: 'b', n: 2 },
  { id: 'c', n: 3 },
]

const three = (p: TestedPersistence) => p.createMany(null, THREE)

export const deleteById: Cases = (test) => {
  test('deleteById() deletes the item and resolves with it', async (p) => {
    await three(p)
    assert.deepEqual(await p.deleteById(null, 'b'), { id: 'b', n: 2 })
    await holds(p, [THREE[0]!, THREE[2]!])
    assert.equal(await p.getOneById(null, 'b'), null)
  })

  test('deleteById() of an unknown id resolves null and deletes nothing', async (p) => {
    await three(p)
    assert.equal(await p.deleteById(null, 'x'), null)
    assert.equal(await p.deleteById(null, ''), null)
    assert.equal(await p.deleteById(null, null), null)
    assert.equal(await p.deleteById(null, undefined), null)
    await holds(p, THREE)
  })

  test('deleteById() resolves null the second time', async (p) => {
    await three(p)
    assert.deepEqual(await p.deleteById(null, 'a'), THREE[0])
    assert.equal(await p.deleteById(null, 'a'), null)
    await holds(p, [THREE[1]!, THREE[2]!])
  })

  test('deleteById() keeps the order of the others', async (p, session) => {
    await p.createMany(null, [{ id: 'd' }, { id: 'b' }, { id: 'c' }, { id: 'a' }])
    await p.deleteById(null, 'b')
    assert.deepEqual(idsOf(await p.getListByFilter(null, null)), session.storageOrder(['d', 'c', 'a']))
  })

  test('deleteById() lets a new item with the id come last', async (p, session) => {
    await p.createMany(null, [{ id: 'c' }, { id: 'b' }, { id: 'a' }])
    await p.deleteById(null, 'c')
    await p.create(null, { id: 'c' })
    assert.deepEqual(idsOf(await p.getListByFilter(null, null)), session.storageOrder(['b', 'a', 'c']))
  })
}

export const deleteByIds: Cases = (test) => {
  test('deleteByIds() deletes the items with these ids', async (p) => {
    await three(p)
    assert.equal(await p.deleteByIds(null, ['a', 'c']), undefined)
    await holds(p, [THREE[1]!])
  })

  test('deleteByIds() passes over unknown ids', async (p) => {
    await three(p)
    await p.deleteByIds(null, ['x', 'b', ''])
    await holds(p, [THREE[0]!, THREE[2]!])
  })

  test('deleteByIds() takes an id that is given twice', async (p) => {
    await three(p)
    await p.deleteByIds(null, ['b', 'b'])
    await holds(p, [THREE[0]!, THREE[2]!])
  })

  test('deleteByIds() of no ids deletes nothing', async (p) => {
    await three(p)
    await p.deleteByIds(null, [])
    await holds(p, THREE)
  })

  test('deleteByIds() takes a thousand ids', async (p) => {
    const items = Array.from({ length: 1001 }, (_, n) => ({ id: `i${n}` }))
    await p.createMany(null, items)
    await p.deleteByIds(
      null,
      items.slice(1).map((item) => item.id),
    )
    await holds(p, [{ id: 'i0' }])
  })
}

export const deleteByFilter: Cases = (test) => {
  test('deleteByFilter() deletes what matches', async (p) => {
    await three(p)
    assert.equal(await p.deleteByFilter(null, { n: { $gte: 2 } }), undefined)
    await holds(p, [THREE[0]!])
  })

  test('deleteByFilter() deletes nothing when nothing matches', async (p) => {
    await three(p)
    await p.deleteByFilter(null, { n: 9 })
    await holds(p, THREE)
  })

  test('deleteByFilter() takes FilterParams', async (p) => {
    await three(p)
    await p.deleteByFilter(null, FilterParams.fromTuples('n', 2))
    await holds(p, [THREE[0]!, THREE[2]!])
  })

  test('deleteByFilter() takes a predicate', { needs: { functions: true } }, async (p) => {
    await three(p)
    await p.deleteByFilter(null, (item: { n: number }) => item.n !== 2)
    await holds(p, [THREE[1]!])
  })

  test('deleteByFilter(null) deletes all', async (p) => {
    await three(p)
    await p.deleteByFilter(null, null)
    await holds(p, [])
    assert.deepEqual(await p.create(null, { id: 'a' }), { id: 'a' })
    await holds(p, [{ id: 'a' }])
  })

  test('deleteByFilter({}) deletes all', async (p) => {
    await three(p)
    await p.deleteByFilter(null, {})
    await holds(p, [])
    await p.create(null, { id: 'a' })
    await holds(p, [{ id: 'a' }])
  })

  test('deleteByFilter() with empty FilterParams deletes all', async (p) => {
    await three(p)
    await p.deleteByFilter(null, new FilterParams())
    await holds(p, [])
    await p.create(null, { id: 'a' })
    await holds(p, [{ id: 'a' }])
  })

  const undefinedConditions: readonly (readonly [string, unknown])[] = [
    ['of a field', { n: undefined }],
    ['of a field beside another', { id: 'a', n: undefined }],
    ['of an operator', { n: { $gt: undefined } }],
    ['of an operator beside another', { n: { $gt: 1, $lt: undefined } }],
    ['in $and', { $and: [{ id: 'a' }, { n: undefined }] }],
    ['in $or', { $or: [{ id: 'a' }, { n: undefined }] }],
    ['in $nor', { $nor: [{ id: 'a' }, { n: undefined }] }],
    ['in $not', { id: 'a', $not: { n: undefined } }],
    ['in $elemMatch', { id: 'a', n: { $elemMatch: { x: undefined } } }],
    ['in FilterParams, as null', filterParams({ id: 'a', n: null })],
    ['in FilterParams, as the empty string', filterParams({ id: 'a', n: '' })],
  ]
  for (const [where, filter] of undefinedConditions) {
    test(`deleteByFilter() refuses an undefined condition ${where}`, async (p) => {
      await three(p)
      await rejects(p.deleteByFilter(null, filter), 'EMPTY_FILTER')
      await holds(p, THREE)
    })
  }

  test('deleteByFilter() refuses an unknown operator and deletes nothing', async (p) => {
    await three(p)
    await rejects(p.deleteByFilter(null, { n: { $where: '1' } }), 'INVALID_FILTER')
    await holds(p, THREE)
  })

  test('deleteByFilter() keeps the order of what stays', async (p, session) => {
    await p.createMany(null, [{ id: 'd', n: 1 }, { id: 'b', n: 2 }, { id: 'c', n: 1 }, { id: 'a' }])
    await p.deleteByFilter(null, { n: 2 })
    assert.deepEqual(idsOf(await p.getListByFilter(null, null)), session.storageOrder(['d', 'c', 'a']))
    assert.equal((await stored(p)).length, 3)
  })
}

function filterParams(entries: Record<string, string | null>): FilterParams {
  return Object.assign(new FilterParams(), entries)
}

export const clear: Cases = (test) => {
  test('clear() deletes all items', async (p) => {
    await three(p)
    assert.equal(await p.clear(null), undefined)
    await holds(p, [])
    await p.create(null, { id: 'd' })
    await holds(p, [{ id: 'd' }])
  })

  test('clear() of an empty store does nothing', async (p) => {
    await p.clear(null)
    await p.clear(null)
    await p.create(null, { id: 'a' })
    await holds(p, [{ id: 'a' }])
  })

  test('clear() makes look-ups, counts and pages find nothing', async (p) => {
    await three(p)
    await holds(p, THREE)
    await p.clear(null)
    assert.equal(await p.getOneById(null, 'a'), null)
    assert.deepEqual(await p.getListByIds(null, ['a', 'b']), [])
    assert.equal(await p.getCountByFilter(null, null), 0)
    assert.deepEqual((await p.getPageByFilter(null, null, null, null)).data, [])
    assert.equal(await p.getOneRandom(null, null), null)
  })
}
