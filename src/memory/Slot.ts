import { compareText, compareValues, type Sortable } from '../query/compare.js'

/** Place of an item in the array of items. */
export type Slot = number

export type Id = string | number | boolean | null | undefined

/** Order of ids: numbers before strings, strings by code point; a missing one first. */
export function compareIdValues(a: Id, b: Id): number {
  if (typeof a === 'string' && typeof b === 'string') return compareText(a, b)
  return compareValues((a ?? null) as Sortable, (b ?? null) as Sortable)
}

export function idOf(item: unknown): Id {
  return (item as { id?: Id } | null | undefined)?.id
}
