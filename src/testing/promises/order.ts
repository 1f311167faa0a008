import assert from 'node:assert/strict'
import { holds, idsOf, stored } from '../expectations.js'
import type { CaseOptions, Cases } from '../Suite.js'

const BY_KEY: CaseOptions = {
  needs: { uniqueIndexes: true },
  declare: { indexes: [{ fields: { key: 1 }, unique: true }] },
}

/** `ok` or the code, of each call, in the order of calls. */
async function outcomes(calls: readonly Promise<unknown>[]): Promise<string[]> {
  const settled = await Promise.allSettled(calls)
  return settled.map((one) => (one.status === 'fulfilled' ? 'ok' : String(one.reason.code)))
}

export const order: Cases = (test) => {
  test('what was acknowledged is seen by the next read', async (p) => {
    for (let n = 0; n < 20; n++) {
      await p.set(null, { id: 'a', n })
      assert.equal((await p.getOneById(null, 'a'))?.n, n)
      assert.equal(await p.getCountByFilter(null, { n }), 1)
    }
  })

  test('writes called at once take effect in the order of calls', async (p) => {
    await Promise.all(Array.from({ length: 100 }, (_, n) => p.set(null, { id: 'a', n })))
    await holds(p, [{ id: 'a', n: 99 }])
  })

  test('creations called at once are stored in the order of calls', async (p, session) => {
    const ids = Array.from({ length: 100 }, (_, n) => `i${(n * 37) % 100}`)
    await Promise.all(ids.map((id) => p.create(null, { id })))
    assert.deepEqual(idsOf(await p.getListByFilter(null, null)), session.storageOrder(ids))
  })

  test('of two creations of one id called at once the first wins', async (p) => {
    const calls = [p.create(null, { id: 'a', n: 1 }), p.create(null, { id: 'a', n: 2 })]
    assert.deepEqual(await outcomes(calls), ['ok', 'DUPLICATE_ID'])
    await holds(p, [{ id: 'a', n: 1 }])
  })

  test('of ten creations of one id called at once one wins', async (p) => {
    const calls = Array.from({ length: 10 }, (_, n) => p.create(null, { id: 'a', n }))
    const codes = await outcomes(calls)
    assert.equal(codes.filter((code) => code === 'ok').length, 1)
    assert.equal(codes.filter((code) => code === 'DUPLICATE_ID').length, 9)
    await holds(p, [{ id: 'a', n: 0 }])
  })

  // Ten rounds: where two connections race, either may win once.
  test('of two creations of one key called at once the first wins', BY_KEY, async (p) => {
    for (let round = 0; round < 10; round++) {
      await p.clear(null)
      const key = `key ${round}`
      const calls = [p.create(null, { id: 'a', key }), p.create(null, { id: 'b', key })]
      assert.deepEqual(await outcomes(calls), ['ok', 'DUPLICATE_KEY'])
      await holds(p, [{ id: 'a', key }])
    }
  })

  test('a key given free and taken at once goes over', BY_KEY, async (p) => {
    await p.create(null, { id: 'a', key: 'x' })
    const calls = [p.deleteById(null, 'a'), p.create(null, { id: 'b', key: 'x' })]
    assert.deepEqual(await outcomes(calls), ['ok', 'ok'])
    await holds(p, [{ id: 'b', key: 'x' }])
  })

  test('partial updates of different fields called at once are all kept', async (p) => {
    await p.create(null, { id: 'a' })
    await Promise.all(Array.from({ length: 50 }, (_, n) => p.updatePartially(null, 'a', { [`f${n}`]: n })))
    const item = await p.getOneById(null, 'a')
    assert.equal(Object.keys(item!).length, 51)
    assert.equal(item!.f49, 49)
  })

  test('an update called right after the creation finds the item', async (p) => {
    const calls = [
      p.create(null, { id: 'a', n: 1 }),
      p.updatePartially(null, 'a', { m: 2 }),
      p.update(null, { id: 'a', n: 3 }),
      p.updatePartially(null, 'a', { k: 4 }),
    ]
    assert.deepEqual(await Promise.all(calls), [
      { id: 'a', n: 1 },
      { id: 'a', n: 1, m: 2 },
      { id: 'a', n: 3 },
      { id: 'a', n: 3, k: 4 },
    ])
    await holds(p, [{ id: 'a', n: 3, k: 4 }])
  })

  test('a deletion called right after the creation finds the item', async (p) => {
    const calls = [p.create(null, { id: 'a', n: 1 }), p.deleteById(null, 'a'), p.deleteById(null, 'a')]
    assert.deepEqual(await Promise.all(calls), [{ id: 'a', n: 1 }, { id: 'a', n: 1 }, null])
    await holds(p, [])
  })

  test('creation, deletion and creation called at once leave the last', async (p) => {
    const calls = [
      p.create(null, { id: 'a', n: 1 }),
      p.deleteById(null, 'a'),
      p.create(null, { id: 'a', n: 2 }),
    ]
    assert.deepEqual(await outcomes(calls), ['ok', 'ok', 'ok'])
    await holds(p, [{ id: 'a', n: 2 }])
  })

  test('clear() takes what was called before it and nothing after', async (p) => {
    const calls = [
      p.create(null, { id: 'a' }),
      p.createMany(null, [{ id: 'b' }, { id: 'c' }]),
      p.clear(null),
      p.create(null, { id: 'd' }),
    ]
    assert.deepEqual(await outcomes(calls), ['ok', 'ok', 'ok', 'ok'])
    await holds(p, [{ id: 'd' }])
  })

  test('deleteByFilter() takes what was called before it and nothing after', async (p) => {
    const calls = [
      p.create(null, { id: 'a', n: 1 }),
      p.create(null, { id: 'b', n: 2 }),
      p.deleteByFilter(null, { n: 1 }),
      p.create(null, { id: 'c', n: 1 }),
    ]
    assert.deepEqual(await outcomes(calls), ['ok', 'ok', 'ok', 'ok'])
    await holds(p, [
      { id: 'b', n: 2 },
      { id: 'c', n: 1 },
    ])
  })

  test('deleteByIds() called among other writes takes effect in its turn', async (p) => {
    const calls = [
      p.createMany(null, [{ id: 'a', n: 1 }, { id: 'b' }]),
      p.deleteByIds(null, ['a', 'c']),
      p.create(null, { id: 'a', n: 2 }),
      p.create(null, { id: 'c' }),
    ]
    assert.deepEqual(await outcomes(calls), ['ok', 'ok', 'ok', 'ok'])
    await holds(p, [{ id: 'a', n: 2 }, { id: 'b' }, { id: 'c' }])
  })

  test('a refused write among others called at once leaves them alone', async (p) => {
    const calls = [
      p.create(null, { id: 'a' }),
      p.create(null, { id: 'a' }),
      p.create(null, { id: {} }),
      p.updatePartially(null, 'a', { id: 'b' }),
      p.create(null, { id: 'b' }),
    ]
    assert.deepEqual(await outcomes(calls), ['ok', 'DUPLICATE_ID', 'INVALID_ITEM', 'ID_CHANGED', 'ok'])
    await holds(p, [{ id: 'a' }, { id: 'b' }])
  })

  test('a batch is seen whole or not at all', async (p) => {
    const batch = (n: number) => Array.from({ length: 50 }, (_, i) => ({ id: `${n}-${i}`, n }))
    const counts: number[] = []
    let writing = true
    const reading = (async () => {
      while (writing) {
        counts.push(await p.getCountByFilter(null, null))
        await new Promise((resolve) => setImmediate(resolve))
      }
    })()
    for (let n = 0; n < 5; n++) await p.createMany(null, batch(n))
    writing = false
    await reading
    assert.ok(counts.length > 0)
    for (const count of counts) assert.equal(count % 50, 0)
    assert.equal((await stored(p)).length, 250)
  })

  test('reads called at once among writes all see whole items', async (p) => {
    await p.create(null, { id: 'a', x: 0, y: 0 })
    const reads: Promise<unknown>[] = []
    for (let n = 1; n <= 30; n++) {
      const writing = p.update(null, { id: 'a', x: n, y: n })
      reads.push(p.getOneById(null, 'a').then((item) => assert.equal(item?.x, item?.y)))
      await writing
    }
    await Promise.all(reads)
    await holds(p, [{ id: 'a', x: 30, y: 30 }])
  })
}
