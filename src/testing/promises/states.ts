import assert from 'node:assert/strict'
import { holds, rejects } from '../expectations.js'
import type { Item, TestedPersistence } from '../Subject.js'
import type { CaseOptions, Cases } from '../Suite.js'

const STORED: readonly Item[] = [
  { id: 'a', n: 1 },
  { id: 'b', n: 2 },
]

/** A method as it is called on the two stored items, what it must answer, and what is stored afterwards. */
interface Method {
  call(p: TestedPersistence): Promise<unknown>
  /** Checks the answer. */
  check(answer: unknown): void
  readonly after: readonly Item[]
  readonly needs?: CaseOptions['needs']
}

function method(
  call: Method['call'],
  expected: unknown,
  after: readonly Item[] = STORED,
  needs?: CaseOptions['needs'],
): Method {
  return { call, check: (answer) => assert.deepEqual(answer, expected), after, ...(needs ? { needs } : {}) }
}

const extended = { extended: true } as const
const [A, B] = STORED as [Item, Item]
const C = { id: 'c', n: 3 }

/** Every operation of a component. */
const METHODS: Readonly<Record<string, Method>> = {
  create: method((p) => p.create(null, C), C, [A, B, C]),
  createMany: method((p) => p.createMany(null, [C]), [C], [A, B, C]),
  set: method((p) => p.set(null, { id: 'a', n: 9 }), { id: 'a', n: 9 }, [{ id: 'a', n: 9 }, B]),
  setMany: method((p) => p.setMany!(null, [C]), [C], [A, B, C], extended),
  update: method((p) => p.update(null, { id: 'a', n: 9 }), { id: 'a', n: 9 }, [{ id: 'a', n: 9 }, B]),
  updatePartially: method((p) => p.updatePartially(null, 'a', { m: 1 }), { id: 'a', n: 1, m: 1 }, [
    { id: 'a', n: 1, m: 1 },
    B,
  ]),
  deleteById: method((p) => p.deleteById(null, 'a'), A, [B]),
  deleteByIds: method((p) => p.deleteByIds(null, ['a']), undefined, [B]),
  deleteByFilter: method((p) => p.deleteByFilter(null, { n: 1 }), undefined, [B]),
  clear: method((p) => p.clear(null), undefined, []),
  getOneById: method((p) => p.getOneById(null, 'a'), A),
  getListByIds: method((p) => p.getListByIds(null, ['a', 'b']), STORED),
  getListByFilter: method((p) => p.getListByFilter(null, null), STORED),
  getCountByFilter: method((p) => p.getCountByFilter(null, null), 2),
  getOneByFilter: method((p) => p.getOneByFilter!(null, { n: 2 }), B, STORED, extended),
  getOneRandom: method((p) => p.getOneRandom(null, { n: 2 }), B),
  getPageByFilter: method(async (p) => (await p.getPageByFilter(null, null, null, null)).data, STORED),
  getPageByToken: method(async (p) => (await p.getPageByToken(null, null, null, null)).data, STORED),
  explain: method(async (p) => (await p.explain(null, null)).returned, 2),
  flush: method((p) => p.flush(null), undefined),
}

async function fill(p: TestedPersistence): Promise<void> {
  await p.createMany(null, STORED)
  await holds(p, STORED)
}

/** Leaves `p` in a state; resolves with what undoes it, so that the store can be looked at. */
type Arrive = (p: TestedPersistence) => Promise<() => Promise<void>>

const CLOSED_STATES: Readonly<Record<string, Arrive>> = {
  'after close()': async (p) => {
    await p.close(null)
    return () => p.open(null)
  },
  'while closing': async (p) => {
    const closing = p.close(null)
    return async () => {
      await closing
      await p.open(null)
    }
  },
  'before open() is done': async (p) => {
    await p.close(null)
    const opening = p.open(null)
    return () => opening
  },
}

export const states: Cases = (test) => {
  for (const [name, { call, check, after, needs }] of Object.entries(METHODS)) {
    test(`${name}() before open() is NOT_OPENED`, {
      needs: { ...needs, needsOpen: true },
      opened: false,
    }, async (p) => {
      await rejects(call(p), 'NOT_OPENED')
      await p.open(null)
      await holds(p, [])
    })

    for (const [state, arrive] of Object.entries(CLOSED_STATES)) {
      test(`${name}() ${state} is NOT_OPENED and changes nothing`, {
        needs: { ...needs, needsOpen: true },
      }, async (p) => {
        await fill(p)
        const leave = await arrive(p)
        await rejects(call(p), 'NOT_OPENED')
        await leave()
        await holds(p, STORED)
      })

      test(`${name}() ${state} works`, { needs: { ...needs, needsOpen: false } }, async (p) => {
        await fill(p)
        const leave = await arrive(p)
        check(await call(p))
        await leave()
        await holds(p, after)
      })
    }

    test(`${name}() works where open() was never called`, {
      needs: { ...needs, needsOpen: false },
      opened: false,
    }, async (p) => {
      await fill(p)
      check(await call(p))
      await holds(p, after)
    })

    test(`${name}() works in an open component`, needs ? { needs } : {}, async (p) => {
      await fill(p)
      check(await call(p))
      await holds(p, after)
    })

    test(`${name}() works in a component that was reopened`, needs ? { needs } : {}, async (p, session) => {
      await fill(p)
      const again = await session.reopened(p)
      check(await call(again))
      await holds(again, after)
    })
  }
}
