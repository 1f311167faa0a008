import assert from 'node:assert/strict'
import { holds, idsOf, matches, rejects } from '../expectations.js'
import type { CaseOptions, Cases } from '../Suite.js'

const DATES: CaseOptions = { declare: { dateFields: ['when', 'log.at'] } }
const at = (n: number) => new Date(Date.UTC(2024, 0, n))

export const dates: Cases = (test) => {
  test('a declared field comes back as a Date from every read', DATES, async (p) => {
    const item = { id: 'a', when: at(1), log: { at: at(2), by: 'x' } }
    assert.deepEqual(await p.create(null, item), item)
    assert.deepEqual(await p.getOneById(null, 'a'), item)
    assert.deepEqual(await p.getListByIds(null, ['a']), [item])
    assert.deepEqual(await p.getListByFilter(null, null), [item])
    assert.deepEqual((await p.getPageByFilter(null, null, null, null)).data, [item])
    assert.deepEqual((await p.getPageByToken(null, null, null, null)).data, [item])
    assert.deepEqual(await p.getOneRandom(null, null), item)
    assert.deepEqual(await p.deleteById(null, 'a'), item)
  })

  test('a declared field comes back as a Date from every write', DATES, async (p) => {
    assert.deepEqual(await p.createMany(null, [{ id: 'a', when: at(1) }]), [{ id: 'a', when: at(1) }])
    assert.deepEqual(await p.set(null, { id: 'a', when: at(2) }), { id: 'a', when: at(2) })
    assert.deepEqual(await p.update(null, { id: 'a', when: at(3) }), { id: 'a', when: at(3) })
    const merged = await p.updatePartially(null, 'a', { when: at(4), log: { at: at(5) } })
    assert.deepEqual(merged, { id: 'a', when: at(4), log: { at: at(5) } })
    await holds(p, [{ id: 'a', when: at(4), log: { at: at(5) } }])
  })

  test('a declared field comes back as a Date after close and open', DATES, async (p, session) => {
    await p.create(null, { id: 'a', when: at(1), log: { at: at(2) } })
    await p.create(null, { id: 'b' })
    await p.updatePartially(null, 'b', { when: at(3) })
    await holds(await session.reopened(p), [
      { id: 'a', when: at(1), log: { at: at(2) } },
      { id: 'b', when: at(3) },
    ])
  })

  test('a declared field comes back as a Date from a projection', DATES, async (p) => {
    await p.create(null, { id: 'a', when: at(1), log: { at: at(2), by: 'x' } })
    const list = await p.getListByFilter(null, null, null, ['when', 'log.at'])
    assert.deepEqual(list, [{ when: at(1), log: { at: at(2) } }])
  })

  test('a declared field may be null, missing or text', DATES, async (p, session) => {
    const items = [
      { id: 'a', when: null },
      { id: 'b' },
      { id: 'c', when: 'tomorrow' },
      { id: 'd', log: 'none' },
    ]
    await p.createMany(null, items)
    await holds(p, items)
    await holds(await session.reopened(p), items)
  })

  test('milliseconds, years before 1970 and after 9999 are kept', DATES, async (p, session) => {
    const times = [0, 1, -1, -62_198_755_200_000, 253_402_300_800_000, 8.64e15, -8.64e15]
    const items = times.map((time, i) => ({ id: `i${i}`, when: new Date(time) }))
    await p.createMany(null, items)
    await holds(await session.reopened(p), items)
  })

  test('filters compare a declared field with Dates', DATES, async (p) => {
    await p.createMany(
      null,
      [1, 2, 3].map((n) => ({ id: `i${n}`, when: at(n), log: { at: at(10 - n) } })),
    )
    await matches(p, { when: at(2) }, ['i2'])
    await matches(p, { when: { $gt: at(1) } }, ['i2', 'i3'])
    await matches(p, { when: { $gte: at(1), $lt: at(3) } }, ['i1', 'i2'])
    await matches(p, { when: { $in: [at(1), at(3)] } }, ['i1', 'i3'])
    await matches(p, { when: { $ne: at(1) } }, ['i2', 'i3'])
    await matches(p, { 'log.at': { $lt: at(8) } }, ['i3'])
    await matches(p, { 'log.at': { $lte: at(8) } }, ['i2', 'i3'])
  })

  test('a Date in a filter is its ISO text', DATES, async (p) => {
    await p.createMany(null, [
      { id: 'a', when: at(1) },
      { id: 'b', text: at(1).toISOString() },
    ])
    await matches(p, { when: at(1).toISOString() }, ['a'])
    await matches(p, { text: at(1) }, ['b'])
    await matches(p, { when: { $startsWith: '2024-01' } }, ['a'])
  })

  test('a declared field goes with an index', {
    declare: { ...DATES.declare, indexes: [{ fields: { when: -1 } }] },
  }, async (p) => {
    await p.createMany(
      null,
      [2, 1, 3].map((n) => ({ id: `i${n}`, when: at(n) })),
    )
    await matches(p, { when: { $gte: at(2) } }, ['i2', 'i3'])
    assert.deepEqual(idsOf(await p.getListByFilter(null, null, { when: -1 })), ['i3', 'i2', 'i1'])
  })

  test('an invalid Date is refused in a declared field', {
    ...DATES,
    needs: { values: ['json', 'portable'] },
  }, async (p) => {
    await p.create(null, { id: 'a', when: at(1) })
    await rejects(p.create(null, { id: 'b', when: new Date(Number.NaN) }), 'INVALID_ITEM')
    await rejects(p.updatePartially(null, 'a', { when: new Date(Number.NaN) }), 'INVALID_ITEM')
    await holds(p, [{ id: 'a', when: at(1) }])
  })

  test(
    'a Date in a field that was not declared stays a Date until the file is read again',
    { needs: { values: 'json', durable: true } },
    async (p, session) => {
      await p.create(null, { id: 'a', when: at(1) })
      await holds(p, [{ id: 'a', when: at(1) }])
      await holds(await session.reopened(p), [{ id: 'a', when: at(1).toISOString() }])
    },
  )

  test('a Date in a declared object is refused outside the declared field', {
    ...DATES,
    needs: { values: 'portable' },
  }, async (p) => {
    await p.create(null, { id: 'z', log: { at: at(1) } })
    await rejects(p.create(null, { id: 'a', log: { at: at(1), until: at(2) } }), 'INVALID_ITEM')
    await rejects(p.create(null, { id: 'a', log: at(1) }), 'INVALID_ITEM')
    await rejects(p.create(null, { id: 'a', when: [at(1)] }), 'INVALID_ITEM')
    await holds(p, [{ id: 'z', log: { at: at(1) } }])
  })
}
