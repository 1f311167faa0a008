import type { AnyId } from '../query/compare.js'

/** Place of an item in the array of items. */
export type Slot = number

export function idOf(item: unknown): AnyId {
  return (item as { id?: AnyId } | null | undefined)?.id
}

/** Whether an item can be found by that id. NaN equals nothing, and JSON has neither that nor infinities. */
export function isUsableId(id: unknown): id is string | number | boolean {
  return (typeof id === 'string' && id !== '') || Number.isFinite(id) || typeof id === 'boolean'
}
