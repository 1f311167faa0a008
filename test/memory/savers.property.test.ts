import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ISaver } from '../../src/contract/ISaver.js'
import { checkAgainst } from './checkAgainst.js'
import { DiskError, FakeLog } from './FakeLog.js'
import { type Item, type Op, type Outcome, PlainModel } from './PlainModel.js'
import { anyOp, contestedOp, item, sharedOp } from './steps.js'
import { INDEX_SETS, outcomeOf, Things } from './Things.js'

/** Calls that are made without waiting, and what the disk does between them. */
type Step =
  | { readonly do: 'call'; readonly op: Op }
  | { readonly do: 'acknowledge'; readonly count: number }
  | { readonly do: 'refuse' | 'look' | 'rest' }

const disk: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('acknowledge' as const), count: fc.integer({ min: 1, max: 3 }) }),
  },
  { weight: 2, arbitrary: fc.constant({ do: 'look' as const }) },
  { weight: 1, arbitrary: fc.constant({ do: 'rest' as const }) },
)
const call = (op: fc.Arbitrary<Op>) => fc.record({ do: fc.constant('call' as const), op })
const refuse = fc.constant({ do: 'refuse' as const })

function thingsOn(log: FakeLog<Item>, set: (typeof INDEX_SETS)[number]): Things {
  const things = new Things(log, log)
  for (const [fields, options] of set.indexes) things.ensureIndex(fields, options)
  return things
}

/** Lets everything run that can run without the disk. */
async function rest(): Promise<void> {
  for (let i = 0; i < 30; i++) await null
}

/** Acknowledges until nothing waits any more. */
async function drain(log: FakeLog<Item>): Promise<void> {
  do {
    log.acknowledge()
    await rest()
  } while (log.waiting > 0)
}

/** Reads must see what was acknowledged, no more and no less. */
async function look(log: FakeLog<Item>, things: Things): Promise<void> {
  const { disk } = log
  expect(await things.getListByFilter(null, null)).toEqual(disk)
  const [first] = disk
  if (first !== undefined) expect(await things.getOneById(null, first.id)).toEqual(first)
}

