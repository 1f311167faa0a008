import type { AnyId } from '../query/compare.js'

/** Place of an item in the array of items. */
export type Slot = number

export function idOf(item: unknown): AnyId {
  return (item as { id?: AnyId } | null | undefined)?.id
}
