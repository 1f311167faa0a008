import assert from 'node:assert/strict'
import { FilterParams } from '../../data/index.js'
import { idsOf, matches, rejects, stored } from '../expectations.js'
import type { TestedPersistence } from '../Subject.js'
import type { Cases, Test } from '../Suite.js'
import { allBut, DOCUMENTS } from './documents.js'
import { filterTable, type Row } from './filterTable.js'
import { invalidFilters } from './invalidFilters.js'
import { paramsTable } from './paramsTable.js'

async function documents(p: TestedPersistence): Promise<void> {
  await p.createMany(null, DOCUMENTS)
  assert.equal(await p.getCountByFilter(null, null), DOCUMENTS.length)
}

function rows(table: readonly Row[], declare: { indexes?: [{ fields: Record<string, 1> }] } = {}): Cases {
  return (test) => {
    for (const [promise, filter, ids] of table) {
      test(promise, { declare }, async (p) => {
        await documents(p)
        await matches(p, filter, ids)
      })
    }
  }
}

/** The tables, without an index and once more over an index on the field: an index must never change an answer. */
export const filterGroups: Readonly<Record<string, Cases>> = Object.fromEntries([
  ...Object.entries(filterTable).map(([title, table]) => [title, rows(table)]),
  ...Object.entries(filterTable).map(([title, table]) => [
    `${title}, over an index`,
    rows(table, { indexes: [{ fields: { v: 1 } }] }),
  ]),
  ['filters: FilterParams', rows(paramsTable)],
])

export const filterParams: Cases = (test) => {
  test('empty FilterParams match everything', async (p) => {
    await documents(p)
    await matches(p, new FilterParams(), allBut())
  })

  test('a FilterParams whose entries are all empty matches everything', async (p) => {
    await documents(p)
    await matches(p, Object.assign(new FilterParams(), { v: '', id: null }), allBut())
  })

  test('ids matches the items with these ids', async (p) => {
    await documents(p)
    await matches(p, FilterParams.fromTuples('ids', 'five,ten,nobody'), ['five', 'ten'])
    await matches(p, FilterParams.fromTuples('ids', 'five'), ['five'])
  })

  test('ids together with another entry needs both', async (p) => {
    await documents(p)
    await matches(p, FilterParams.fromTuples('ids', 'five,ten', 'v', 5), ['five'])
  })

  test('an empty ids is left out', async (p) => {
    await documents(p)
    await matches(p, FilterParams.fromTuples('ids', '', 'v', 5), ['five', 'text 5'])
  })

  test('ids matches numbers too', { needs: { ids: 'any' } }, async (p) => {
    await p.createMany(null, [{ id: 1 }, { id: '2' }, { id: 3 }])
    assert.deepEqual(idsOf(await p.getListByFilter(null, FilterParams.fromTuples('ids', '1,2'))), [1, '2'])
  })

  test('an entry matches a Date by its ISO text', { declare: { dateFields: ['when'] } }, async (p) => {
    await p.create(null, { id: 'a', when: new Date(1000) })
    await p.create(null, { id: 'b', when: new Date(2000) })
    await matches(p, FilterParams.fromTuples('when', '1970-01-01T00:00:01.000Z'), ['a'])
    await matches(p, FilterParams.fromTuples('when', '1970-01-01T00:00:01Z'), [])
  })

  for (const key of ['$or', '$where', '$and']) {
    test(`an entry named ${key} is refused`, async (p) => {
      await documents(p)
      await rejects(p.getListByFilter(null, FilterParams.fromTuples(key, '1')), 'INVALID_FILTER')
    })
  }

  test('an entry whose path leads out of the item is refused', async (p) => {
    await documents(p)
    const filter = FilterParams.fromTuples('constructor.name', 'Object')
    await rejects(p.getListByFilter(null, filter), 'INVALID_FILTER')
  })

  test('FilterParams of another package are taken for ours', async (p) => {
    await documents(p)
    class Foreign {
      getAsObject() {
        return { ...this }
      }
    }
    await matches(p, Object.assign(new Foreign(), { v: '5' }), ['five', 'text 5'])
  })
}

