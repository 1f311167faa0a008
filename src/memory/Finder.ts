import { ALL, type Explanation, type Query } from '../contract/Store.js'
import type { ParsedFilter, ParsedSort } from '../query/Condition.js'
import { rankOf, toSortable } from '../query/compare.js'
import { compileCondition } from '../query/compileCondition.js'
import { refusePromise } from '../query/reading.js'
import { compareBy, compareToPlace } from '../query/sort.js'
import { firstSorted } from './firstSorted.js'
import { Group } from './Group.js'
import { idOf, type Slot } from './Slot.js'
import { bestSource, requirementsOf, type Source, type Within } from './sources.js'
import type { Table } from './Table.js'
import { orderedWalk, type Walk } from './walks.js'

/** How a query will be run: along an index in sort order, from what an index finds, or over all items. */
interface Plan {
  readonly source: Source | null
  readonly walk: Walk | null
}

type Test<T> = (item: T) => unknown

/**
 * Finds items in a table: chooses between the indexes, looks at as few items as it can, and never sorts more than a
 * page needs. Answers are stored objects; the caller copies.
 */
export class Finder<T> {
  readonly #table: Table<T>
  #examined = 0

  constructor(table: Table<T>) {
    this.#table = table
  }

  /** One page or list, in order. */
  find(query: Query): T[] {
    return this.#held(query.filter, query.sort, () => this.#find(query))
  }

