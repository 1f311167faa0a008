import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type Any,
  AnyValueMap,
  ConfigParams,
  FilterParams,
  inFolder,
  OURS,
  PagingParams,
  type Side,
  THEIRS,
} from './sides.js'

/*
 * Random sequences of calls on the original and on ours, with the original's own parameter objects. Everything must be
 * the same. What is different on purpose does not occur here; departures.test.ts has the list, and a test of each.
 */

/** An id as data: one from a few, or the n-th that was generated (another one on each side). */
type IdRef = string | { readonly generated: number }

type Step =
  | { readonly do: 'create' | 'set' | 'update'; readonly id: IdRef | null; readonly fields: object }
  | { readonly do: 'updatePartially'; readonly id: IdRef; readonly fields: object }
  | { readonly do: 'deleteById' | 'getOneById'; readonly id: IdRef }
  | { readonly do: 'deleteByIds' | 'getListByIds'; readonly ids: readonly IdRef[] }
  | { readonly do: 'deleteByFilter' | 'count'; readonly key: string }
  | { readonly do: 'list'; readonly key: string | null; readonly sort: 'n' | '-n' | 'key' | null }
  | {
      readonly do: 'page'
      readonly key: string | null
      readonly paging: readonly [number | null, number | null, boolean] | null
      readonly sort: 'n' | '-n' | 'key' | null
    }
  | { readonly do: 'clear' | 'save' | 'reopen' | 'random' }

const id: fc.Arbitrary<IdRef> = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom('a', 'b', 'c', 'd', '0', ' ', '__proto__', 'ü') },
  { weight: 1, arbitrary: fc.record({ generated: fc.nat({ max: 3 }) }) },
)
const key = fc.constantFrom('k1', 'k2', 'k3')
const fields = fc.record(
  {
    key,
    n: fc.integer({ min: 0, max: 3 }),
    list: fc.array(fc.nat(3), { maxLength: 2 }),
    gone: fc.constant(null),
  },
  { requiredKeys: ['key', 'n'], noNullPrototype: true },
)
const sort = fc.constantFrom('n' as const, '-n' as const, 'key' as const, null)
const paging = fc.option(
  fc.tuple(
    fc.constantFrom(null, -1, 0, 1, 2, 5, 1000),
    fc.constantFrom(null, -3, 0, 1, 2, 3, 1000),
    fc.boolean(),
  ),
)
const write = <D extends string>(...names: D[]) => fc.constantFrom(...names)

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: write('create'), id: fc.option(id), fields }) },
  { weight: 3, arbitrary: fc.record({ do: write('set'), id: fc.option(id), fields }) },
  { weight: 3, arbitrary: fc.record({ do: write('update'), id, fields }) },
  { weight: 2, arbitrary: fc.record({ do: write('updatePartially'), id, fields }) },
  { weight: 3, arbitrary: fc.record({ do: write('deleteById', 'getOneById'), id }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: write('deleteByIds', 'getListByIds'), ids: fc.array(id, { maxLength: 4 }) }),
  },
  { weight: 2, arbitrary: fc.record({ do: write('deleteByFilter', 'count'), key }) },
  { weight: 2, arbitrary: fc.record({ do: write('list'), key: fc.option(key), sort }) },
  { weight: 3, arbitrary: fc.record({ do: write('page'), key: fc.option(key), paging, sort }) },
  { weight: 1, arbitrary: fc.record({ do: write('clear', 'save', 'reopen', 'random') }) },
)

/** A predicate made from FilterParams, as users write them. */
function composeFilter(filter: Any): (item: Any) => boolean {
  const key = filter.getAsNullableString('key')
  return (item) => key === null || item.key === key
}

const EXTRACTORS = {
  n: (item: Any) => item.n,
  '-n': (item: Any) => -item.n,
  key: (item: Any) => item.key,
}

/** One side of the comparison. */
class Runner {
  /** Ids that this side made, in order. */
  readonly generated: string[] = []
  readonly side: Side
  readonly reopens: boolean

  constructor(side: Side, reopens: boolean) {
    this.side = side
    this.reopens = reopens
  }

  id(ref: IdRef): string {
    return typeof ref === 'string' ? ref : (this.generated[ref.generated] ?? `unknown ${ref.generated}`)
  }

