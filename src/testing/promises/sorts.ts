import assert from 'node:assert/strict'
import { SortField, SortParams } from '../../data/index.js'
import { idsOf, rejects } from '../expectations.js'
import type { Item, TestedPersistence } from '../Subject.js'
import type { Cases } from '../Suite.js'
import { DOCUMENTS } from './documents.js'

/** The documents in ascending order of `v`, ties by id: missing = null < false < true < numbers < texts < the rest. */
const ASCENDING: readonly (readonly string[])[] = [
  ['missing', 'null'],
  ['false'],
  ['true'],
  ['minus ten'],
  ['minus one'],
  ['zero'],
  ['half'],
  ['one'],
  ['five'],
  ['ten'],
  ['largest integer'],
  ['huge'],
  ['text empty'],
  ['text 0'],
  ['text 10'],
  ['text date'],
  ['text 5'],
  ['text A'],
  ['text APPLE'],
  ['text a'],
  ['text percent'],
  ['text apple'],
  ['text e decomposed'],
  ['text false'],
  ['text null'],
  ['text ss'],
  ['text sharp s'],
  ['text e acute'],
  ['text i dotted'],
  ['text cyrillic'],
  ['text private use'],
  ['text last of BMP'],
  ['text emoji'],
  [
    'list 5',
    'list a b',
    'list empty',
    'list mixed',
    'list of lists',
    'list of objects',
    'object',
    'object empty',
    'object text',
  ],
]

/** An order in which no field and no id is sorted. */
function shuffled(items: readonly Item[]): Item[] {
  return items
    .map((item, i) => [item, (i * 7919) % 104729] as const)
    .sort((a, b) => (a[1] % 101) - (b[1] % 101) || a[1] - b[1])
    .map(([item]) => item)
}

async function sorted(p: TestedPersistence, items: readonly Item[], sort: unknown): Promise<unknown[]> {
  await p.createMany(null, items)
  const list = await p.getListByFilter(null, null, sort)
  assert.equal(list.length, items.length)
  return idsOf(list)
}

const PEOPLE: readonly Item[] = [
  { id: 'd', name: 'Eve', age: 30, home: { city: 'Rome' } },
  { id: 'b', name: 'Bob', age: 30, home: { city: 'Oslo' } },
  { id: 'a', name: 'Eve', age: 25, home: { city: 'Oslo' } },
  { id: 'c', name: 'Ann', age: 25, home: { city: 'Bonn' } },
  { id: 'e', name: 'Bob', age: 25 },
]

const ORDERS: readonly (readonly [promise: string, sort: unknown, ids: readonly string[]])[] = [
  ['one field ascending, ties by id', { name: 1 }, ['c', 'b', 'e', 'a', 'd']],
  ['one field descending, ties still by ascending id', { name: -1 }, ['a', 'd', 'b', 'e', 'c']],
  ['numbers ascending, ties by id', { age: 1 }, ['a', 'c', 'e', 'b', 'd']],
  ['numbers descending, ties still by ascending id', { age: -1 }, ['b', 'd', 'a', 'c', 'e']],
  ['two fields, most significant first', { name: 1, age: 1 }, ['c', 'e', 'b', 'a', 'd']],
  ['the same two fields in the other order', { age: 1, name: 1 }, ['c', 'e', 'a', 'b', 'd']],
  ['two fields in two directions', { name: 1, age: -1 }, ['c', 'b', 'e', 'd', 'a']],
  ['the other two directions', { name: -1, age: 1 }, ['a', 'd', 'e', 'b', 'c']],
  ['both descending', { name: -1, age: -1 }, ['d', 'a', 'b', 'e', 'c']],
  ['by a path, missing first', { 'home.city': 1 }, ['e', 'c', 'a', 'b', 'd']],
  ['by a path descending, missing last', { 'home.city': -1 }, ['d', 'a', 'b', 'c', 'e']],
  ['by id', { id: 1 }, ['a', 'b', 'c', 'd', 'e']],
  ['by id descending', { id: -1 }, ['e', 'd', 'c', 'b', 'a']],
  ['by a field that is not there: by id', { other: 1 }, ['a', 'b', 'c', 'd', 'e']],
  ['by a field that is not there, descending: by id', { other: -1 }, ['a', 'b', 'c', 'd', 'e']],
  ['three fields', { other: 1, age: -1, name: 1 }, ['b', 'd', 'c', 'e', 'a']],
  ['a field and then the id descending', { age: 1, id: -1 }, ['e', 'c', 'a', 'd', 'b']],
  ['SortParams ascending', new SortParams(new SortField('name', true)), ['c', 'b', 'e', 'a', 'd']],
  ['SortParams descending', new SortParams(new SortField('name', false)), ['a', 'd', 'b', 'e', 'c']],
  [
    'SortParams of two fields',
    new SortParams(new SortField('age', false), new SortField('name', true)),
    ['b', 'd', 'c', 'e', 'a'],
  ],
  ['SortParams with a path', new SortParams(new SortField('home.city')), ['e', 'c', 'a', 'b', 'd']],
]