  #find(query: Query): T[] {
    const plan = this.#plan(query)
    const { skip, take } = query
    if (plan.walk !== null)
      return this.#collect(this.#walkSlots(plan.walk, query.filter), query.filter, skip, take)
    const { sort } = query
    if (sort === null)
      return this.#collect(this.#inInsertionOrder(plan.source), testable(query.filter, plan), skip, take)
    const slots = this.#matchingSlots(query.filter, plan.source)
    if (sort.keys === null) return this.#byExtractor(slots, sort.extractor, skip, take)
    return this.#byKeys(slots, query)
  }

  /** How many match. */
  count(filter: ParsedFilter): number {
    const table = this.#table
    if (isAll(filter)) return table.size
    const source = this.#source(filter)
    if (
      source?.exact &&
      filter.predicate === null &&
      source.kind === 'postings' &&
      source.within.length === 0
    )
      return source.estimate
    return this.#held(filter, null, () => this.#matchingCount(filter, source))
  }

  /** Calls with the slots of all matches, in insertion order, which stay right as long as the call takes. */
  withSlots<V>(filter: ParsedFilter, use: (slots: Slot[]) => V): V {
    return this.#held(filter, null, () => use(this.#matchingSlots(filter, this.#source(filter))))
  }

  /** One of the matches, each as likely as the others. */
  random(filter: ParsedFilter): T | undefined {
    const table = this.#table
    if (!isAll(filter)) {
      return this.withSlots(filter, (slots) =>
        slots.length === 0 ? undefined : table.at(slots[Math.floor(Math.random() * slots.length)]!),
      )
    }
    if (table.size === 0) return undefined
    // At most about half of the places are empty, so this ends soon.
    for (;;) {
      const item = table.at(Math.floor(Math.random() * table.slotCount))
      if (item !== undefined) return item
    }
  }

  explain(filter: ParsedFilter, sort: ParsedSort): Explanation {
    return this.#held(filter, sort, () => this.#explain(filter, sort))
  }

  #held<V>({ predicate }: ParsedFilter, sort: ParsedSort, query: () => V): V {
    return predicate === null && sort?.keys !== null ? query() : this.#table.held(query)
  }

  #explain(filter: ParsedFilter, sort: ParsedSort): Explanation {
    const query = { filter, sort, select: null, skip: 0, take: null, after: null }
    const plan = this.#plan(query)
    this.#examined = 0
    let returned = 0
    const run = plan.walk === null ? this.#inInsertionOrder(plan.source) : this.#walkSlots(plan.walk, filter)
    const test = testOf(testable(filter, plan))
    const { places } = this.#table
    run((slot) => {
      const item = places[slot]
      if (item === undefined) return true
      this.#examined++
      if (test === null || isYes(test(item))) returned++
      return true
    })
    const index = plan.walk?.index ?? nameOf(plan.source)
    return { index, examined: this.#examined, returned }
  }

  #source(filter: ParsedFilter): Source | null {
    this.#table.settle()
    return bestSource(this.#table as Table<unknown>, filter.condition)
  }

  #plan(query: Query): Plan {
    const source = this.#source(query.filter)
    if (query.sort === null) return { source, walk: null }
    const walk = orderedWalk(this.#table as Table<unknown>, query, requirementsOf(query.filter.condition))
    if (walk === null) return { source, walk }
    if (source === null) return { source, walk }
    // Walking in order stops when the page is full; how soon depends on how many of the items on the way match.
    const { size } = this.#table
    const matches = Math.max(source.estimate, 1)
    const wanted = query.take === null ? matches : Math.min(query.skip + query.take, matches)
    const narrowed = walk.narrowed && source.kind !== 'ids' ? matches : size
    const walkCost = wanted * (narrowed / matches)
    const sourceCost = matches * 1.5
    return walkCost <= sourceCost ? { source: null, walk } : { source, walk: null }
  }

  #walkSlots(walk: Walk, filter: ParsedFilter): Run {
    return filter.predicate === null ? (visit) => walk.run(visit) : (visit) => this.#walkBeside(walk, visit)
  }

  /** A walk for a predicate, which may write and so change what is walked along: the rest is walked in portions then. */
  #walkBeside(walk: Walk, visit: (slot: Slot) => boolean): void {
    const table = this.#table
    // What it adds is not visited, or it might never come to an end.
    const { slotCount, changes } = table
    const had: Slot[] = []
    let goOn = true
    walk.run((slot) => {
      had.push(slot)
      goOn = visit(slot)
      return goOn && table.changes === changes
    })
    if (goOn && table.changes !== changes) this.#walkInPortions(walk, visit, slotCount, new Set(had))
  }

  /**
   * The predicate is called between two portions. Each begins anew, is longer than those before it together, and leaves
   * out what they had.
   */
  #walkInPortions(walk: Walk, visit: (slot: Slot) => boolean, slotCount: number, had: Set<Slot>): void {
    for (let portion = 64; ; portion *= 4) {
      const slots: Slot[] = []
      walk.run((slot) => slot >= slotCount || had.has(slot) || slots.push(slot) < portion)
      for (const slot of slots) if (!visit(slot)) return
      if (slots.length < portion) return
      for (const slot of slots) had.add(slot)
    }
  }

  /** The candidates of a source, or all items, in insertion order. */
  #inInsertionOrder(source: Source | null): Run {
    const table = this.#table
    if (source === null) {
      // What a predicate adds meanwhile is not visited, or it might never come to an end.
      const { places, slotCount } = table
      return (visit) => {
        for (let slot = 0; slot < slotCount; slot++) {
          if (places[slot] !== undefined && !visit(slot)) return
        }
      }
    }
    if (source.kind === 'postings' && source.postings.length === 1) {
      const posting = source.postings[0]!
      return (visit) => {
        const isIn = source.within.length === 0 ? null : this.#allOf(source.within)
        const visitIn = isIn === null ? visit : (slot: Slot) => !isIn(slot) || visit(slot)
        if (posting instanceof Group) posting.slots.ascend(null, visitIn)
        else visitIn(posting)
      }
    }
    return (visit) => {
      for (const slot of this.#gather(source).sort((a, b) => a - b)) if (!visit(slot)) return
    }
  }

  /** The slots of a source, each once, in no order. */
  #gather(source: Source): Slot[] {
    const table = this.#table
    const slots: Slot[] = []
    const add = (posting: Slot | Group) => {
      if (posting instanceof Group) posting.slots.ascend(null, (slot) => slots.push(slot) > 0)
      else slots.push(posting)
    }
    if (source.kind === 'ids') {
      for (const id of source.ids) {
        const slot = table.slotOf(id)
        if (slot >= 0) slots.push(slot)
      }
    } else if (source.kind === 'postings') {
      for (const posting of source.postings) add(posting)
      if (source.within.length > 0) return slots.sort((a, b) => a - b).filter(this.#allOf(source.within))
    } else {
      source.index.walk(false, source.range.before, (key, posting) => {
        if (source.range.past(key)) return false
        add(posting)
        return true
      })
    }
    return slots
  }

  /** Whether a slot stands in all of these, asked of slots that ascend. Those that do not count as examined. */
  #allOf(within: readonly Within[]): (slot: Slot) => boolean {
    const followers = within.map(({ group }) => group.slots.follower())
    return (slot) => {
      for (const isIn of followers) {
        if (isIn(slot)) continue
        this.#examined++
        return false
      }
      return true
    }
  }

  #collect(run: Run, filter: ParsedFilter, skip: number, take: number | null): T[] {
    const found: T[] = []
    if (take === 0) return found
    const { places } = this.#table
    const test = testOf(filter)
    let toSkip = skip
    const limit = take ?? Number.POSITIVE_INFINITY
    run((slot) => {
      const item = places[slot]
      // A predicate has deleted it meanwhile.
      if (item === undefined) return true
      if (test !== null && !isYes(test(item))) return true
      if (toSkip > 0) {
        toSkip--
        return true
      }
      return found.push(item) < limit
    })
    return found
  }

  #matchingSlots(filter: ParsedFilter, source: Source | null): Slot[] {
    const table = this.#table
    const test = testOf(testable(filter, { source, walk: null }))
    const { places } = table
    const slots: Slot[] = []
    this.#inInsertionOrder(source)((slot) => {
      if (test === null || isYes(test(places[slot]!))) slots.push(slot)
      return true
    })
    if (filter.predicate === null) return slots
    // What the predicate has deleted meanwhile is no match, and nothing is when it has replaced everything.
    return table.places === places ? slots.filter((slot) => places[slot] !== undefined) : []
  }

  #matchingCount(filter: ParsedFilter, source: Source | null): number {
    const table = this.#table
    const test = testOf(testable(filter, { source, walk: null }))
    let count = 0
    if (source !== null) {
      for (const slot of this.#gather(source)) if (test === null || isYes(test(table.at(slot)!))) count++
      return count
    }
    if (test === null) return table.size
    const items = table.places
    const { length } = items
    for (let slot = 0; slot < length; slot++) {
      const item = items[slot]
      if (item === undefined) continue
      const answer = test(item)
      // Up to the first yes only: to look for a promise in each answer costs up to half as much as the rest of the count.
      if (count === 0) isYes(answer)
      // Added up instead of branched on: which items match cannot be foreseen, and a wrong guess costs more than the
      // test.
      count += Number(Boolean(answer))
    }
    return count
  }

  #byKeys(slots: Slot[], query: Query): T[] {
    const table = this.#table
    const keys = query.sort!.keys!
    const compare = compareBy(keys, table.identified ? (idOf as never) : () => 0)
    // Items that tie in everything (there are no ids, or the ids are doubled) keep insertion order.
    const compareSlots = (a: Slot, b: Slot) => compare(table.at(a), table.at(b)) || a - b
    let candidates = slots
    if (query.after !== null) {
      const side = compareToPlace(keys, query.after, idOf as never)
      candidates = slots.filter((slot) => side(table.at(slot)) > 0)
    }
    return firstSorted(candidates, compareSlots, query.skip, query.take).map((slot) => table.at(slot)!)
  }

  /** By extracted keys: between types as fields go, within one by JavaScript's `<`; ties in insertion order. */
  #byExtractor(slots: Slot[], extractor: (item: any) => unknown, skip: number, take: number | null): T[] {
    const { places } = this.#table
    const keyed: Keyed<T>[] = []
    for (const slot of slots) {
      const item = places[slot]
      // The extractor has deleted it meanwhile.
      if (item === undefined) continue
      const key = comparable(extractor(item))
      keyed.push({ slot, item, key, rank: keyRank(key) })
    }
    const compare = (a: Keyed<T>, b: Keyed<T>) =>
      a.rank - b.rank || (a.key < b.key ? -1 : b.key < a.key ? 1 : a.slot - b.slot)
    return firstSorted(keyed, compare, skip, take).map(({ item }) => item)
  }
}

