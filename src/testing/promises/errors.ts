import assert from 'node:assert/strict'
import { stored } from '../expectations.js'
import type { TestedPersistence } from '../Subject.js'
import type { CaseOptions, Cases } from '../Suite.js'

interface Failure extends CaseOptions {
  readonly code: string
  readonly category: string
  readonly status: number
  /** Fails with the code in a component that holds the item `a`. */
  fail(p: TestedPersistence, context: unknown): Promise<unknown>
}

const BAD = { category: 'BadRequest', status: 400 } as const
const CONFLICT = { category: 'Conflict', status: 409 } as const

const FAILURES: readonly Failure[] = [
  { code: 'DUPLICATE_ID', ...CONFLICT, fail: (p, context) => p.create(context, { id: 'a' }) },
  {
    code: 'DUPLICATE_KEY',
    ...CONFLICT,
    needs: { uniqueIndexes: true },
    declare: { indexes: [{ fields: { key: 1 }, unique: true }] },
    fail: (p, context) => p.create(context, { id: 'b', key: 'x' }),
  },
  { code: 'ID_CHANGED', ...BAD, fail: (p, context) => p.updatePartially(context, 'a', { id: 'b' }) },
  { code: 'INVALID_ITEM', ...BAD, fail: (p, context) => p.create(context, { id: {} }) },
  { code: 'INVALID_FILTER', ...BAD, fail: (p, context) => p.getListByFilter(context, { a: { $x: 1 } }) },
  { code: 'INVALID_TOKEN', ...BAD, fail: (p, context) => p.getPageByToken(context, null, { token: 'x' }) },
  { code: 'EMPTY_FILTER', ...BAD, fail: (p, context) => p.deleteByFilter(context, { a: undefined }) },
  {
    code: 'NOT_OPENED',
    category: 'InvalidState',
    status: 500,
    needs: { needsOpen: true },
    fail: async (p, context) => {
      await p.close(null)
      return p.getOneById(context, 'a')
    },
  },
  {
    code: 'UNSUPPORTED',
    category: 'Unsupported',
    status: 500,
    fail: (p, context) => p.getPageByToken(context, null, null, (item: unknown) => item),
  },
]

async function errorOf(operation: Promise<unknown>): Promise<Record<string, unknown>> {
  try {
    await operation
  } catch (error) {
    return error as Record<string, unknown>
  }
  throw new Error('The operation did not fail.')
}

export const errors: Cases = (test) => {
  for (const failure of FAILURES) {
    const { code, category, status, fail } = failure

    test(`${code} is a real Error with code, category and status`, failure, async (p) => {
      await p.create(null, { id: 'a', key: 'x' })
      const error = await errorOf(fail(p, null))
      assert.ok(error instanceof Error)
      assert.equal(error.code, code)
      assert.equal(error.category, category)
      assert.equal(error.status, status)
      assert.equal(typeof error.details, 'object')
      assert.ok(error.message.length > 0)
      if (!p.isOpen()) await p.open(null)
      assert.deepEqual(await stored(p), [{ id: 'a', key: 'x' }])
    })

    test(`${code} carries the correlation id of the call`, failure, async (p) => {
      await p.create(null, { id: 'a', key: 'x' })
      const error = await errorOf(fail(p, 'trace-1'))
      assert.equal(error.code, code)
      assert.equal(error.trace_id, 'trace-1')
      assert.equal(error.correlation_id, 'trace-1')
    })

    test(`${code} carries the trace id of the context of the call`, failure, async (p) => {
      await p.create(null, { id: 'a', key: 'x' })
      const context = { get: (key: string) => (key === 'trace_id' ? 'trace-2' : undefined) }
      const error = await errorOf(fail(p, context))
      assert.equal(error.code, code)
      assert.equal(error.trace_id, 'trace-2')
    })

    test(`${code} has no trace id where the call had none`, failure, async (p) => {
      await p.create(null, { id: 'a', key: 'x' })
      const error = await errorOf(fail(p, null))
      assert.equal(error.code, code)
      assert.equal(error.trace_id, null)
    })
  }

  test('an operation rejects and does not throw', async (p) => {
    const calls = [
      () => p.create(null, null as never),
      () => p.getListByFilter(null, 5),
      () => p.getPageByFilter(null, null, 5, null),
      () => p.deleteByIds(null, null as never),
      () => p.getListByIds(null, null as never),
      () => p.createMany(null, null as never),
    ]
    for (const call of calls) {
      let promise: Promise<unknown> | undefined
      assert.doesNotThrow(() => {
        promise = call()
      })
      await assert.rejects(promise!)
    }
  })

  for (const [name, call] of [
    ['createMany', (p) => p.createMany(null, { id: 'b' } as never)],
    ['getListByIds', (p) => p.getListByIds(null, 'a' as never)],
    ['deleteByIds', (p) => p.deleteByIds(null, 'a' as never)],
  ] as readonly (readonly [string, (p: TestedPersistence) => Promise<unknown>])[]) {
    test(`${name}() refuses what is not an array with a TypeError`, async (p) => {
      await p.create(null, { id: 'a' })
      await assert.rejects(call(p), TypeError)
      assert.deepEqual(await stored(p), [{ id: 'a' }])
    })
  }
}