export const sorts: Cases = (test) => {
  for (const [promise, sort, ids] of ORDERS) {
    test(`sorts ${promise}`, async (p) => {
      assert.deepEqual(await sorted(p, PEOPLE, sort), ids)
    })
  }

  for (const [title, declare] of [
    ['', {}],
    [', over an index', { indexes: [{ fields: { v: 1 } }] }],
    [', over a descending index', { indexes: [{ fields: { v: -1 } }] }],
  ] as const) {
    test(`sorts mixed types: null, false, true, numbers, texts, arrays and objects${title}`, {
      declare,
    }, async (p) => {
      assert.deepEqual(await sorted(p, shuffled(DOCUMENTS), { v: 1 }), ASCENDING.flat())
    })

    test(`sorts mixed types descending as the reverse, ties by id${title}`, { declare }, async (p) => {
      assert.deepEqual(await sorted(p, shuffled(DOCUMENTS), { v: -1 }), [...ASCENDING].reverse().flat())
    })

    test(`sorts what a filter leaves${title}`, { declare }, async (p) => {
      await p.createMany(null, shuffled(DOCUMENTS))
      const list = await p.getListByFilter(null, { v: { $gt: 0 } }, { v: -1 })
      assert.deepEqual(idsOf(list), ['huge', 'largest integer', 'ten', 'five', 'one', 'half'])
    })
  }

  const more: readonly (readonly [promise: string, values: readonly unknown[]])[] = [
    ['numbers by value, not by text', [-100, -20, -3, 0, 3, 20, 100]],
    ['texts by letter, not by value', ['-1', '1', '10', '9', 'a']],
    ['upper case before lower case', ['A', 'B', 'a', 'b']],
    ['a text before a longer one that begins with it', ['', 'a', 'aa', 'ab', 'b']],
    [
      'texts by code point, not by UTF-16 unit',
      ['z', '\ud7ff', '\ue000', '\uffee', '\u{10000}', '\u{1f600}'],
    ],
    ['accented letters after z, whatever the locale', ['a', 'e', 'z', 'ä', 'é', 'ö']],
    ['blanks and signs before letters', [' ', '!', '-', '0', '_', 'a', '~']],
    ['very small and very large numbers', [-1e300, -1e-300, 0, 1e-300, 0.1, 0.2, 1e300]],
    ['large integers without rounding', [9007199254740989, 9007199254740990, 9007199254740991]],
    ['null, false, true and 0 apart', [null, false, true, 0]],
    [
      'ISO texts by time',
      ['2023-12-31T23:59:59.999Z', '2024-01-01T00:00:00.000Z', '2024-01-01T00:00:00.001Z'],
    ],
  ]
  for (const [promise, values] of more) {
    test(`sorts ${promise}`, async (p) => {
      // The ids go the other way, so that an order by id would show.
      const items = values.map((v, i) => ({ id: String.fromCharCode(122 - i), v }))
      const ids = items.map((item) => item.id)
      assert.deepEqual(await sorted(p, shuffled(items), { v: 1 }), ids)
      assert.deepEqual(idsOf(await p.getListByFilter(null, null, { v: -1 })), [...ids].reverse())
    })
  }

  test('sorts Dates by time', { declare: { dateFields: ['when'] } }, async (p) => {
    const items = [3, 1, 2].map((n) => ({ id: `i${n}`, when: new Date(n * 1e12) }))
    assert.deepEqual(await sorted(p, items, { when: -1 }), ['i3', 'i2', 'i1'])
    assert.deepEqual(idsOf(await p.getListByFilter(null, null, { when: 1 })), ['i1', 'i2', 'i3'])
  })

  for (const [what, empty] of [
    ['null', null],
    ['undefined', undefined],
    ['an empty object', {}],
    ['empty SortParams', new SortParams()],
  ] as const) {
    test(`takes ${what} for no sort`, async (p, session) => {
      assert.deepEqual(await sorted(p, PEOPLE, empty), session.storageOrder(['d', 'b', 'a', 'c', 'e']))
    })
  }

  test('sorting does not reorder the store', async (p, session) => {
    await sorted(p, PEOPLE, { name: 1 })
    await p.getPageByFilter(null, null, null, { age: -1 })
    assert.deepEqual(
      idsOf(await p.getListByFilter(null, null)),
      session.storageOrder(['d', 'b', 'a', 'c', 'e']),
    )
    await p.deleteById(null, 'a')
    assert.deepEqual(idsOf(await p.getListByFilter(null, null)), session.storageOrder(['d', 'b', 'c', 'e']))
  })

  test('pages are sorted before they are cut', async (p) => {
    await p.createMany(null, PEOPLE)
    const page = await p.getPageByFilter(null, null, { skip: 1, take: 2 }, { name: 1 })
    assert.deepEqual(idsOf(page.data), ['b', 'e'])
  })

  const refused: readonly (readonly [what: string, sort: unknown])[] = [
    ['a direction of 0', { name: 0 }],
    ['a direction of 2', { name: 2 }],
    ['a direction as text', { name: 'asc' }],
    ['a text', 'name'],
    ['a number', 1],
    ['a path that leads out of the item', { 'constructor.name': 1 }],
    ['a path that begins with $', { $natural: 1 }],
    ['a path with a quote', { "name'": 1 }],
    ['an empty path', { '': 1 }],
  ]
  for (const [what, sort] of refused) {
    test(`refuses ${what} as sort`, async (p) => {
      await p.createMany(null, PEOPLE)
      await assert.rejects(p.getListByFilter(null, null, sort), { category: 'BadRequest' })
      await assert.rejects(p.getPageByFilter(null, null, null, sort), { category: 'BadRequest' })
    })
  }

  const needs = { functions: true } as const
  test('a key extractor sorts ascending, ties in insertion order', { needs }, async (p) => {
    const ids = await sorted(p, PEOPLE, (item: Item) => item.age)
    assert.deepEqual(ids, ['a', 'c', 'e', 'd', 'b'])
  })

  test('a key extractor compares as JavaScript does', { needs }, async (p) => {
    const items = ['\u{1f600}', '\ue000', 'b', 'B'].map((name, i) => ({ id: `i${i}`, name }))
    const list = await sorted(p, items, (item: Item) => item.name)
    assert.deepEqual(list, ['i3', 'i2', 'i0', 'i1'])
  })

  test('a key extractor works in pages', { needs }, async (p) => {
    await p.createMany(null, PEOPLE)
    const page = await p.getPageByFilter(null, null, { skip: 1, take: 2 }, (item: Item) => -item.age)
    assert.deepEqual(idsOf(page.data), ['b', 'a'])
  })

  test('a key extractor is UNSUPPORTED where functions are', { needs: { functions: false } }, async (p) => {
    await p.createMany(null, PEOPLE)
    const key = (item: Item) => item.age
    await rejects(p.getListByFilter(null, null, key), 'UNSUPPORTED')
    await rejects(p.getPageByFilter(null, null, null, key), 'UNSUPPORTED')
  })

  test('pages by token have no key extractor', async (p) => {
    await p.createMany(null, PEOPLE)
    await rejects(
      p.getPageByToken(null, null, null, (item: Item) => item.age),
      'UNSUPPORTED',
    )
  })
}
