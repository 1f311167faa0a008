import type { Condition, Path, Scalar, ValueTest } from '../query/Condition.js'
import { type AnyId, compareValues, rankOf, type Sortable } from '../query/compare.js'
import type { FieldIndex, Key } from './FieldIndex.js'
import { Group, type Posting } from './Group.js'
import type { Table } from './Table.js'

/** A way to the items that may match a filter, found from its conditions and the indexes. */
export type Source =
  | {
      readonly kind: 'ids'
      readonly ids: readonly AnyId[]
      readonly estimate: number
      readonly exact: boolean
    }
  | {
      readonly kind: 'postings'
      readonly index: FieldIndex
      readonly postings: readonly Posting[]
      /** What other indexes find: of the postings only what stands in all of these is looked at. */
      readonly within: readonly Within[]
      readonly estimate: number
      readonly exact: boolean
    }
  | {
      readonly kind: 'range'
      readonly index: FieldIndex
      readonly range: KeyRange
      readonly estimate: number
      readonly exact: false
    }

/** The items with one key of an index. */
export interface Within {
  readonly index: FieldIndex
  readonly group: Group
}

/** A run of neighbouring keys of an index. */
export interface KeyRange {
  /** The key lies before the run. */
  readonly before: (key: Key) => boolean
  /** The key lies past the run. */
  readonly past: (key: Key) => boolean
}

/** A test that every match must pass, of the field at `path`. */
export interface Requirement {
  readonly path: Path
  readonly test: ValueTest
}

/** The tests that every match must pass; a filter with `$or` at the top has none. */
export function requirementsOf(condition: Condition, into: Requirement[] = []): Requirement[] {
  if (condition.op === 'field') into.push(condition)
  else if (condition.op === 'and') for (const part of condition.of) requirementsOf(part, into)
  return into
}

/** The source with the fewest items to look at, `null` when no index serves the filter. */
export function bestSource(table: Table<unknown>, condition: Condition): Source | null {
  const requirements = requirementsOf(condition)
  if (requirements.length === 0) return null
  // One requirement that is the whole filter needs no second look at what the index finds.
  const sole =
    condition.op === 'field' ||
    (condition.op === 'and' && condition.of.length === 1 && condition.of[0]!.op === 'field')
  if (table.identified && table.regular) {
    for (const { path, test } of requirements) {
      if (path.length === 1 && path[0] === 'id' && test.op === 'in' && !test.values.includes(null)) {
        return { kind: 'ids', ids: [...new Set(test.values)], estimate: test.values.length, exact: sole }
      }
    }
  }
  let best: Source | null = null
  for (const index of table.indexes) {
    const source = sourceOf(table, index, requirements, sole)
    if (source !== null && (best === null || source.estimate < best.estimate)) best = source
  }
  return best?.kind === 'postings' ? intersected(table, best, requirements, condition) : best
}

/**
 * A source narrowed by other indexes that know the items with one value each: to go along their lists costs some
 * nanoseconds an entry, to look at an item that is not in the cache a hundred and more.
 */
function intersected(
  table: Table<unknown>,
  source: Source & { kind: 'postings' },
  requirements: readonly Requirement[],
  condition: Condition,
): Source {
  const within: Within[] = []
  const used = [source.index]
  for (const index of table.indexes) {
    const { fields } = index.definition
    if (
      fields.length > 1 ||
      used.some((other) => samePath(other.definition.fields[0]!.path, fields[0]!.path))
    )
      continue
    const values = valuesFor(requirements, fields[0]!.path)
    if (values?.length !== 1) continue
    const group = table.fresh(index).posting(values[0]!)
    if (!(group instanceof Group) || group.length > source.estimate * MUCH_LONGER) continue
    within.push({ index, group })
    used.push(index)
  }
  if (within.length === 0) return source
  // As many as there would be if one field said nothing of another.
  const share = within.reduce((product, { group }) => (product * group.length) / table.size, 1)
  return { ...source, within, estimate: source.estimate * share, exact: isAllKnown(condition, used) }
}

/** Whether a filter that asks for values of these fields asks for nothing else: it has one test for each of them. */
function isAllKnown(condition: Condition, indexes: readonly FieldIndex[]): boolean {
  if (condition.op !== 'and' || condition.of.length !== indexes.length) return false
  const isAsked = ({ definition: { fields } }: FieldIndex) =>
    fields.length === 1 &&
    condition.of.some((part) => part.op === 'field' && samePath(part.path, fields[0]!.path))
  return indexes.every(isAsked)
}

/** A list that is so many times as long as the shortest is left alone: most of it would be passed for nothing. */
const MUCH_LONGER = 128

