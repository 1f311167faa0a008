import assert from 'node:assert/strict'
import { holds, idsOf, stored } from '../expectations.js'
import type { TestedPersistence } from '../Subject.js'
import type { CaseOptions, Cases } from '../Suite.js'
import { DOCUMENTS } from './documents.js'

const DURABLE: CaseOptions = { needs: { durable: true } }

/** Each write on items a (n 1) and b (n 2), and what another component finds afterwards. */
const WRITES: Readonly<
  Record<string, readonly [(p: TestedPersistence) => Promise<unknown>, readonly object[]]>
> = {
  'create()': [(p) => p.create(null, { id: 'c' }), [{ id: 'a', n: 1 }, { id: 'b', n: 2 }, { id: 'c' }]],
  'createMany()': [
    (p) => p.createMany(null, [{ id: 'd' }, { id: 'c' }]),
    [{ id: 'a', n: 1 }, { id: 'b', n: 2 }, { id: 'c' }, { id: 'd' }],
  ],
  'set() of a new item': [
    (p) => p.set(null, { id: 'c' }),
    [{ id: 'a', n: 1 }, { id: 'b', n: 2 }, { id: 'c' }],
  ],
  'set() of a stored item': [
    (p) => p.set(null, { id: 'a', m: 3 }),
    [
      { id: 'a', m: 3 },
      { id: 'b', n: 2 },
    ],
  ],
  'update()': [
    (p) => p.update(null, { id: 'a', m: 3 }),
    [
      { id: 'a', m: 3 },
      { id: 'b', n: 2 },
    ],
  ],
  'updatePartially()': [
    (p) => p.updatePartially(null, 'a', { m: null }),
    [
      { id: 'a', n: 1, m: null },
      { id: 'b', n: 2 },
    ],
  ],
  'deleteById()': [(p) => p.deleteById(null, 'a'), [{ id: 'b', n: 2 }]],
  'deleteByIds()': [(p) => p.deleteByIds(null, ['b', 'x']), [{ id: 'a', n: 1 }]],
  'deleteByFilter()': [(p) => p.deleteByFilter(null, { n: { $gt: 1 } }), [{ id: 'a', n: 1 }]],
  'clear()': [(p) => p.clear(null), []],
}

export const reopening: Cases = (test) => {
  for (const [name, [write, expected]] of Object.entries(WRITES)) {
    test(`${name} is there after reopening`, DURABLE, async (p, session) => {
      await p.createMany(null, [
        { id: 'a', n: 1 },
        { id: 'b', n: 2 },
      ])
      await write(p)
      assert.deepEqual(await stored(p), expected)
      const again = await session.reopened(p)
      await holds(again, expected as never)
      await again.create(null, { id: 'z' })
      assert.equal(await again.getCountByFilter(null, null), expected.length + 1)
    })
  }

  test('every kind of value is there after reopening', DURABLE, async (p, session) => {
    await p.createMany(null, DOCUMENTS)
    const before = await stored(p)
    assert.equal(before.length, DOCUMENTS.length)
    await holds(await session.reopened(p), before)
  })

  test('the order of lists is there after reopening', DURABLE, async (p, session) => {
    await p.createMany(null, [{ id: 'd' }, { id: 'a' }, { id: 'c' }])
    await p.create(null, { id: 'b' })
    await p.update(null, { id: 'a', n: 1 })
    await p.deleteById(null, 'c')
    await p.create(null, { id: 'c' })
    const again = await session.reopened(p)
    assert.deepEqual(
      idsOf(await again.getListByFilter(null, null)),
      session.storageOrder(['d', 'a', 'b', 'c']),
    )
  })

  test('a taken id is taken after reopening', DURABLE, async (p, session) => {
    await p.create(null, { id: 'a', n: 1 })
    const again = await session.reopened(p)
    await assert.rejects(again.create(null, { id: 'a', n: 2 }), { code: 'DUPLICATE_ID' })
    await holds(again, [{ id: 'a', n: 1 }])
  })

  test('a write that was refused is not there after reopening', DURABLE, async (p, session) => {
    await p.create(null, { id: 'a', n: 1 })
    await assert.rejects(p.createMany(null, [{ id: 'b' }, { id: 'a' }]), { code: 'DUPLICATE_ID' })
    await assert.rejects(p.updatePartially(null, 'a', { id: 'c', n: 2 }), { code: 'ID_CHANGED' })
    await holds(await session.reopened(p), [{ id: 'a', n: 1 }])
  })

  test('an empty store is empty after reopening', DURABLE, async (p, session) => {
    const again = await session.reopened(p)
    await holds(again, [])
    await again.create(null, { id: 'a' })
    await holds(await session.reopened(again), [{ id: 'a' }])
  })

  test('work goes on over many reopenings', DURABLE, async (p, session) => {
    let current = p
    for (let n = 0; n < 5; n++) {
      await current.create(null, { id: `i${n}`, n })
      await current.updatePartially(null, 'i0', { last: n })
      current = await session.reopened(current)
    }
    const list = await stored(current)
    assert.deepEqual(idsOf(list), ['i0', 'i1', 'i2', 'i3', 'i4'])
    assert.equal(list[0]?.last, 4)
  })

  test('a thousand single writes are there after reopening', DURABLE, async (p, session) => {
    const items = Array.from({ length: 1000 }, (_, n) => ({ id: String(n).padStart(4, '0'), n }))
    await Promise.all(items.map((item) => p.create(null, item)))
    await holds(await session.reopened(p), items)
  })
}
