/**
 * The one order that sorts, indexes, ranges and tokens share:
 * missing = null < false < true < numbers < strings by code point < arrays, objects and the rest (all equal).
 */

/** What an array or an object is to the sort order. One shared object; compare by the order, not by identity. */
export const OTHER: { readonly other: true } = Object.freeze({ other: true })

/** A value as the sort order sees it. */
export type Sortable = string | number | boolean | null | { readonly other: true }

/**
 * The value as the sort order sees it: a Date is its ISO text, an invalid Date and undefined are null, -0 is 0,
 * arrays, objects, functions and bigints are `OTHER`. NaN stays: it comes before all numbers.
 */
export function toSortable(value: unknown): Sortable {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value
    case 'number':
      return value === 0 ? 0 : value
    case 'undefined':
      return null
    case 'object':
      if (value === null) return null
      return value instanceof Date ? dateText(value) : OTHER
    default:
      return OTHER
  }
}

/** `toISOString()` of a Date, or `null` when it is invalid, as in JSON. */
export function dateText(date: Date): string | null {
  return Number.isNaN(date.getTime()) ? null : date.toISOString()
}

/** Place of the value's type: 0 missing or null, 1 false, 2 true, 3 number, 4 string or Date, 5 anything else. */
export function rankOf(value: unknown): 0 | 1 | 2 | 3 | 4 | 5 {
  switch (typeof value) {
    case 'undefined':
      return 0
    case 'boolean':
      return value ? 2 : 1
    case 'number':
      return 3
    case 'string':
      return 4
    case 'object':
      if (value === null) return 0
      if (value instanceof Date) return Number.isNaN(value.getTime()) ? 0 : 4
      return 5
    default:
      return 5
  }
}

/** Compares two sortables. A total order: negative, 0 or positive. */
export function compareValues(a: Sortable, b: Sortable): number {
  if (a === b) return 0
  if (typeof a === 'string' && typeof b === 'string') return compareText(a, b)
  if (typeof a === 'number' && typeof b === 'number') return compareNumbers(a, b)
  return rankOf(a) - rankOf(b)
}

/** Compares numbers; NaN comes before all of them and equals itself. */
function compareNumbers(a: number, b: number): number {
  if (a < b) return -1
  if (a > b) return 1
  if (a === b) return 0
  const aIsNaN = Number.isNaN(a)
  return aIsNaN === Number.isNaN(b) ? 0 : aIsNaN ? -1 : 1
}

/**
 * Compares by code point, as SQL does with `COLLATE "C"` over UTF-8. JavaScript's `<` compares UTF-16 units and so
 * puts U+1F600, whose units begin with D83D, before U+E000.
 */
export function compareText(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i)
    const y = b.charCodeAt(i)
    if (x === y) continue
    return x < 0xd800 || y < 0xd800 ? x - y : comparePoints(a, b, i)
  }
  return a.length - b.length
}

/** Compares the code points that the units at `i`, the first that differ, belong to. */
function comparePoints(a: string, b: string, i: number): number {
  const before = i > 0 ? a.charCodeAt(i - 1) : 0
  if (before >= 0xd800 && before <= 0xdbff) {
    // One unit may complete the pair that the other leaves alone: a lone surrogate is a lower code point.
    const aPaired = isLowSurrogate(a.charCodeAt(i))
    const bPaired = isLowSurrogate(b.charCodeAt(i))
    if (aPaired !== bPaired) return aPaired ? 1 : -1
  }
  return (a.codePointAt(i) as number) - (b.codePointAt(i) as number)
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff
}

/** What an item may have as id; a missing one stands in files that were written elsewhere. */
export type AnyId = string | number | boolean | null | undefined

/** Compares ids as sorts do: missing before booleans before numbers before strings, strings by code point. */
export function compareIds(a: AnyId, b: AnyId): number {
  if (typeof a === 'string' && typeof b === 'string') return compareText(a, b)
  return compareValues(toSortable(a), toSortable(b))
}
