import { BadRequestException } from '../errors/index.js'
import type { ParsedSort, Place, SortKey } from './Condition.js'
import { type AnyId, compareIds, compareValues, type Sortable, toSortable } from './compare.js'
import { isObjectLiteral, parsePath, quote, readField, readPath } from './path.js'

/** Most fields of a sort. */
const MAX_KEYS = 32

/**
 * Reads a sort: null, undefined or empty (the store's own order), a key extractor, SortParams or any array of
 * `{ name, ascending }`, or `{ field: 1 | -1 }`, most significant first. A field named twice counts where it came first.
 *
 * @throws BadRequestException INVALID_SORT  anything else, naming the place
 */
export function parseSort(sort: unknown): ParsedSort {
  if (sort === null || sort === undefined) return null
  if (typeof sort === 'function') return parseExtractor(sort as (item: unknown) => unknown)
  if (!Array.isArray(sort) && !isObjectLiteral(sort)) {
    return refuse('sort', `a ${typeof sort} is not a sort`)
  }
  const keys = Array.isArray(sort) ? parseFields(sort) : parseDirections(sort)
  if (keys.length > MAX_KEYS) return refuse('sort', `it has more than ${MAX_KEYS} fields`)
  return keys.length === 0 ? null : { keys, extractor: null }
}

function parseExtractor(extractor: (item: unknown) => unknown): ParsedSort {
  if (extractor.length < 2) return { keys: null, extractor }
  return refuse(
    'sort',
    'a function of two parameters is a comparator, and the function here gets one item and returns its sort key, ' +
      'as in (item) => item.name',
  )
}

function parseFields(fields: readonly unknown[]): SortKey[] {
  const keys: SortKey[] = []
  // By index: SortParams inherits from Array in a way that makes map() and filter() throw in the original package.
  for (let i = 0; i < fields.length; i++) {
    const field = fields[i] as { name?: unknown; ascending?: unknown } | null | undefined
    const place = `sort at [${i}]`
    if (typeof field !== 'object' || field === null) refuse(place, 'it is not an object { name, ascending }')
    const { name, ascending } = field
    if (ascending !== null && ascending !== undefined && typeof ascending !== 'boolean') {
      refuse(place, '"ascending" is not true or false')
    }
    addKey(keys, { path: parsePath(name as string, place, 'INVALID_SORT'), ascending: ascending !== false })
  }
  return keys
}

/** Keys that JavaScript moves to the front of an object, in numerical order, wherever they were written. */
const ARRAY_INDEX = /^(0|[1-9]\d{0,9})$/

function parseDirections(directions: Record<string, unknown>): SortKey[] {
  const keys: SortKey[] = []
  const names = Object.keys(directions)
  for (const name of names) {
    const place = `sort at ${quote(name)}`
    const direction = directions[name]
    if (direction !== 1 && direction !== -1) refuse(place, 'the direction is not 1 or -1')
    if (names.length > 1 && ARRAY_INDEX.test(name)) {
      refuse(
        place,
        'JavaScript puts a key that is a number before all others, so the order of the fields is lost; ' +
          'give a SortParams, or an array of { name, ascending }',
      )
    }
    addKey(keys, { path: parsePath(name, place, 'INVALID_SORT'), ascending: direction === 1 })
  }
  return keys
}

function addKey(keys: SortKey[], key: SortKey): void {
  const name = key.path.join('.')
  if (!keys.some((known) => known.path.join('.') === name)) keys.push(key)
}

function refuse(where: string, problem: string): never {
  throw new BadRequestException(
    null,
    'INVALID_SORT',
    `Cannot read the ${where}: ${problem}. A sort is a SortParams, { field: 1 | -1 } or a key extractor.`,
  )
}

/** Gives the id of an item. */
// biome-ignore lint/suspicious/noExplicitAny: callers know their items
export type IdOf = (item: any) => AnyId

/**
 * The comparator of a sort: by the keys in turn, ties by ascending id whatever the directions. For `Array.sort` and
 * heaps.
 */
export function compareBy(keys: readonly SortKey[], idOf: IdOf): (a: unknown, b: unknown) => number {
  const readers = keys.map(readerOf)
  const signs = keys.map((key) => (key.ascending ? 1 : -1))
  return (a, b) => {
    for (let i = 0; i < readers.length; i++) {
      const read = readers[i] as Reader
      const order = compareValues(read(a), read(b))
      if (order !== 0) return order * (signs[i] as number)
    }
    return compareIds(idOf(a), idOf(b))
  }
}

/** Where `item` stands in the order of `keys`. Shares nothing with the item. */
export function placeOf(item: unknown, keys: readonly SortKey[], idOf: IdOf): Place {
  return { values: keys.map((key) => toSortable(readPath(item, key.path))), id: idOf(item) as Place['id'] }
}

/**
 * Compares items with a place: negative before it, 0 at it, positive after it. The page after a token is what
 * compares positive, in the order of `compareBy`.
 */
export function compareToPlace(
  keys: readonly SortKey[],
  place: Place,
  idOf: IdOf,
): (item: unknown) => number {
  const readers = keys.map(readerOf)
  return (item) => {
    for (let i = 0; i < readers.length; i++) {
      const order = compareValues((readers[i] as Reader)(item), place.values[i] ?? null)
      if (order !== 0) return (keys[i] as SortKey).ascending ? order : -order
    }
    return compareIds(idOf(item), place.id)
  }
}

/** Compares two places of the same sort, as `compareBy` compares the items that stood there. */
export function comparePlaces(keys: readonly SortKey[], a: Place, b: Place): number {
  for (let i = 0; i < keys.length; i++) {
    const order = compareValues(a.values[i] ?? null, b.values[i] ?? null)
    if (order !== 0) return (keys[i] as SortKey).ascending ? order : -order
  }
  return compareIds(a.id, b.id)
}

type Reader = (item: unknown) => Sortable

function readerOf(key: SortKey): Reader {
  const { path } = key
  const name = path[0] as string
  if (path.length === 1) return (item) => toSortable(readField(item, name))
  return (item) => toSortable(readPath(item, path))
}
