import assert from 'node:assert/strict'
import { idsOf } from '../expectations.js'
import type { Item } from '../Subject.js'
import type { CaseOptions, Cases } from '../Suite.js'

const ROWS: readonly Item[] = Array.from({ length: 200 }, (_, n) => ({
  id: `i${String(n).padStart(3, '0')}`,
  n,
  name: `name ${String(n).padStart(3, '0')}`,
  half: n % 2,
}))

const INDEXED: CaseOptions = {
  needs: { plans: 'own' },
  declare: { indexes: [{ fields: { n: 1 } }, { fields: { name: -1 } }] },
}

/** Filter, sort, the index that serves them, the number of matches. */
const PLANS: readonly (readonly [
  what: string,
  filter: unknown,
  sort: unknown,
  index: string,
  returned: number,
])[] = [
  ['equality', { n: 5 }, null, 'n:1', 1],
  ['$in', { n: { $in: [5, 6, 999] } }, null, 'n:1', 2],
  ['a range', { n: { $gte: 10, $lt: 20 } }, null, 'n:1', 10],
  ['a half-open range', { n: { $gt: 195 } }, null, 'n:1', 4],
  ['a prefix', { name: { $startsWith: 'name 01' } }, null, 'name:-1', 10],
  ['a look-up by id', { id: 'i005' }, null, 'id', 1],
  ['equality beside what no index covers', { n: 5, half: 1 }, null, 'n:1', 1],
]

export const explain: Cases = (test) => {
  for (const [what, filter, sort, index, returned] of PLANS) {
    test(`${what} uses an index and looks at few items`, INDEXED, async (p) => {
      await p.createMany(null, ROWS)
      const plan = await p.explain(null, filter, sort)
      assert.equal(plan.index, index)
      assert.equal(plan.returned, returned)
      assert.ok(plan.examined !== null && plan.examined <= 2 * returned + 4, `examined ${plan.examined}`)
      assert.equal((await p.getListByFilter(null, filter, sort)).length, returned)
    })
  }

  test('a sort uses an index', INDEXED, async (p) => {
    await p.createMany(null, ROWS)
    assert.equal((await p.explain(null, null, { n: 1 })).index, 'n:1')
    assert.equal((await p.explain(null, null, { n: -1 })).index, 'n:1')
    assert.equal((await p.explain(null, null, { name: 1 })).index, 'name:-1')
  })

  test('a filter that no index serves looks at every item', INDEXED, async (p) => {
    await p.createMany(null, ROWS)
    const plan = await p.explain(null, { half: 1 })
    assert.equal(plan.index, null)
    assert.equal(plan.examined, 200)
    assert.equal(plan.returned, 100)
  })

  test('a complement looks at every item it may match', INDEXED, async (p) => {
    await p.createMany(null, ROWS)
    const plan = await p.explain(null, { n: { $ne: 5 } })
    assert.equal(plan.returned, 199)
    assert.equal((await p.getListByFilter(null, { n: { $ne: 5 } })).length, 199)
  })

  for (const [what, filter, returned] of [
    ['null', null, 200],
    ['an equality', { n: 7 }, 1],
    ['a range', { n: { $lt: 50 } }, 50],
    ['what nothing matches', { n: -1 }, 0],
  ] as const) {
    test(`explain() counts the matches of ${what}`, {
      declare: { indexes: [{ fields: { n: 1 } }] },
    }, async (p) => {
      await p.createMany(null, ROWS)
      const plan = await p.explain(null, filter, { n: -1 })
      assert.equal(plan.returned, returned)
      assert.equal((await p.getListByFilter(null, filter)).length, returned)
      assert.equal(await p.getCountByFilter(null, null), 200)
      assert.ok(plan.index === null || typeof plan.index === 'string')
      assert.ok(plan.examined === null || plan.examined >= 0)
    })
  }

  test('explain() changes nothing', { declare: { indexes: [{ fields: { n: 1 } }] } }, async (p) => {
    await p.createMany(null, ROWS.slice(0, 3))
    assert.equal((await p.explain(null, { n: 1 })).returned, 1)
    assert.deepEqual(idsOf(await p.getListByFilter(null, null, { id: 1 })), ['i000', 'i001', 'i002'])
  })
}