describe('a change log that acknowledges later', () => {
  test('any calls at once come out as if made one after the other', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...INDEX_SETS),
        fc.array(item, { maxLength: 4 }),
        fc.array(fc.oneof({ weight: 4, arbitrary: call(anyOp) }, disk), { maxLength: 40 }),
        async (set, start, steps) => {
          const model = new PlainModel(set.unique)
          for (const each of start) model.run({ op: 'create', item: each })
          const log = new FakeLog<Item>(structuredClone(model.items))
          const things = thingsOn(log, set)
          await things.open(null)
          const outcomes: Promise<Outcome>[] = []
          const expected: Outcome[] = []
          for (const step of steps) {
            if (step.do === 'call') {
              outcomes.push(outcomeOf(things.run(step.op)))
              expected.push(model.run(step.op))
            } else if (step.do === 'acknowledge') log.acknowledge(step.count)
            else if (step.do === 'rest') await rest()
            else await look(log, things)
          }
          await drain(log)
          expect(await Promise.all(outcomes)).toEqual(expected)
          expect(log.mismatch).toBeNull()
          expect(log.disk).toEqual(model.items)
          await checkAgainst(model, things)
          await things.close(null)
          expect(log.disk).toEqual(model.items)
        },
      ),
      { numRuns: 150 },
    )
  })

  test('when the disk refuses, what waits is refused with it and leaves no trace', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...INDEX_SETS),
        fc.array(
          fc.oneof(
            { weight: 3, arbitrary: call(sharedOp) },
            { weight: 3, arbitrary: call(contestedOp) },
            { weight: 3, arbitrary: disk },
            refuse,
          ),
          { maxLength: 40 },
        ),
        async (set, steps) => {
          const log = new FakeLog<Item>()
          const things = thingsOn(log, set)
          await things.open(null)
          // What was acknowledged, and the newest state, against which a call is checked.
          const safe = new PlainModel(set.unique)
          let newest = safe.clone()
          const waiting: { op: Op; call: number }[] = []
          const outcomes: Promise<Outcome>[] = []
          const expected: Outcome[] = []
          const acknowledge = (count: number) => {
            log.acknowledge(count)
            for (const { op } of waiting.splice(0, count)) safe.run(op)
          }
          for (const step of steps) {
            if (step.do === 'call') {
              const writes = newest.writes(step.op)
              const now = safe.clone().run(step.op)
              const before = log.waiting
              outcomes.push(outcomeOf(things.run(step.op)))
              const answer = newest.run(step.op)
              expected.push(answer)
              // What finds nothing to do waits too, where that rests on what waits.
              const waits = log.waiting > before
              if (writes || !('code' in answer || isDeepStrictEqual(answer, now))) expect(waits).toBe(true)
              if (waits) {
                expect(writes || before > 0).toBe(true)
                waiting.push({ op: step.op, call: outcomes.length - 1 })
              }
            } else if (step.do === 'acknowledge') acknowledge(step.count)
            else if (step.do === 'refuse') {
              log.refuse()
              for (const { call } of waiting.splice(0)) expected[call] = { code: 'STORE_FAILED' }
              newest = safe.clone()
            } else if (step.do === 'rest') await rest()
            else await look(log, things)
            expect(log.waiting).toBe(waiting.length)
          }
          acknowledge(waiting.length)
          expect(await Promise.all(outcomes)).toEqual(expected)
          expect(log.mismatch).toBeNull()
          expect(log.disk).toEqual(safe.items)
          await checkAgainst(safe, things)
        },
      ),
      { numRuns: 150 },
    )
  })

  test('refusals between writes and whole saves: what is shown is what the disk holds, and every call is answered', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...INDEX_SETS),
        fc.array(fc.oneof({ weight: 5, arbitrary: call(anyOp) }, { weight: 3, arbitrary: disk }, refuse), {
          maxLength: 40,
        }),
        async (set, steps) => {
          const log = new FakeLog<Item>()
          const things = thingsOn(log, set)
          await things.open(null)
          const outcomes: Promise<Outcome>[] = []
          for (const step of steps) {
            if (step.do === 'call') outcomes.push(outcomeOf(things.run(step.op)))
            else if (step.do === 'acknowledge') log.acknowledge(step.count)
            else if (step.do === 'refuse') log.refuse()
            else if (step.do === 'rest') await rest()
            else await look(log, things)
          }
          await drain(log)
          for (const outcome of await Promise.all(outcomes))
            if ('code' in outcome) expect(outcome.code).toMatch(/^(STORE_FAILED|DUPLICATE_ID|DUPLICATE_KEY)$/)
          expect(log.mismatch).toBeNull()
          await look(log, things)
          const model = new PlainModel(set.unique)
          model.items = [...log.disk]
          await checkAgainst(model, things)
        },
      ),
      { numRuns: 100 },
    )
  })

  test('a read between a write and its acknowledgement sees the state before, in _items too', async () => {
    const log = new FakeLog<Item>([{ id: 1, a: 1 }])
    const things = thingsOn(log, INDEX_SETS[1]!)
    await things.open(null)
    const writes = [
      things.update(null, { id: 1, a: 2 }),
      things.create(null, { id: 2, a: 2 }),
      things.updatePartially(null, 2, { b: 3 }),
      things.deleteById(null, 1),
    ]
    expect(await things.getListByFilter(null, { a: 2 })).toEqual([])
    expect(things.items).toEqual([{ id: 1, a: 1 }])
    log.acknowledge(2)
    expect(things.items).toEqual([
      { id: 1, a: 2 },
      { id: 2, a: 2 },
    ])
    log.acknowledge(2)
    expect(await Promise.all(writes)).toEqual([
      { id: 1, a: 2 },
      { id: 2, a: 2 },
      { id: 2, a: 2, b: 3 },
      { id: 1, a: 2 },
    ])
    expect(things.items).toEqual([{ id: 2, a: 2, b: 3 }])
  })

  test('a filter deletes what it matched, however the subclass moves items while the disk works', async () => {
    const log = new FakeLog<Item>(Array.from({ length: 8 }, (_, i) => ({ id: i, a: i % 2 })))
    const things = thingsOn(log, INDEX_SETS[1]!)
    await things.open(null)
    const first = things.deleteById(null, 0)
    log.acknowledge()
    await first
    const deleted = things.deleteByFilter(null, { a: 1 })
    await rest()
    // The place of the item that was deleted closes, and another opens.
    things.items.unshift({ id: 'new', a: 0 })
    await drain(log)
    await deleted
    expect((await things.getListByFilter(null, null)).map((each) => each.id)).toEqual(['new', 2, 4, 6])
  })

  test('save() that fails keeps direct edits for close(), though nobody looks at _items again', async () => {
    const log = new FakeLog<Item>([], false)
    log.automatic = true
    const things = thingsOn(log, INDEX_SETS[0]!)
    await things.open(null)
    things.items.push({ id: 1, a: 1 })
    log.refuses = () => true
    expect(await outcomeOf(things.save(null))).toEqual({ code: 'STORE_FAILED' })
    expect(await outcomeOf(things.close(null))).toEqual({ code: 'STORE_FAILED' })
    expect([log.opened, log.disk]).toEqual([true, []])
    log.refuses = () => false
    await things.close(null)
    expect([log.opened, log.disk]).toEqual([false, [{ id: 1, a: 1 }]])
  })

  test('a batch that the log does not take leaves what is pending as it was, and holds up nothing', async () => {
    const log = new FakeLog<Item>([{ id: 1, a: 1 }])
    const things = thingsOn(log, INDEX_SETS[1]!)
    await things.open(null)
    const first = things.createMany(null, [
      { id: 2, a: 2 },
      { id: 3, a: 3 },
    ])
    const append = log.append
    log.append = () => {
      throw new DiskError('It has no text.')
    }
    const refused = [
      things.updatePartially(null, 2, { a: 9 }),
      things.deleteByIds(null, [3, 1]),
      things.create(null, { id: 4 }),
    ]
    expect(await Promise.all(refused.map(outcomeOf))).toEqual(refused.map(() => ({ code: 'STORE_FAILED' })))
    log.append = append
    // What is not acknowledged yet counts as it did, and what was refused does not.
    expect(await outcomeOf(things.create(null, { id: 2 }))).toEqual({ code: 'DUPLICATE_ID' })
    const rest = [things.updatePartially(null, 2, { b: 1 }), things.create(null, { id: 4, a: 4 })]
    await drain(log)
    await Promise.all([first, ...rest])
    await things.close(null)
    expect(log.disk).toEqual([
      { id: 1, a: 1 },
      { id: 2, a: 2, b: 1 },
      { id: 3, a: 3 },
      { id: 4, a: 4 },
    ])
  })

  test('an opening that is refused says why, whether or not the log can be closed', async () => {
    for (const closing of ['closes', 'does not close']) {
      const log = new FakeLog<Item>([
        { id: 1, a: 1 },
        { id: 2, a: 1 },
      ])
      if (closing === 'does not close') log.close = () => Promise.reject(new DiskError('Refused.'))
      const things = new Things(log, log)
      things.ensureIndex({ a: 1 }, { unique: true })
      expect(await outcomeOf(things.open(null))).toEqual({ code: 'DUPLICATE_KEY' })
      expect([things.isOpen(), log.opened]).toEqual([false, closing === 'does not close'])
    }
  })

  test('a batch is one append, and a write that changes nothing is none', async () => {
    const log = new FakeLog<Item>()
    log.automatic = true
    const things = thingsOn(log, INDEX_SETS[0]!)
    await things.open(null)
    await things.createMany(null, [{ id: 1 }, { id: 2 }, { id: 3 }])
    await things.deleteByIds(null, [1, 2, 2, 9])
    expect(log.batches).toBe(2)
    await things.update(null, { id: 9 })
    await things.deleteById(null, 9)
    await things.deleteByIds(null, [9])
    await things.deleteByFilter(null, { a: 'none' })
    await outcomeOf(things.create(null, { id: 3 }))
    expect(log.batches).toBe(2)
    expect(log.saves).toBe(0)
  })
})

