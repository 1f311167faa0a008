import { expect } from 'vitest'
import type { PlainModel } from './PlainModel.js'
import type { Things } from './Things.js'

/** Reads everything in every way there is and compares with the model. */
export async function checkAgainst(model: PlainModel, things: Things): Promise<void> {
  expect(await things.getListByFilter(null, null)).toEqual(model.items)
  expect(await things.getCountByFilter(null, null)).toBe(model.items.length)
  for (const item of model.items) expect(await things.getOneById(null, item.id)).toEqual(item)
  expect(await things.getOneById(null, 'unknown')).toBeNull()
  for (const filter of FILTERS) {
    const found = model.list(filter, null)
    expect(await things.getListByFilter(null, filter)).toEqual(found)
    expect(await things.getCountByFilter(null, filter)).toBe(found.length)
  }
  for (const sort of SORTS) {
    const keys = Object.entries(sort) as [string, 1 | -1][]
    expect(await things.getListByFilter(null, null, sort)).toEqual(model.list({}, keys))
    expect(await things.getListByFilter(null, { a: 1 }, sort)).toEqual(model.list({ a: 1 }, keys))
  }
  const ids = model.items.map((item) => item.id).reverse()
  expect(await things.getListByIds(null, ids)).toEqual(model.items)
}

const FILTERS = [
  { a: 1 },
  { a: null },
  { u: { $in: [1, 'p', 7] } },
  { a: 1, b: 2 },
  { a: 'p', u: 1 },
  { a: { $gte: 1 } },
  { b: { $gt: 'o', $lt: 'q' } },
]

const SORTS: readonly Record<string, 1 | -1>[] = [{ a: 1 }, { a: 1, b: -1 }, { a: -1, b: 1 }, { u: -1 }]