export const predicates: Cases = (test) => {
  const needs = { functions: true } as const

  test('a predicate picks the items for which it is true', { needs }, async (p) => {
    await documents(p)
    await matches(p, (item: { v: unknown }) => item.v === 5 || item.v === '5', ['five', 'text 5'])
  })

  test('a predicate may answer with any truthy value', { needs }, async (p) => {
    await p.createMany(null, [{ id: 'a', v: 0 }, { id: 'b', v: 'yes' }, { id: 'c' }])
    await matches(p, (item: { v: unknown }) => item.v, ['b'])
  })

  test('a predicate works in pages and counts', { needs }, async (p) => {
    await p.createMany(null, [
      { id: 'a', n: 1 },
      { id: 'b', n: 2 },
      { id: 'c', n: 3 },
    ])
    const odd = (item: { n: number }) => item.n % 2 === 1
    const page = await p.getPageByFilter(null, odd, { skip: 1, take: 5, total: true }, null)
    assert.deepEqual(idsOf(page.data), ['c'])
    assert.equal(page.total, 2)
    assert.equal(await p.getCountByFilter(null, odd), 2)
  })

  test('a predicate that throws fails the operation and changes nothing', { needs }, async (p) => {
    await p.create(null, { id: 'a' })
    const bad = () => {
      throw new RangeError('thrown by the predicate')
    }
    await assert.rejects(p.getListByFilter(null, bad), RangeError)
    await assert.rejects(p.deleteByFilter(null, bad), RangeError)
    assert.deepEqual(idsOf(await stored(p)), ['a'])
  })

  for (const [what, predicate] of [
    ['an async predicate', async (item: { id: string }) => item.id === 'b'],
    ['an async predicate that fails', () => Promise.reject(new Error('of the predicate'))],
    [
      'a predicate that promises an answer for some items',
      (item: { id: string }) => item.id === 'b' && ask(),
    ],
  ] as const) {
    test(`${what} is refused and deletes nothing`, { needs }, async (p) => {
      await p.createMany(null, [{ id: 'a' }, { id: 'b' }, { id: 'c' }])
      for (const read of Object.values(READS)) await rejects(read(p, predicate), 'INVALID_FILTER')
      assert.deepEqual(idsOf(await stored(p)), ['a', 'b', 'c'])
    })
  }

  test('a predicate is UNSUPPORTED where functions are', { needs: { functions: false } }, async (p) => {
    await p.create(null, { id: 'a' })
    const all = () => true
    await rejects(p.getListByFilter(null, all), 'UNSUPPORTED')
    await rejects(p.getPageByFilter(null, all, null, null), 'UNSUPPORTED')
    await rejects(p.getCountByFilter(null, all), 'UNSUPPORTED')
    await rejects(p.getOneRandom(null, all), 'UNSUPPORTED')
    await rejects(p.deleteByFilter(null, all), 'UNSUPPORTED')
    assert.deepEqual(idsOf(await stored(p)), ['a'])
  })
}

function ask(): Promise<boolean> {
  return Promise.resolve(false)
}

const READS = {
  getListByFilter: (p: TestedPersistence, filter: unknown) => p.getListByFilter(null, filter),
  getPageByFilter: (p: TestedPersistence, filter: unknown) => p.getPageByFilter(null, filter, null, null),
  getPageByToken: (p: TestedPersistence, filter: unknown) => p.getPageByToken(null, filter, null),
  getCountByFilter: (p: TestedPersistence, filter: unknown) => p.getCountByFilter(null, filter),
  getOneRandom: (p: TestedPersistence, filter: unknown) => p.getOneRandom(null, filter),
  explain: (p: TestedPersistence, filter: unknown) => p.explain(null, filter),
  deleteByFilter: (p: TestedPersistence, filter: unknown) => p.deleteByFilter(null, filter),
}

/** The items of a list, of a page, or the one item. */
function itemsIn(answer: unknown): unknown {
  const { data = answer } = answer as { data?: unknown }
  return Array.isArray(data) ? data : [data]
}

export const refusedFilters: Cases = (test: Test) => {
  for (const [what, filter] of invalidFilters) {
    test(`refuses ${what}`, async (p) => {
      await p.create(null, { id: 'a', v: 1 })
      await rejects(p.getListByFilter(null, filter), 'INVALID_FILTER')
      assert.equal((await p.getListByFilter(null, null)).length, 1)
    })
  }

  for (const [name, read] of Object.entries(READS)) {
    test(`${name}() refuses an unknown operator`, async (p) => {
      await p.create(null, { id: 'a', v: 1 })
      await rejects(read(p, { v: { $regex: '.' } }), 'INVALID_FILTER')
      assert.deepEqual(idsOf(await stored(p)), ['a'])
    })

    test(`${name}() takes a filter object`, async (p) => {
      await p.createMany(null, [
        { id: 'a', v: 1 },
        { id: 'b', v: 2 },
      ])
      const answer = await read(p, { v: 2 })
      const left = idsOf(await stored(p))
      assert.deepEqual(left, name === 'deleteByFilter' ? ['a'] : ['a', 'b'])
      if (name === 'deleteByFilter') assert.equal(answer, undefined)
      else if (name === 'getCountByFilter') assert.equal(answer, 1)
      else if (name === 'explain') assert.equal((answer as { returned: number }).returned, 1)
      else assert.deepEqual(itemsIn(answer), [{ id: 'b', v: 2 }])
    })
  }

  test('a filter that was refused leaves the component usable', async (p) => {
    await documents(p)
    await rejects(p.getListByFilter(null, { v: { $gt: null } }), 'INVALID_FILTER')
    await matches(p, { v: { $gt: 5, $lt: 11 } }, ['ten'])
  })

  test('the filter is not changed by reading it', async (p) => {
    await documents(p)
    const filter = Object.freeze({ v: Object.freeze({ $in: Object.freeze([5, 10]) }), id: undefined })
    await matches(p, filter, ['five', 'ten'])
    assert.deepEqual(filter, { v: { $in: [5, 10] }, id: undefined })
  })
}