interface Keyed<T> {
  readonly slot: Slot
  readonly item: T
  /** Place of the key's type: `<` tells no order between types, and takes undefined and NaN for equal to anything. */
  readonly rank: number
  readonly key: never
}

/** What `<` compares of an extracted key, but for a Date, which is its ISO text as in fields. */
function comparable(key: unknown): never {
  if (typeof key !== 'object' || key === null || key instanceof Date) {
    return (typeof key === 'bigint' ? key : toSortable(key)) as never
  }
  // An object of a class may stand for a number; an array is its text.
  const value: unknown = typeof key.valueOf === 'function' ? key.valueOf() : key
  return (typeof value === 'object' ? String(value) : value) as never
}

function keyRank(key: unknown): number {
  if (typeof key === 'bigint') return rankOf(0)
  return Number.isNaN(key) ? rankOf(0) - 0.5 : rankOf(key)
}

/** Calls back with slots until told to stop. */
type Run = (visit: (slot: Slot) => boolean) => void

/** What of the filter is left to test when the source finds matches only. */
function testable(filter: ParsedFilter, plan: Plan): ParsedFilter {
  return plan.source?.exact ? { ...ALL, predicate: filter.predicate } : filter
}

function isAll(filter: ParsedFilter): boolean {
  const { condition, predicate } = filter
  return predicate === null && condition.op === 'and' && condition.of.length === 0
}

/** The filter as one function; `null` when everything passes. */
function testOf(filter: ParsedFilter): Test<unknown> | null {
  if (isAll(filter)) return null
  const { condition, predicate } = filter
  if (condition.op === 'and' && condition.of.length === 0) return predicate
  const matches = compileCondition(condition)
  return predicate === null ? matches : (item) => matches(item) && predicate(item)
}

/**
 * Whether a predicate said yes. A promise is refused: it is truthy whatever it will say, so an async predicate would
 * match every item. Asked where the answer is used, for another function around the predicate doubles what a count
 * costs.
 */
function isYes(answer: unknown): boolean {
  if (typeof answer === 'object') refusePromise(answer)
  return Boolean(answer)
}

function nameOf(source: Source | null): string | null {
  if (source === null) return null
  if (source.kind === 'ids') return 'id'
  const { name } = source.index.definition
  if (source.kind === 'range') return name
  return [name, ...source.within.map(({ index }) => index.definition.name)].join(' & ')
}
