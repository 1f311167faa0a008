import type { Query } from '../contract/Store.js'
import type { ParsedSort, Place, SortKey } from '../query/Condition.js'
import { compareIds, compareValues, type Sortable, toSortable } from '../query/compare.js'
import type { FieldIndex, Key } from './FieldIndex.js'
import { Group, type Posting } from './Group.js'
import { idOf, type Slot } from './Slot.js'
import { fixedPrefix, type KeyRange, type Requirement, rangeOf, samePath } from './sources.js'
import type { Table } from './Table.js'

/** Calls back with slots in the order of a sort until told to stop. */
export interface Walk {
  /** Name of the index walked, or `id`. */
  readonly index: string
  /** The walk is narrowed to what the filter asks of the index's fields. */
  readonly narrowed: boolean
  run(visit: (slot: Slot) => boolean): void
}

/** A walk in the order of the query's sort, `null` when no index keeps that order. */
export function orderedWalk(
  table: Table<unknown>,
  query: Query,
  requirements: readonly Requirement[],
): Walk | null {
  const { sort, after } = query
  if (sort === null || sort.keys === null) return null
  // With ids missing or doubled, an index cannot tell ties apart.
  if (table.identified && !table.regular) return null
  const order = orderOf(table, sort, requirements)
  for (const index of table.indexes) {
    const walk = indexWalk(table, index, order, requirements, after)
    if (walk !== null) return walk
  }
  if (order.keys.length > 0 || !table.identified) return null
  return idWalk(table, order.idsDescending, after)
}

/** A sort without what the filter fixes, and without what follows the id. */
interface Order {
  readonly keys: readonly SortKey[]
  /** For each key its position in the sort as given, where a `Place` holds its value. */
  readonly positions: readonly number[]
  readonly idsDescending: boolean
}

function orderOf(
  table: Table<unknown>,
  sort: NonNullable<ParsedSort>,
  requirements: readonly Requirement[],
): Order {
  const keys: SortKey[] = []
  const positions: number[] = []
  for (const [position, key] of (sort.keys ?? []).entries()) {
    // In a store without ids it is a field like any other.
    if (table.identified && key.path.length === 1 && key.path[0] === 'id')
      return { keys, positions, idsDescending: !key.ascending }
    const fixed = requirements.some(
      ({ path, test }) => test.op === 'in' && test.values.length === 1 && samePath(path, key.path),
    )
    if (fixed) continue
    keys.push(key)
    positions.push(position)
  }
  return { keys, positions, idsDescending: false }
}

function indexWalk(
  table: Table<unknown>,
  index: FieldIndex,
  order: Order,
  requirements: readonly Requirement[],
  after: Place | null,
): Walk | null {
  const { fields, name } = index.definition
  const fixed = fixedPrefix(index, requirements)
  const rest = fields.length - order.keys.length
  if (rest < 0 || rest > fixed.length) return null
  if (rest === 0 && order.keys.length === 0) return null
  const prefix = fixed.slice(0, rest)
  let reverse: boolean | null = null
  for (const [i, key] of order.keys.entries()) {
    const field = fields[rest + i]!
    if (!samePath(field.path, key.path)) return null
    // An index on one field ascends, whatever its declaration says; of several, each goes its own way.
    const against = fields.length === 1 ? !key.ascending : field.ascending !== key.ascending
    if (reverse !== null && reverse !== against) return null
    reverse = against
  }
  const range = rangeOf(index, prefix, requirements)
  const backwards = reverse ?? false
  const run = (visit: (slot: Slot) => boolean) => {
    table.fresh(index)
    const place = after === null ? null : placeIn(index, rest, order, after, backwards)
    walkKeys(index, backwards, range, place, (posting, atPlace) =>
      walkPosting(table, posting, order.idsDescending, atPlace ? after : null, visit),
    )
  }
  return { index: name, narrowed: range !== null, run }
}

/** How a key lies to the place in the order of the walk: negative before it, 0 at it, positive past it. */
function placeIn(
  index: FieldIndex,
  rest: number,
  order: Order,
  after: Place,
  backwards: boolean,
): (key: Key) => number {
  const { fields } = index.definition
  const wanted = order.positions.map((position) => toSortable(after.values[position] as unknown) as Sortable)
  if (fields.length === 1 && wanted.length === 1) {
    const value = wanted[0]!
    return (key) =>
      backwards ? compareValues(value, key as Sortable) : compareValues(key as Sortable, value)
  }
  return (key) => {
    const values = index.valuesOf(key)
    for (let i = 0; i < wanted.length; i++) {
      const difference = compareValues(values[rest + i]!, wanted[i]!)
      if (difference === 0) continue
      const ascending = fields.length === 1 || fields[rest + i]!.ascending
      return ascending !== backwards ? difference : -difference
    }
    return 0
  }
}

function walkKeys(
  index: FieldIndex,
  backwards: boolean,
  range: KeyRange | null,
  place: ((key: Key) => number) | null,
  visit: (posting: Posting, atPlace: boolean) => boolean,
): void {
  const before = range === null ? null : backwards ? range.past : range.before
  const past = range === null ? null : backwards ? range.before : range.past
  // The place compares what the sort names, so that keys behind the range may lie before it again; where the walk begins
  // is searched for by halves, for which those who are skipped have to stand together.
  const skip =
    before === null && place === null
      ? null
      : (key: Key) => before?.(key) === true || (place !== null && past?.(key) !== true && place(key) < 0)
  let atPlace = place !== null
  index.walk(backwards, skip, (key, posting) => {
    if (past?.(key)) return false
    // Keys come in order: past the place once, past it for good.
    if (atPlace && place!(key) !== 0) atPlace = false
    return visit(posting, atPlace)
  })
}

/** The slots of one key by id; past the id of `after` when given. Stores without ids: in insertion order. */
function walkPosting(
  table: Table<unknown>,
  posting: Posting,
  idsDescending: boolean,
  after: Place | null,
  visit: (slot: Slot) => boolean,
): boolean {
  const passed = (id: unknown): boolean => {
    if (after === null) return false
    const order = compareIds(id as string, after.id)
    return idsDescending ? order >= 0 : order <= 0
  }
  if (!(posting instanceof Group)) return passed(idOf(table.at(posting))) ? true : visit(posting)
  let goOn = true
  const onSlot = (slot: Slot) => {
    goOn = visit(slot)
    return goOn
  }
  const ids = table.identified ? posting.ids((slot) => idOf(table.at(slot))) : null
  if (ids !== null) {
    const start = after === null ? null : passed
    if (idsDescending) ids.descend(start, (id) => onSlot(table.slotOf(id)))
    else ids.ascend(start, (id) => onSlot(table.slotOf(id)))
  } else {
    // Here ids ascend with the slots.
    const start = after === null ? null : (slot: Slot) => passed(idOf(table.at(slot)))
    if (idsDescending) posting.slots.descend(start, onSlot)
    else posting.slots.ascend(start, onSlot)
  }
  return goOn
}

function idWalk(table: Table<unknown>, descending: boolean, after: Place | null): Walk {
  const run = (visit: (slot: Slot) => boolean) => {
    const ids = table.idOrder()
    const onId = (id: unknown) => {
      const slot = table.slotOf(id as string)
      return slot < 0 || visit(slot)
    }
    if (descending) ids.descend(after === null ? null : (id) => compareIds(id, after.id) >= 0, onId)
    else ids.ascend(after === null ? null : (id) => compareIds(id, after.id) <= 0, onId)
  }
  return { index: 'id', narrowed: false, run }
}
