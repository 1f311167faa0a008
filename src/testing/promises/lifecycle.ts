import assert from 'node:assert/strict'
import { holds } from '../expectations.js'
import type { Cases } from '../Suite.js'

export const lifecycle: Cases = (test) => {
  const closed = { opened: false } as const

  test('isOpen() tells the state', closed, async (p) => {
    assert.equal(p.isOpen(), false)
    await p.open(null)
    assert.equal(p.isOpen(), true)
    await p.close(null)
    assert.equal(p.isOpen(), false)
    await p.open(null)
    assert.equal(p.isOpen(), true)
  })

  test('isOpen() is true only when the opening is done', closed, async (p) => {
    const opening = p.open(null)
    assert.equal(p.isOpen(), false)
    await opening
    assert.equal(p.isOpen(), true)
  })

  test('open() is idempotent', async (p) => {
    await p.create(null, { id: 'a' })
    await p.open(null)
    await p.open(null)
    assert.equal(p.isOpen(), true)
    await holds(p, [{ id: 'a' }])
  })

  test('open() twice at once opens once', closed, async (p) => {
    await Promise.all([p.open(null), p.open(null), p.open(null)])
    assert.equal(p.isOpen(), true)
    await p.create(null, { id: 'a' })
    await holds(p, [{ id: 'a' }])
  })

  test('close() is idempotent', async (p, session) => {
    await p.create(null, { id: 'a' })
    await p.close(null)
    await p.close(null)
    assert.equal(p.isOpen(), false)
    await holds(await session.reopened(p), [{ id: 'a' }])
  })

  test('close() twice at once closes once', async (p, session) => {
    await p.create(null, { id: 'a' })
    await Promise.all([p.close(null), p.close(null), p.close(null)])
    assert.equal(p.isOpen(), false)
    await holds(await session.reopened(p), [{ id: 'a' }])
  })

  test('close() of what was never opened does nothing', closed, async (p) => {
    await p.close(null)
    assert.equal(p.isOpen(), false)
    await p.open(null)
    await p.create(null, { id: 'a' })
    await holds(p, [{ id: 'a' }])
  })

  test(
    'close() of what was never opened writes nothing',
    { needs: { durable: true } },
    async (p, session) => {
      await p.create(null, { id: 'a' })
      await p.close(null)
      const idle = await session.successor()
      await idle.close(null)
      const next = await session.successor()
      await next.open(null)
      await holds(next, [{ id: 'a' }])
    },
  )

  test('the same component keeps its items over close and open', async (p) => {
    await p.create(null, { id: 'a', n: 1 })
    for (let n = 2; n <= 4; n++) {
      await p.close(null)
      await p.open(null)
      await p.updatePartially(null, 'a', { n })
    }
    await p.close(null)
    await p.open(null)
    await holds(p, [{ id: 'a', n: 4 }])
  })

  test('open() and close() called at once end closed', closed, async (p) => {
    const opening = p.open(null)
    const closing = p.close(null)
    await Promise.all([opening, closing])
    assert.equal(p.isOpen(), false)
    await p.open(null)
    await p.create(null, { id: 'a' })
    await holds(p, [{ id: 'a' }])
  })

  test('close() and open() called at once end open', async (p) => {
    await p.create(null, { id: 'a' })
    const closing = p.close(null)
    const opening = p.open(null)
    await Promise.all([closing, opening])
    assert.equal(p.isOpen(), true)
    await holds(p, [{ id: 'a' }])
  })

  test('open(), close(), open() called at once end open', closed, async (p) => {
    await Promise.all([p.open(null), p.close(null), p.open(null)])
    assert.equal(p.isOpen(), true)
    await p.create(null, { id: 'a' })
    await holds(p, [{ id: 'a' }])
  })

  test('close(), open(), close() called at once end closed', async (p) => {
    await p.create(null, { id: 'a' })
    await Promise.all([p.close(null), p.open(null), p.close(null)])
    assert.equal(p.isOpen(), false)
    await p.open(null)
    await holds(p, [{ id: 'a' }])
  })

  test('a write that was called before close() is done', async (p, session) => {
    const writing = p.create(null, { id: 'a' })
    const closing = p.close(null)
    assert.deepEqual(await writing, { id: 'a' })
    await closing
    await holds(await session.reopened(p), [{ id: 'a' }])
  })

  test('many writes that were called before close() are done', async (p, session) => {
    const writing = Array.from({ length: 50 }, (_, n) =>
      p.create(null, { id: `i${String(n).padStart(2, '0')}` }),
    )
    const closing = p.close(null)
    const items = await Promise.all(writing)
    await closing
    assert.equal(items.length, 50)
    await holds(await session.reopened(p), items)
  })

  test('a read that was called before close() is answered', async (p) => {
    await p.create(null, { id: 'a' })
    const reading = p.getListByFilter(null, null)
    const closing = p.close(null)
    assert.deepEqual(await reading, [{ id: 'a' }])
    await closing
  })

  test('two components at two places do not see each other', async (p, session) => {
    const other = await session.another()
    await p.create(null, { id: 'a', n: 1 })
    await other.create(null, { id: 'a', n: 2 })
    await p.clear(null)
    await holds(p, [])
    await holds(other, [{ id: 'a', n: 2 }])
  })
}