describe("a user's own saver", () => {
  /** A saver that is slow, fails when told to, and looks whether it is called one at a time. */
  class SlowSaver implements ISaver<Item> {
    disk: Item[] = []
    calls = 0
    overlapped = false
    #busy = false
    readonly #failures: readonly boolean[]
    readonly #pauses: readonly number[]

    constructor(failures: readonly boolean[], pauses: readonly number[]) {
      this.#failures = failures
      this.#pauses = pauses
    }

    async save(_context: unknown, items: Item[]): Promise<void> {
      this.overlapped ||= this.#busy
      this.#busy = true
      const call = this.calls++
      const kept = structuredClone(items)
      for (let i = 0; i < (this.#pauses[call % 10] ?? 0); i++) await null
      this.#busy = false
      if (this.#failures[call] === true) throw new DiskError('Refused.')
      this.disk = kept
    }
  }

  test('saves one at a time, in the order of calls; a failed save takes its write back and no other', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...INDEX_SETS),
        fc.array(fc.oneof({ weight: 4, arbitrary: call(anyOp) }, disk), { maxLength: 30 }),
        fc.array(fc.oneof({ weight: 3, arbitrary: fc.constant(false) }, fc.constant(true)), {
          maxLength: 30,
        }),
        fc.array(fc.nat({ max: 4 }), { minLength: 10, maxLength: 10 }),
        async (set, steps, failures, pauses) => {
          const saver = new SlowSaver(failures, pauses)
          const things = new Things(null, saver)
          for (const [fields, options] of set.indexes) things.ensureIndex(fields, options)
          const model = new PlainModel(set.unique)
          const outcomes: Promise<Outcome>[] = []
          const expected: Outcome[] = []
          let saves = 0
          for (const step of steps) {
            if (step.do === 'call') {
              outcomes.push(outcomeOf(things.run(step.op)))
              if (!model.writes(step.op)) expected.push(model.run(step.op))
              else if (failures[saves++] === true) expected.push({ code: 'STORE_FAILED' })
              else expected.push(model.run(step.op))
            } else if (step.do === 'rest') await rest()
            else if (step.do === 'look') await things.getListByFilter(null, { a: 1 })
          }
          expect(await Promise.all(outcomes)).toEqual(expected)
          expect(saver.calls).toBe(saves)
          expect(saver.overlapped).toBe(false)
          await checkAgainst(model, things)
        },
      ),
      { numRuns: 150 },
    )
  })

  test('is given the list with the write in it, while reads still see the one before', async () => {
    const seen: unknown[] = []
    const saver: ISaver<Item> = {
      save: async (_context, items) => {
        seen.push(structuredClone(items), await things.getListByFilter(null, null))
      },
    }
    const things: Things = new Things(null, saver)
    await things.create('123', { id: 1, a: 1 })
    await things.update('123', { id: 1, a: 2 })
    expect(seen).toEqual([[{ id: 1, a: 1 }], [], [{ id: 1, a: 2 }], [{ id: 1, a: 1 }]])
  })

  test('save() that fails keeps direct edits for the next one', async () => {
    const saver = new SlowSaver([true, false], [])
    const things = new Things(null, saver)
    things.items.push({ id: 1, a: 1 })
    expect(await outcomeOf(things.save(null))).toEqual({ code: 'STORE_FAILED' })
    expect(await things.getOneById(null, 1)).toEqual({ id: 1, a: 1 })
    await things.save(null)
    expect(saver.disk).toEqual([{ id: 1, a: 1 }])
  })

  test('gets the context of the call as it came', async () => {
    const contexts: unknown[] = []
    const things = new Things(
      {
        load: async (context) => {
          contexts.push(context)
          return []
        },
      },
      {
        save: async (context) => void contexts.push(context),
      },
    )
    const context = { get: (key: string) => (key === 'trace_id' ? 'abc' : null) }
    await things.open('first')
    await things.create(context as never, { id: 1 })
    await things.close('last')
    expect(contexts).toEqual(['first', context, 'last'])
  })
})
