import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ISaver } from '../../src/contract/ISaver.js'
import { checkAgainst } from './checkAgainst.js'
import { DiskError, FakeLog } from './FakeLog.js'
import { type Item, type Op, PlainModel } from './PlainModel.js'
import { anyOp, data, id, item } from './steps.js'
import { INDEX_SETS, outcomeOf, Things } from './Things.js'

/** What a subclass does to its `_items` directly. */
type Edit =
  | { readonly edit: 'push' | 'unshift'; readonly item: Item }
  | { readonly edit: 'splice'; readonly at: number; readonly count: number }
  | { readonly edit: 'fields'; readonly at: number; readonly data: Partial<Item> }
  | { readonly edit: 'id'; readonly at: number; readonly id: Item['id'] }
  | { readonly edit: 'reverse' | 'pop' }

type Step =
  | { readonly do: 'call'; readonly op: Op }
  | { readonly do: 'edit'; readonly edit: Edit }
  | { readonly do: 'replace' | 'redeclare'; readonly edit: Edit }
  /** Takes the array, makes a call, edits through what it took, then reads `_items` or saves. */
  | { readonly do: 'kept'; readonly op: Op; readonly edit: Edit; readonly save: boolean }
  | { readonly do: 'check' }

const edit: fc.Arbitrary<Edit> = fc.oneof(
  fc.record({ edit: fc.constantFrom('push' as const, 'unshift' as const), item }),
  fc.record({ edit: fc.constant('splice' as const), at: fc.nat(), count: fc.integer({ min: 1, max: 3 }) }),
  fc.record({ edit: fc.constant('fields' as const), at: fc.nat(), data }),
  fc.record({ edit: fc.constant('id' as const), at: fc.nat(), id }),
  fc.constantFrom({ edit: 'reverse' as const }, { edit: 'pop' as const }),
)

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 12, arbitrary: fc.record({ do: fc.constant('call' as const), op: anyOp }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('edit' as const), edit }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constantFrom('replace' as const, 'redeclare' as const), edit }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('kept' as const), op: anyOp, edit, save: fc.boolean() }),
  },
  { weight: 2, arbitrary: fc.constant({ do: 'check' as const }) },
)

/** Where the changes go, and what a later opening would find there. */
interface Backing {
  readonly things: Things
  /** `null`: nothing is saved anywhere. */
  stored(): Item[] | null
}

const BACKINGS: Readonly<Record<string, (refuses: () => boolean) => Backing>> = {
  'no saver': () => ({ things: new Things(), stored: () => null }),
  'a change log that refuses sometimes': (refuses) => {
    const log = new FakeLog<Item>([], false)
    log.automatic = true
    log.refuses = refuses
    return { things: new Things(log, log), stored: () => log.disk }
  },
  'a saver of the user that fails sometimes': (refuses) => {
    let disk: Item[] = []
    const saver: ISaver<Item> = {
      save: async (_context, items) => {
        const kept = structuredClone(items)
        await null
        if (refuses()) throw new DiskError('Refused.')
        disk = kept
      },
    }
    return { things: new Things({ load: async () => [] }, saver), stored: () => disk }
  },
}

/** One run: the engine and the model side by side. */
class Run {
  readonly model: PlainModel
  readonly things: Things
  readonly backing: Backing
  #refusals: boolean[]
  #refused = 0

  constructor(
    make: (refuses: () => boolean) => Backing,
    set: (typeof INDEX_SETS)[number],
    refusals: boolean[],
  ) {
    this.#refusals = [...refusals]
    this.backing = make(() => this.#next())
    this.things = this.backing.things
    this.model = new PlainModel(set.unique)
    for (const [fields, options] of set.indexes) this.things.ensureIndex(fields, options)
  }

  heal(): void {
    this.#refusals = []
  }

  #next(): boolean {
    const refuses = this.#refusals.shift() ?? false
    if (refuses) this.#refused++
    return refuses
  }

