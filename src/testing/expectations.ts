import assert from 'node:assert/strict'
import type { Item, TestedPersistence } from './Subject.js'

/** The operation rejects with that code. The message is for people and is not looked at. */
export async function rejects(operation: Promise<unknown>, code: string): Promise<void> {
  await assert.rejects(operation, { code })
}

export function idsOf(items: readonly Item[]): unknown[] {
  return items.map((item) => item.id)
}

/** All that is stored, by ascending id. */
export function stored(persistence: TestedPersistence): Promise<Item[]> {
  return persistence.getListByFilter(null, null, { id: 1 })
}

/** Exactly these items are stored, given by ascending id. */
export async function holds(persistence: TestedPersistence, items: readonly Item[]): Promise<void> {
  assert.deepEqual(await stored(persistence), items)
  assert.equal(await persistence.getCountByFilter(null, null), items.length)
}

/** Exactly the items with these ids match the filter, in any order. */
export async function matches(
  persistence: TestedPersistence,
  filter: unknown,
  ids: readonly string[],
): Promise<void> {
  const found = await persistence.getListByFilter(null, filter, null)
  assert.deepEqual(idsOf(found).sort(), [...ids].sort())
  assert.equal(await persistence.getCountByFilter(null, filter), ids.length)
}
