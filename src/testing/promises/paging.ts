import assert from 'node:assert/strict'
import { PagingParams } from '../../data/index.js'
import { idsOf } from '../expectations.js'
import type { Item, TestedPersistence } from '../Subject.js'
import type { Cases } from '../Suite.js'

const TEN: readonly Item[] = Array.from({ length: 10 }, (_, n) => ({ id: `i${n}`, n, odd: n % 2 === 1 }))

async function page(p: TestedPersistence, paging: unknown): Promise<string> {
  await p.createMany(null, TEN)
  const { data } = await p.getPageByFilter(null, null, paging, { id: 1 })
  assert.deepEqual(
    data,
    data.map((item) => TEN[item.n]),
  )
  return idsOf(data).join(' ').replaceAll('i', '')
}

/** Paging of another package that keeps its fields to itself. */
class ForeignPaging {
  getSkip(min: number): number {
    return Math.max(2, min)
  }
  getTake(max: number): number {
    return Math.min(3, max)
  }
}

const PAGES: readonly (readonly [promise: string, paging: unknown, digits: string])[] = [
  ['null paging gives the first items, up to the maximum', null, '0 1 2 3'],
  ['undefined paging gives the first items, up to the maximum', undefined, '0 1 2 3'],
  ['an empty PagingParams gives the first items, up to the maximum', new PagingParams(), '0 1 2 3'],
  ['skip passes over items', new PagingParams(3, 2), '3 4'],
  ['take limits the items', new PagingParams(0, 2), '0 1'],
  ['take of 1 gives one item', new PagingParams(9, 1), '9'],
  ['a null skip is 0', new PagingParams(null, 2), '0 1'],
  ['a negative skip is 0', new PagingParams(-5, 2), '0 1'],
  ['a skip to the end gives nothing', new PagingParams(10, 2), ''],
  ['a skip beyond the end gives nothing', new PagingParams(1000, 2), ''],
  ['the last page is shorter', new PagingParams(8, 4), '8 9'],
  ['a null take is the maximum', new PagingParams(5, null), '5 6 7 8'],
  ['a take of 0 is the maximum', new PagingParams(5, 0), '5 6 7 8'],
  ['a plain take of 0 is the maximum', { skip: 5, take: 0 }, '5 6 7 8'],
  ['a larger take is capped', new PagingParams(0, 1000), '0 1 2 3'],
  ['a negative take gives nothing', new PagingParams(0, -1), ''],
  ['a plain object with skip and take', { skip: 2, take: 2 }, '2 3'],
  ['a plain object with take alone', { take: 3 }, '0 1 2'],
  ['an instance of a class that has methods only', new ForeignPaging(), '2 3 4'],
  ['paging read from text', PagingParams.fromTuples('skip', '2', 'take', '2'), '2 3'],
]

export const paging: Cases = (test) => {
  for (const [promise, params, digits] of PAGES) {
    test(promise, { declare: { maxPageSize: 4 } }, async (p) => {
      assert.equal(await page(p, params), digits)
      assert.equal(await p.getCountByFilter(null, null), 10)
    })
  }

  test('the maximum is 100 by default', async (p) => {
    await p.createMany(
      null,
      Array.from({ length: 150 }, (_, n) => ({ id: `i${n}` })),
    )
    assert.equal((await p.getPageByFilter(null, null, null, null)).data.length, 100)
    assert.equal((await p.getPageByFilter(null, null, new PagingParams(0, 1000), null)).data.length, 100)
    assert.equal((await p.getPageByFilter(null, null, new PagingParams(100, 1000), null)).data.length, 50)
  })

  test('total counts the matches before paging', async (p) => {
    await p.createMany(null, TEN)
    const { data, total } = await p.getPageByFilter(null, { odd: true }, new PagingParams(1, 2, true), {
      id: 1,
    })
    assert.deepEqual(idsOf(data), ['i3', 'i5'])
    assert.equal(total, 5)
  })

  test('total is null unless asked for', async (p) => {
    await p.createMany(null, TEN)
    assert.equal((await p.getPageByFilter(null, null, new PagingParams(0, 2), null)).total, null)
    assert.equal((await p.getPageByFilter(null, null, new PagingParams(0, 2, false), null)).total, null)
    assert.equal((await p.getPageByFilter(null, null, null, null)).total, null)
    assert.equal((await p.getPageByFilter(null, null, new PagingParams(0, 2, true), null)).total, 10)
  })

  test('total is 0 when nothing matches', async (p) => {
    await p.createMany(null, TEN)
    const { data, total } = await p.getPageByFilter(null, { n: 99 }, new PagingParams(0, 2, true), null)
    assert.deepEqual(data, [])
    assert.equal(total, 0)
  })

  test('total is counted though the page is empty', async (p) => {
    await p.createMany(null, TEN)
    assert.equal((await p.getPageByFilter(null, null, new PagingParams(50, 2, true), null)).total, 10)
    assert.equal((await p.getPageByFilter(null, null, new PagingParams(0, -1, true), null)).total, 10)
  })

  test('neighbouring pages neither overlap nor skip', async (p) => {
    await p.createMany(null, TEN)
    const seen: unknown[] = []
    for (let skip = 0; skip < 10; skip += 3)
      seen.push(...idsOf((await p.getPageByFilter(null, null, new PagingParams(skip, 3), { odd: 1 })).data))
    assert.deepEqual(seen, ['i0', 'i2', 'i4', 'i6', 'i8', 'i1', 'i3', 'i5', 'i7', 'i9'])
  })

  test('pages without a sort go in storage order', async (p, session) => {
    await p.createMany(null, [{ id: 'c' }, { id: 'a' }, { id: 'd' }, { id: 'b' }])
    const order = session.storageOrder(['c', 'a', 'd', 'b'])
    assert.deepEqual(idsOf((await p.getPageByFilter(null, null, new PagingParams(1, 2), null)).data), [
      order[1],
      order[2],
    ])
    assert.deepEqual(idsOf((await p.getPageByFilter(null, null, null, null)).data), order)
  })

  for (const [what, value] of [
    ['NaN', Number.NaN],
    ['a fraction', 1.5],
    ['Infinity', Number.POSITIVE_INFINITY],
    ['-Infinity', Number.NEGATIVE_INFINITY],
    ['a text', '1'],
    ['an object', {}],
  ] as const) {
    test(`${what} is refused as skip`, async (p) => {
      await p.createMany(null, TEN)
      await assert.rejects(p.getPageByFilter(null, null, { skip: value, take: 1 }, null), {
        category: 'BadRequest',
      })
    })

    test(`${what} is refused as take`, async (p) => {
      await p.createMany(null, TEN)
      await assert.rejects(p.getPageByFilter(null, null, { skip: 0, take: value }, null), {
        category: 'BadRequest',
      })
      await assert.rejects(p.getPageByToken(null, null, { take: value }, null), { category: 'BadRequest' })
    })
  }

  for (const [what, value] of [
    ['a number', 5],
    ['a text', '0,5'],
    ['an array', [0, 5]],
  ] as const) {
    test(`${what} is refused as paging`, async (p) => {
      await p.createMany(null, TEN)
      await assert.rejects(p.getPageByFilter(null, null, value, null), { category: 'BadRequest' })
    })
  }
}