  async do(step: Step): Promise<void> {
    const { model, things } = this
    switch (step.do) {
      case 'call':
        return this.#call(step.op)
      case 'edit': {
        const array = things.items
        expect(array).toEqual(model.items)
        return this.#edit(array, step.edit)
      }
      case 'replace':
      case 'redeclare': {
        // As in `this._items = this._items.filter(…)`.
        const array = [...things.items]
        this.#edit(array, step.edit)
        if (step.do === 'replace') things.items = array
        else things.redeclare(array)
        return
      }
      case 'kept': {
        const array = things.items
        await this.#call(step.op)
        // clear() puts a new array in place; what was kept is nobody's from then on.
        if (step.op.op !== 'clear') this.#edit(array, step.edit)
        if (step.save) await this.#call({ op: 'save' })
        else expect(things.items).toEqual(model.items)
        return
      }
      case 'check':
        return checkAgainst(model, things)
    }
  }

  /** What is refused by the disk must leave no trace; what is not must do what the model does. */
  async #call(op: Op): Promise<void> {
    const before = this.model.clone()
    const refused = this.#refused
    const expected = this.model.run(op)
    const outcome = await outcomeOf(this.things.run(op))
    if (this.#refused > refused) {
      this.model.items = before.items
      expect(outcome).toEqual({ code: 'STORE_FAILED' })
      expect(before.writes(op)).toBe(true)
      return
    }
    expect(outcome).toEqual(expected)
    if (op.op === 'save' && this.backing.stored() !== null)
      expect(this.backing.stored()).toEqual(this.model.items)
  }

  /** Does the same to the array and to the model, where it keeps ids and unique keys apart. */
  #edit(array: Item[], edit: Edit): void {
    const { model } = this
    // A kept array shows deleted items as empty places until `_items` is read again.
    const position =
      edit.edit === 'push' || array.length === 0 ? 0 : ('at' in edit ? edit.at : 0) % array.length
    const target = array[position]
    const at = model.items.findIndex((known) => known.id === target?.id)
    const known = model.items[at]
    switch (edit.edit) {
      case 'push':
      case 'unshift':
        if (model.items.some((other) => other.id === edit.item.id) || model.clashes(edit.item)) return
        array[edit.edit]({ ...edit.item })
        model.items =
          edit.edit === 'push' ? [...model.items, { ...edit.item }] : [{ ...edit.item }, ...model.items]
        return
      case 'splice': {
        const gone = array.splice(position, edit.count)
        model.items = model.items.filter((each) => !gone.some((other) => other?.id === each.id))
        return
      }
      case 'fields':
        if (known === undefined || target === undefined || model.clashes({ ...known, ...edit.data })) return
        Object.assign(target, edit.data)
        model.items = model.items.with(at, { ...known, ...edit.data })
        return
      case 'id':
        if (known === undefined || target === undefined || model.items.some((each) => each.id === edit.id))
          return
        target.id = edit.id
        model.items = model.items.with(at, { ...known, id: edit.id })
        return
      case 'reverse':
        array.reverse()
        model.items = model.items.toReversed()
        return
      case 'pop': {
        const last = array.pop()
        model.items = model.items.filter((each) => each.id !== last?.id)
      }
    }
  }
}

describe.each(Object.entries(BACKINGS))(
  'calls and direct use of _items in any order, with %s',
  (_name, make) => {
    test('equal a plain array', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.constantFrom(...INDEX_SETS),
          fc.array(step, { maxLength: 40 }),
          fc.array(
            fc.oneof(
              { weight: 5, arbitrary: fc.constant(false) },
              { weight: 1, arbitrary: fc.constant(true) },
            ),
            { maxLength: 40 },
          ),
          async (set, steps, refusals) => {
            const run = new Run(make, set, refusals)
            await run.things.open(null)
            for (const each of steps) await run.do(each)
            await checkAgainst(run.model, run.things)
            expect(run.things.items).toEqual(run.model.items)
            run.heal()
            await run.things.close(null)
            if (run.backing.stored() !== null) expect(run.backing.stored()).toEqual(run.model.items)
          },
        ),
        { numRuns: 250 },
      )
    })
  },
)