function sourceOf(
  table: Table<unknown>,
  index: FieldIndex,
  requirements: readonly Requirement[],
  sole: boolean,
): Source | null {
  const { fields } = index.definition
  const first = valuesFor(requirements, fields[0]!.path)
  if (fields.length === 1 && first !== null) return postingsSource(table, index, first, sole)
  const fixed = fixedPrefix(index, requirements)
  if (fixed.length === fields.length) return postingsSource(table, index, [index.keyFrom(fixed)], false)
  const range = rangeOf(index, fixed, requirements)
  if (range === null) return null
  const { size } = table
  table.fresh(index)
  return {
    kind: 'range',
    index,
    range,
    estimate: Math.ceil(size / (fixed.length > 0 ? 20 : 3)),
    exact: false,
  }
}

function postingsSource(
  table: Table<unknown>,
  index: FieldIndex,
  keys: readonly Key[],
  exact: boolean,
): Source {
  table.fresh(index)
  const postings: Posting[] = []
  let estimate = 0
  for (const key of keys.length > 1 ? new Set(keys) : keys) {
    const posting = index.posting(key)
    if (posting === undefined) continue
    postings.push(posting)
    estimate += posting instanceof Group ? posting.length : 1
  }
  return { kind: 'postings', index, postings, within: [], estimate, exact }
}

/** The values of an `$eq` or `$in` on that path. */
function valuesFor(requirements: readonly Requirement[], path: Path): readonly Scalar[] | null {
  for (const requirement of requirements) {
    if (requirement.test.op === 'in' && samePath(requirement.path, path)) return requirement.test.values
  }
  return null
}

/** The values of the leading fields of an index that the filter fixes to one value each. */
export function fixedPrefix(index: FieldIndex, requirements: readonly Requirement[]): Sortable[] {
  const fixed: Sortable[] = []
  for (const { path } of index.definition.fields) {
    const values = valuesFor(requirements, path)
    if (values?.length !== 1) break
    fixed.push(values[0]!)
  }
  return fixed
}

/**
 * The run of keys whose leading values are `fixed`, narrowed by what the filter says of the next field. `null` when
 * that is the whole index.
 */
export function rangeOf(
  index: FieldIndex,
  fixed: readonly Sortable[],
  requirements: readonly Requirement[],
): KeyRange | null {
  const { fields } = index.definition
  const next = fields[fixed.length]
  const bounds = next === undefined ? null : boundsOf(requirements, next.path)
  if (fixed.length === 0 && bounds === null) return null
  // A single-field index is always ascending; a compound one has each field in its declared direction.
  const ascending = fields.length === 1 || (next?.ascending ?? true)
  const side = (key: Key): number => {
    const values = index.valuesOf(key)
    for (let i = 0; i < fixed.length; i++) {
      const order = compareValues(values[i]!, fixed[i]!)
      if (order !== 0) return fields.length === 1 || fields[i]!.ascending ? order : -order
    }
    if (bounds === null) return 0
    const order = bounds(values[fixed.length]!)
    return ascending ? order : -order
  }
  return { before: (key) => side(key) < 0, past: (key) => side(key) > 0 }
}

/** -1, 0 or 1: a value lies before, in or past what the ordering tests on that path allow. `null`: there are none. */
function boundsOf(requirements: readonly Requirement[], path: Path): ((value: Sortable) => number) | null {
  let rank = -1
  let low: ((value: Sortable) => boolean) | null = null
  let high: ((value: Sortable) => boolean) | null = null
  for (const { path: at, test } of requirements) {
    if (!samePath(at, path)) continue
    const operand = orderingOperand(test)
    if (operand === null || (rank >= 0 && rankOf(operand) !== rank)) continue
    rank = rankOf(operand)
    if (test.op === 'gt') low ??= (value) => compareValues(value, operand) <= 0
    else if (test.op === 'gte') low ??= (value) => compareValues(value, operand) < 0
    else if (test.op === 'lt') high ??= (value) => compareValues(value, operand) >= 0
    else if (test.op === 'lte') high ??= (value) => compareValues(value, operand) > 0
    else {
      const prefix = operand as string
      low ??= (value) => compareValues(value, prefix) < 0
      high ??= (value) => !(value as string).startsWith(prefix) && compareValues(value, prefix) > 0
    }
  }
  if (rank < 0) return null
  return (value) => {
    const order = rankOf(value) - rank
    if (order !== 0) return order
    if (low?.(value)) return -1
    return high?.(value) ? 1 : 0
  }
}

function orderingOperand(test: ValueTest): number | string | null {
  switch (test.op) {
    case 'gt':
    case 'gte':
    case 'lt':
    case 'lte':
    case 'startsWith':
      return test.value
    default:
      return null
  }
}

export function samePath(a: Path, b: Path): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}