  /** The answer, its generated ids replaced by their numbers. */
  async run(step: Step): Promise<unknown> {
    return this.normal(await this.#answer(step))
  }

  normal(answer: unknown): unknown {
    let text = JSON.stringify(answer) ?? 'undefined'
    for (const [number, id] of this.generated.entries()) text = text.replaceAll(id, `generated ${number}`)
    return text === 'undefined' ? undefined : JSON.parse(text)
  }

  async #answer(step: Step): Promise<unknown> {
    const { side } = this
    switch (step.do) {
      case 'create': {
        const item = { id: step.id === null ? null : this.id(step.id), ...step.fields }
        // Taken ids are a departure (D10).
        if (item.id !== null && (await side.getOneById(null, item.id)) !== null) return 'taken'
        return this.#noteId(item.id, await side.create('trace', item))
      }
      case 'set': {
        const item = { id: step.id === null ? '' : this.id(step.id), ...step.fields }
        return this.#noteId(item.id, await side.set('trace', item))
      }
      case 'update':
        return side.update(null, { id: this.id(step.id ?? 'a'), ...step.fields })
      case 'updatePartially':
        return side.updatePartially(null, this.id(step.id), AnyValueMap.fromValue(step.fields))
      case 'deleteById':
        return side.deleteById(null, this.id(step.id))
      case 'getOneById':
        return side.getOneById(null, this.id(step.id))
      case 'deleteByIds':
        return side.deleteByIds(
          null,
          step.ids.map((ref) => this.id(ref)),
        )
      case 'getListByIds':
        return side.getListByIds(
          null,
          step.ids.map((ref) => this.id(ref)),
        )
      case 'deleteByFilter':
        return side.deleteByFilter(null, composeFilter(FilterParams.fromTuples('key', step.key)))
      case 'count':
        return side.getCountByFilter(null, composeFilter(FilterParams.fromTuples('key', step.key)))
      case 'list':
        return side.getListByFilter(null, this.#filter(step), this.#sort(step), null)
      case 'page': {
        const paging =
          step.paging === null ? null : new PagingParams(...(step.paging as [number, number, boolean]))
        return side.getPageByFilter(null, this.#filter(step), paging, this.#sort(step), null)
      }
      case 'random': {
        // Which one it is differs; that it is one of them does not.
        const one = await side.getOneRandom(null, composeFilter(FilterParams.fromTuples('key', 'k1')))
        return one === null ? null : one.key
      }
      case 'clear':
        return side.clear(null)
      case 'save':
        return side.save(null)
      case 'reopen':
        if (!this.reopens) return
        await side.close(null)
        await side.open(null)
        return side.isOpen()
    }
  }

  #filter(step: { key: string | null; sort: string | null }): unknown {
    // A sort without a filter reorders the original's store (D4).
    if (step.key === null && step.sort === null) return null
    return composeFilter(FilterParams.fromTuples('key', step.key))
  }

  #sort(step: { sort: keyof typeof EXTRACTORS | null }): unknown {
    return step.sort === null ? null : EXTRACTORS[step.sort]
  }

  #noteId(given: string | null, answer: Any): unknown {
    if (given === null || given === '') {
      expect(answer.id).toMatch(/^[0-9a-f]{32}$/)
      this.generated.push(answer.id)
    }
    return answer
  }
}

async function compare(theirs: Runner, ours: Runner, steps: readonly Step[]): Promise<void> {
  for (const runner of [theirs, ours]) await runner.side.open('trace')
  for (const step of steps) {
    const expected = await theirs.run(step)
    expect(await ours.run(step), JSON.stringify(step)).toEqual(expected)
    const all = theirs.normal(theirs.side._items)
    expect(ours.normal(ours.side._items), `after ${JSON.stringify(step)}`).toEqual(all)
  }
  for (const runner of [theirs, ours]) await runner.side.close('trace')
}

describe('random sequences of calls come out as on the original', () => {
  test('in memory', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), fc.constantFrom(100, 3), async (steps, size) => {
        const sides = [THEIRS, OURS].map((each) => each.memory())
        for (const side of sides) side.configure(ConfigParams.fromTuples('options.max_page_size', size))
        const [theirs, ours] = sides.map((side) => new Runner(side, false))
        await compare(theirs!, ours!, steps)
      }),
      { numRuns: 250 },
    )
  })

  test('in memory with a saver: it is given the same lists in the same order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        const lists: unknown[][] = []
        const runners = [THEIRS, OURS].map((each) => {
          const saved: unknown[] = []
          lists.push(saved)
          const saver = {
            save: async (_context: unknown, items: unknown[]) => void saved.push(runner.normal(items)),
          }
          const runner: Runner = new Runner(each.memory(null, saver), false)
          return runner
        })
        await compare(runners[0]!, runners[1]!, steps)
        // The original saves the generated id before the test knows it.
        expect(lists[1]!.length).toBe(lists[0]!.length)
        expect(lists[1]!.map(withoutNewIds)).toEqual(lists[0]!.map(withoutNewIds))
      }),
      { numRuns: 100 },
    )
  })

  test('in a file, closed and opened between; the files say the same, and each reads the other', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 15 }), async (steps) => {
        await inFolder(async (folder) => {
          const [path1, path2] = [join(folder, 'theirs.json'), join(folder, 'ours.json')]
          const theirs = new Runner(THEIRS.file(path1), true)
          const ours = new Runner(OURS.file(path2), true)
          await compare(theirs, ours, steps)
          // Where nothing was ever written ours makes no file: a departure.
          const read = (path: string, runner: Runner) =>
            existsSync(path) ? runner.normal(JSON.parse(readFileSync(path, 'utf8'))) : []
          const expected = read(path1, theirs)
          expect(read(path2, ours)).toEqual(expected)
          const swapped = [new Runner(THEIRS.file(path2), true), new Runner(OURS.file(path1), true)]
          for (const runner of swapped) await runner.side.open(null)
          expect(ours.normal(swapped[0]!.side._items)).toEqual(expected)
          expect(theirs.normal(swapped[1]!.side._items)).toEqual(expected)
          await swapped[1]!.side.close(null)
        })
      }),
      { numRuns: 25 },
    )
  })
})

function withoutNewIds(list: unknown): unknown {
  return JSON.parse(
    JSON.stringify(list)
      .replaceAll(/"[0-9a-f]{32}"/g, '"new"')
      .replaceAll(/"generated \d+"/g, '"new"'),
  )
}
