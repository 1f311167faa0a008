import assert from 'node:assert/strict'
import { ProjectionParams } from '../../data/index.js'
import { idsOf } from '../expectations.js'
import type { Item, TestedPersistence } from '../Subject.js'
import type { Cases } from '../Suite.js'

const ITEM: Item = {
  id: 'a',
  name: 'first',
  none: null,
  tags: ['x', { y: 1 }],
  home: { city: 'Rome', zip: '1', geo: { lat: 1.5, lon: 2.5 } },
}

const PROJECTIONS: readonly (readonly [promise: string, select: unknown, result: Item])[] = [
  ['one field', ['name'], { name: 'first' }],
  ['several fields', ['id', 'name'], { id: 'a', name: 'first' }],
  ['a field that is null', ['none'], { none: null }],
  ['an array whole', ['tags'], { tags: ['x', { y: 1 }] }],
  ['an object whole', ['home'], { home: { city: 'Rome', zip: '1', geo: { lat: 1.5, lon: 2.5 } } }],
  ['a path, with its nesting', ['home.city'], { home: { city: 'Rome' } }],
  ['two paths into one object', ['home.city', 'home.zip'], { home: { city: 'Rome', zip: '1' } }],
  ['a deep path', ['home.geo.lat'], { home: { geo: { lat: 1.5 } } }],
  [
    'paths of different depth',
    ['id', 'home.zip', 'home.geo.lon'],
    { id: 'a', home: { zip: '1', geo: { lon: 2.5 } } },
  ],
  ['a path that is not there: nothing', ['other'], {}],
  ['a path that is not there beside one that is', ['name', 'other', 'home.street'], { name: 'first' }],
  ['a path into a scalar: nothing', ['name.length', 'id'], { id: 'a' }],
  ['a path into an array: nothing', ['tags.0', 'tags.length', 'id'], { id: 'a' }],
  ['the same path twice', ['name', 'name'], { name: 'first' }],
  [
    'ProjectionParams',
    new ProjectionParams(['name', 'home.city']),
    { name: 'first', home: { city: 'Rome' } },
  ],
  [
    'ProjectionParams from text',
    ProjectionParams.fromString('id,home(city,zip)'),
    { id: 'a', home: { city: 'Rome', zip: '1' } },
  ],
  ['everything for null', null, ITEM],
  ['everything for an empty list', [], ITEM],
  ['everything for empty ProjectionParams', new ProjectionParams(), ITEM],
]

const READS = {
  getListByFilter: async (p: TestedPersistence, select: unknown) =>
    p.getListByFilter(null, null, null, select),
  getPageByFilter: async (p: TestedPersistence, select: unknown) =>
    (await p.getPageByFilter(null, null, null, null, select)).data,
  getPageByToken: async (p: TestedPersistence, select: unknown) =>
    (await p.getPageByToken(null, null, null, null, select)).data,
}

export const projections: Cases = (test) => {
  for (const [promise, select, result] of PROJECTIONS) {
    test(`keeps ${promise}`, async (p) => {
      await p.create(null, ITEM)
      for (const read of Object.values(READS)) assert.deepEqual(await read(p, select), [result])
    })
  }

  test('a projection does not change what is stored', async (p) => {
    await p.create(null, ITEM)
    const [part] = await p.getListByFilter(null, null, null, ['home.geo'])
    part!.home.geo.lat = 9
    assert.deepEqual(await p.getOneById(null, 'a'), ITEM)
  })

  test('a projection does not need the fields of filter and sort', async (p) => {
    await p.createMany(
      null,
      [3, 1, 2].map((n) => ({ id: `i${n}`, n, name: `name ${n}` })),
    )
    const page = await p.getPageByFilter(null, { n: { $lt: 3 } }, null, { n: -1 }, ['name'])
    assert.deepEqual(page.data, [{ name: 'name 2' }, { name: 'name 1' }])
  })

  test('pages by token go on though the projection leaves out sort field and id', async (p) => {
    await p.createMany(
      null,
      [3, 1, 2].map((n) => ({ id: `i${n}`, n, name: `name ${n}` })),
    )
    const first = await p.getPageByToken(null, null, { take: 2 }, { n: 1 }, ['name'])
    assert.deepEqual(first.data, [{ name: 'name 1' }, { name: 'name 2' }])
    const second = await p.getPageByToken(null, null, { take: 2, token: first.token }, { n: 1 }, ['name'])
    assert.deepEqual(second.data, [{ name: 'name 3' }])
  })

  test('a projection leaves the ids of whole items where it is null', async (p) => {
    await p.create(null, ITEM)
    assert.deepEqual(idsOf(await p.getListByFilter(null, null, null, null)), ['a'])
  })

  for (const [what, select] of [
    ['a text', 'name'],
    ['an object', { name: 1 }],
    ['a list with a number', [1]],
    ['a path that leads out of the item', ['__proto__']],
    ['a path with an empty segment', ['home..city']],
    ['a path that begins with $', ['$name']],
  ] as const) {
    test(`refuses ${what} as projection`, async (p) => {
      await p.create(null, ITEM)
      for (const read of Object.values(READS))
        await assert.rejects(read(p, select), { category: 'BadRequest' })
    })
  }
}
