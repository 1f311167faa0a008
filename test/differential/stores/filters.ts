import { FilterParams } from '../../../src/data/FilterParams.js'
import { SortField } from '../../../src/data/SortField.js'
import { SortParams } from '../../../src/data/SortParams.js'
import type { Values } from './values.js'

/** A filter as users write it: mostly well-formed. `id` gives ids that may be stored. */
export function drawFilter(values: Values, id: () => unknown, depth = 0): unknown {
  const { random } = values
  if (depth === 0) {
    if (random.chance(0.2))
      return random.pick([null, {}, undefined, { k: { $exists: true } }, { n: { $ne: 5 } }])
    if (random.chance(0.04)) return badFilter(values)
    if (random.chance(0.06)) return params(values, id)
  }
  const kind = random.below(depth > 2 ? 14 : 20)
  if (kind < 14) {
    const filter: Record<string, unknown> = condition(values, id, depth)
    return random.chance(0.2) ? { ...condition(values, id, depth), ...filter } : filter
  }
  const of = Array.from({ length: 1 + random.below(3) }, () => drawFilter(values, id, depth + 1))
  if (kind < 19) return { [random.pick(['$and', '$or', '$nor'])]: of }
  return { $or: of, ...condition(values, id, depth) }
}

function condition(values: Values, id: () => unknown, depth: number): Record<string, unknown> {
  const { random } = values
  if (random.chance(0.1)) return { id: random.chance(0.6) ? id() : { $in: [id(), id(), id()] } }
  const path = values.path()
  if (random.chance(0.03)) return { [path]: undefined }
  if (path === 'when' || path === 'o.at')
    return { [path]: random.chance(0.4) ? values.date() : { [random.pick(ORDERING)]: values.date() } }
  if (random.chance(0.3)) return { [path]: values.scalar() }
  return { [path]: operators(values, id, depth) }
}

const ORDERING = ['$gt', '$gte', '$lt', '$lte'] as const

function operators(values: Values, id: () => unknown, depth: number): Record<string, unknown> {
  const { random } = values
  const scalars = (most: number) => Array.from({ length: random.below(most + 1) }, () => values.scalar())
  const ordered = () => (random.chance(0.5) ? values.number() : values.text())
  switch (random.below(13)) {
    case 0:
      return { $eq: values.scalar() }
    case 1:
      return { $ne: values.scalar() }
    case 2:
      return { [random.pick(['$in', '$nin'])]: scalars(4) }
    case 3:
    case 4:
      return { [random.pick(ORDERING)]: ordered() }
    case 5:
      return { $gte: ordered(), $lt: ordered() }
    case 6:
      return { $exists: random.chance(0.5) }
    case 7:
    case 8:
      return { [random.pick(['$contains', '$startsWith', '$icontains', '$istartsWith'])]: values.text() }
    case 9:
      return { $size: random.below(4) }
    case 10:
      return { $all: scalars(2) }
    case 11:
      if (depth > 2) return { $elemMatch: { $ne: values.scalar() } }
      return {
        $elemMatch: random.chance(0.5)
          ? operators(values, id, depth + 1)
          : condition(values, () => values.scalar(), depth + 1),
      }
    default:
      return { $not: depth > 2 ? { $eq: values.scalar() } : operators(values, id, depth + 1) }
  }
}

function params(values: Values, id: () => unknown): unknown {
  const { random } = values
  const entries: Record<string, unknown> = {}
  if (random.chance(0.4)) entries.ids = `${String(id())},${String(id())}`
  if (random.chance(0.7)) entries[values.path()] = String(values.scalar())
  if (random.chance(0.1)) entries.$or = 'x'
  return FilterParams.fromValue(entries)
}

function badFilter(values: Values): unknown {
  return values.random.pick<unknown>([
    5,
    'a = 1',
    [],
    { $or: [] },
    { $where: 'x' },
    { a: { $regex: 'x' } },
    { a: { $gt: null } },
    { a: { $gt: true } },
    { a: [1] },
    { a: { b: 1 } },
    { a: { $in: [undefined] } },
    { a: { $in: 5 } },
    { 'a..b': 1 },
    { "a'b": 1 },
    { 'o.__proto__': 1 },
    { 'a.b.c.d.e.f.g.h.i': 1 },
    { a: { $size: -1 } },
    { a: { $size: 1.5 } },
    { a: { $contains: 5 } },
    { a: Number.NaN },
    { a: { $exists: 1 } },
    { a: 1n },
    { a: { $not: 5 } },
    { a: { $eq: undefined, $gt: undefined } },
    { $and: [{ a: undefined }, { b: undefined }] },
  ])
}

/** A sort, or null. */
export function drawSort(values: Values): unknown {
  const { random } = values
  if (random.chance(0.3)) return random.pick([null, undefined, {}])
  if (random.chance(0.03))
    return random.pick<unknown>([
      { a: 2 },
      { a: '1' },
      ['a'],
      'a',
      5,
      { 'a..b': 1 },
      { constructor: 1 },
      { 0: 1, a: 1 },
    ])
  const paths = Array.from({ length: 1 + random.below(3) }, () => values.path())
  if (random.chance(0.3) || paths.includes('0'))
    return new SortParams(...paths.map((path) => new SortField(path, random.chance(0.5))))
  return Object.fromEntries(paths.map((path) => [path, random.chance(0.5) ? 1 : -1]))
}

/** Fields to keep, or null. */
export function drawSelect(values: Values): unknown {
  const { random } = values
  if (random.chance(0.75)) return null
  if (random.chance(0.05)) return random.pick<unknown>(['a', [5], ['a..b'], ['a,b'], {}])
  return Array.from({ length: random.below(4) }, () => values.path())
}

export function drawPaging(values: Values): unknown {
  const { random } = values
  if (random.chance(0.1)) return null
  if (random.chance(0.03))
    return { skip: random.pick<unknown>([1.5, Number.NaN, 'x']), take: random.pick<unknown>([2, 0.5, {}]) }
  return {
    skip: random.chance(0.4) ? null : random.below(random.pick([3, 12])) - 1,
    take: random.chance(0.2) ? null : random.below(9) - 1,
    total: random.chance(0.5),
  }
}
