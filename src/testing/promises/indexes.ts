import assert from 'node:assert/strict'
import { holds, idsOf, matches, rejects, stored } from '../expectations.js'
import type { Item } from '../Subject.js'
import type { CaseOptions, Cases } from '../Suite.js'

const ROWS: readonly Item[] = Array.from({ length: 50 }, (_, n) => ({
  id: `i${String(n).padStart(2, '0')}`,
  n: n % 10,
  name: `name ${n % 7}`,
  at: { x: n },
}))

const BY_N: CaseOptions = { declare: { indexes: [{ fields: { n: 1 } }] } }

export const indexes: Cases = (test) => {
  test('an index follows create, update, updatePartially, set and delete', BY_N, async (p) => {
    await p.create(null, { id: 'a', n: 1 })
    await matches(p, { n: 1 }, ['a'])
    await p.update(null, { id: 'a', n: 2 })
    await matches(p, { n: 1 }, [])
    await matches(p, { n: 2 }, ['a'])
    await p.updatePartially(null, 'a', { n: 3 })
    await matches(p, { n: { $gt: 2 } }, ['a'])
    await p.set(null, { id: 'a', n: 4 })
    await matches(p, { n: { $in: [3, 4] } }, ['a'])
    await matches(p, { n: 3 }, [])
    await p.set(null, { id: 'b', n: 4 })
    await matches(p, { n: 4 }, ['a', 'b'])
    await p.deleteById(null, 'a')
    await matches(p, { n: 4 }, ['b'])
    await p.deleteByFilter(null, { n: 4 })
    await matches(p, { n: 4 }, [])
    await p.createMany(null, [
      { id: 'c', n: 4 },
      { id: 'd', n: 5 },
    ])
    await p.deleteByIds(null, ['d'])
    await matches(p, { n: { $gte: 4 } }, ['c'])
  })

  test('an index follows clear()', BY_N, async (p) => {
    await p.createMany(null, ROWS)
    await p.clear(null)
    await matches(p, { n: 1 }, [])
    await p.create(null, { id: 'a', n: 1 })
    await matches(p, { n: 1 }, ['a'])
  })

  test('an index follows an item from missing to null to a value and back', BY_N, async (p) => {
    await p.create(null, { id: 'a' })
    await matches(p, { n: null }, ['a'])
    await p.update(null, { id: 'a', n: null })
    await matches(p, { n: { $exists: true } }, ['a'])
    await p.update(null, { id: 'a', n: 5 })
    await matches(p, { n: null }, [])
    await p.update(null, { id: 'a', n: [5] })
    await matches(p, { n: 5 }, [])
    await matches(p, { n: { $all: [5] } }, ['a'])
    await p.update(null, { id: 'a' })
    await matches(p, { n: { $exists: false } }, ['a'])
  })

  test('an index tells 5 from its text', BY_N, async (p) => {
    await p.createMany(null, [
      { id: 'a', n: 5 },
      { id: 'b', n: '5' },
    ])
    await matches(p, { n: 5 }, ['a'])
    await matches(p, { n: '5' }, ['b'])
  })

  test('an index keeps many items with one value', BY_N, async (p) => {
    await p.createMany(null, ROWS)
    const ids = ROWS.filter((row) => row.n === 3).map((row) => row.id)
    await matches(p, { n: 3 }, ids)
    await p.deleteById(null, ids[0])
    await matches(p, { n: 3 }, ids.slice(1))
  })

  for (const [title, fields] of [
    ['one field', { n: 1 }],
    ['a path', { 'at.x': -1 }],
    ['two fields', { n: 1, name: -1 }],
    ['three fields with a path', { name: 1, 'at.x': 1, n: -1 }],
  ] as const) {
    test(
      `an index over ${title} changes no answer`,
      { declare: { indexes: [{ fields: { ...fields } }] } },
      async (p, session) => {
        const plain = await session.another()
        for (const each of [p, plain]) {
          await each.createMany(null, ROWS)
          await each.deleteByFilter(null, { n: 4 })
          await each.updatePartially(null, 'i11', { n: null, name: null, at: null })
        }
        const filters = [
          null,
          { n: 3 },
          { n: { $gte: 3, $lt: 6 } },
          { name: 'name 2', n: 2 },
          { 'at.x': { $lt: 9 } },
          { name: { $startsWith: 'name' } },
          { n: null },
        ]
        const sorts = [
          { n: 1 },
          { n: -1 },
          { name: -1, n: 1 },
          { 'at.x': -1 },
          { n: 1, name: -1 },
          { n: -1, name: 1 },
          { id: -1 },
        ]
        for (const filter of filters) {
          for (const sort of sorts) {
            const list = await p.getListByFilter(null, filter, sort)
            assert.ok(list.length > 0)
            assert.deepEqual(list, await plain.getListByFilter(null, filter, sort))
            const paging = { skip: 2, take: 3, total: true }
            assert.deepEqual(
              await p.getPageByFilter(null, filter, paging, sort),
              await plain.getPageByFilter(null, filter, paging, sort),
            )
          }
        }
      },
    )
  }

  test('an item that is alone with its value in one index must pass the condition on another', {
    declare: { indexes: [{ fields: { name: 1 } }, { fields: { n: 1 } }] },
  }, async (p) => {
    await p.createMany(null, [
      { id: 'alone', name: 'alone', n: 1 },
      ...['a', 'b', 'c'].map((id) => ({ id, name: 'many', n: 2 })),
    ])
    await matches(p, { name: 'alone', n: 2 }, [])
    await matches(p, { name: 'alone', n: 1 }, ['alone'])
    assert.equal(await p.getOneRandom(null, { name: 'alone', n: 2 }), null)
    const page = await p.getPageByFilter(null, { name: 'alone', n: 2 }, null, { id: 1 })
    assert.deepEqual(page.data, [])
    await p.deleteByFilter(null, { name: 'alone', n: 2 })
    assert.equal(await p.getCountByFilter(null, null), 4)
  })

  test('several indexes stand beside each other', {
    declare: { indexes: [{ fields: { n: 1 } }, { fields: { name: 1 } }, { fields: { n: 1, name: 1 } }] },
  }, async (p) => {
    await p.createMany(null, ROWS)
    await matches(p, { n: 3, name: 'name 3' }, ['i03'])
    await p.update(null, { id: 'i03', n: 4, name: 'name 4' })
    await matches(p, { n: 3, name: 'name 3' }, [])
    await matches(p, { n: 4, name: 'name 4' }, ['i03', 'i04'])
  })

  test('the same index may be declared twice', {
    declare: { indexes: [{ fields: { n: 1 } }, { fields: { n: 1 } }] },
  }, async (p) => {
    await p.createMany(null, ROWS)
    assert.equal(await p.getCountByFilter(null, { n: 3 }), 5)
  })

  test('an index over a field with an unusual name works', {
    declare: { indexes: [{ fields: { 'größe in m²': 1, 'a-b; c': -1 } }] },
  }, async (p) => {
    await p.createMany(null, [
      { id: 'a', 'größe in m²': 5, 'a-b; c': 'x' },
      { id: 'b', 'größe in m²': 7, 'a-b; c': 'y' },
    ])
    await matches(p, { 'größe in m²': 5 }, ['a'])
    await matches(p, { 'a-b; c': 'y' }, ['b'])
    assert.deepEqual(idsOf(await p.getListByFilter(null, null, { 'größe in m²': -1 })), ['b', 'a'])
  })

  const needs = { values: 'portable' } as const
  test('an indexed text of 512 bytes is stored', { ...BY_N, needs }, async (p) => {
    await p.create(null, { id: 'a', n: 'x'.repeat(512) })
    await p.create(null, { id: 'b', n: 'é'.repeat(256) })
    await matches(p, { n: 'é'.repeat(256) }, ['b'])
  })

  for (const [what, text] of [
    ['of 513 bytes', 'x'.repeat(513)],
    ['of 257 letters that take two bytes', 'é'.repeat(257)],
  ] as const) {
    test(`an indexed text ${what} is refused`, { ...BY_N, needs }, async (p) => {
      await p.create(null, { id: 'a', n: 1 })
      await rejects(p.create(null, { id: 'b', n: text }), 'INVALID_ITEM')
      await rejects(p.set(null, { id: 'a', n: text }), 'INVALID_ITEM')
      await rejects(p.update(null, { id: 'a', n: text }), 'INVALID_ITEM')
      await rejects(p.updatePartially(null, 'a', { n: text }), 'INVALID_ITEM')
      await holds(p, [{ id: 'a', n: 1 }])
    })
  }

  test('a text of any length is stored where it is not indexed', { ...BY_N, needs }, async (p) => {
    await p.create(null, { id: 'a', n: 1, text: 'x'.repeat(100_000) })
    assert.equal((await stored(p))[0]?.text.length, 100_000)
  })

  test('an index added later covers what is stored', { needs: { durable: true } }, async (p, session) => {
    await p.createMany(null, ROWS)
    await p.close(null)
    const next = await session.successor({ indexes: [{ fields: { n: 1 } }] })
    await next.open(null)
    assert.equal(await next.getCountByFilter(null, { n: 3 }), 5)
    assert.deepEqual(idsOf(await next.getListByFilter(null, { n: { $gte: 9 } }, { n: 1 })), [
      'i09',
      'i19',
      'i29',
      'i39',
      'i49',
    ])
  })
}
