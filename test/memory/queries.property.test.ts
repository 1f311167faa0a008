import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { IndexFields } from '../../src/core/indexDefinition.js'
import { PagingParams, TokenizedPagingParams } from '../../src/data/index.js'
import { IdentifiableMemoryPersistence } from '../../src/memory/IdentifiableMemoryPersistence.js'
import { MemoryPersistence } from '../../src/memory/MemoryPersistence.js'
import type { FilterObject } from '../../src/query/Filter.js'
import { dates, filters, values, items as wildItems } from '../query/arbitraries.js'
import { matches, projected, sorted } from '../query/naive.js'

type Id = string | number | boolean
type Item = Record<string, unknown> & { id: Id }
class Store extends IdentifiableMemoryPersistence<Item, Id> {}

/** Few values of each type, so that indexes have groups; and texts on both sides of the surrogates. */
const value = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.constantFrom<unknown>(
      ...[null, undefined, false, true, 0, -0, 1, 2, 10, -1, 1.5, Number.NaN, Infinity, -Infinity],
      ...['', 'a', 'ab', 'abc', 'b', '1', 'true', '\ud83d', '\ue000', '\u{1f600}', 'a\u{1f600}', 'a\ue000'],
    ),
  },
  { weight: 1, arbitrary: dates },
  { weight: 1, arbitrary: values },
)
const id = fc.oneof(fc.integer({ min: -5, max: 60 }), fc.string({ minLength: 1, maxLength: 2 }), fc.boolean())
const item: fc.Arbitrary<Item> = fc.record(
  { id, a: value, b: value, n: fc.oneof({ weight: 4, arbitrary: fc.record({ c: value }) }, value), d: value },
  { requiredKeys: ['id'] },
) as fc.Arbitrary<Item>
const items = fc.uniqueArray(fc.oneof({ weight: 5, arbitrary: item }, wildItems as fc.Arbitrary<Item>), {
  selector: (each) => each.id,
  maxLength: 30,
})

const path = fc.constantFrom('a', 'b', 'n.c', 'd', 'n')
const direction = fc.constantFrom(1 as const, -1 as const)
const index: fc.Arbitrary<IndexFields> = fc.dictionary(path, direction, { minKeys: 1, maxKeys: 3 })
const indexes = fc.array(index, { maxLength: 3 })
const sort = fc
  .uniqueArray(fc.tuple(fc.oneof({ weight: 8, arbitrary: path }, fc.constant('id')), direction), {
    selector: ([name]) => name,
    maxLength: 3,
  })
  .map((keys) => keys as [string, 1 | -1][])

const scalar = value.filter(
  (each) =>
    each === null ||
    ['string', 'boolean'].includes(typeof each) ||
    (typeof each === 'number' && Number.isFinite(each)) ||
    (each instanceof Date && !Number.isNaN(each.getTime())),
)
const ordered = scalar.filter((each) => each !== null && typeof each !== 'boolean')
const text = scalar.filter((each) => typeof each === 'string')
const condition = fc.oneof(
  { weight: 3, arbitrary: scalar },
  { weight: 2, arbitrary: fc.record({ $in: fc.array(scalar, { maxLength: 4 }) }) },
  fc.record({ $gt: ordered, $lte: ordered }, { requiredKeys: ['$gt'] }),
  fc.record({ $gte: ordered, $lt: ordered }, { requiredKeys: ['$lt'] }),
  fc.record({ $startsWith: text.filter((part) => !/\p{Surrogate}/u.test(part)) }),
  fc.record({ $eq: scalar, $ne: scalar }),
)
/** Filters that indexes serve, alone and together, and any others. */
const filter = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.dictionary(fc.oneof({ weight: 6, arbitrary: path }, fc.constant('id')), condition, {
      maxKeys: 3,
    }) as fc.Arbitrary<object>,
  },
  {
    weight: 1,
    arbitrary: fc
      .array(fc.dictionary(path, condition, { minKeys: 1, maxKeys: 2 }), { minLength: 1, maxLength: 3 })
      .map((branches) => ({ $or: branches })),
  },
  {
    weight: 1,
    arbitrary: fc
      .array(fc.dictionary(path, condition, { minKeys: 1, maxKeys: 2 }), { minLength: 1, maxLength: 3 })
      .map((branches) => ({ $and: branches })),
  },
  { weight: 2, arbitrary: filters },
) as fc.Arbitrary<FilterObject<Item>>

/** Rewrites some of the items and takes some out, so that there are holes and moved index entries. */
const churn = fc.array(
  fc.record({ at: fc.nat(), delete: fc.boolean(), fields: fc.record({ a: value, b: value }) }),
  {
    maxLength: 12,
  },
)
type Churn = typeof churn extends fc.Arbitrary<infer C> ? C : never

/** A component and the plain list of what is in it. */
async function filled(
  start: readonly Item[],
  changes: Churn,
  definitions: readonly IndexFields[],
): Promise<{ store: Store; plain: Item[] }> {
  const store = new Store()
  for (const definition of definitions) store.ensureIndex(definition)
  await store.createMany(null, start)
  let plain = [...start]
  // Queries before the changes make sure that the indexes exist while they happen.
  for (const definition of definitions)
    await store.getListByFilter(null, { [Object.keys(definition)[0]!]: 1 })
  for (const change of changes) {
    const target = plain[change.at % plain.length]
    if (target === undefined) break
    if (change.delete) {
      await store.deleteById(null, target.id)
      plain = plain.filter((each) => each !== target)
    } else {
      const after = { ...target, ...change.fields }
      await store.update(null, after)
      plain = plain.with(plain.indexOf(target), after)
    }
  }
  return { store, plain }
}

const directions = (keys: readonly [string, 1 | -1][]) =>
  keys.map(([name, way]) => ({ name, ascending: way === 1 }))

describe('queries with any indexes equal a plain filter and sort', () => {
  test('lists, counts and the order of lists', async () => {
    await fc.assert(
      fc.asyncProperty(
        items,
        churn,
        indexes,
        filter,
        sort,
        async (start, changes, definitions, where, keys) => {
          const { store, plain } = await filled(start, changes, definitions)
          const found = plain.filter((each) => matches(each, where))
          expect(await store.getListByFilter(null, where)).toEqual(found)
          expect(await store.getCountByFilter(null, where)).toBe(found.length)
          const ordered = keys.length === 0 ? found : sorted(found as never[], keys)
          const list = await store.getListByFilter(null, where, directions(keys))
          expect(list.map((each) => each.id)).toEqual((ordered as Item[]).map((each) => each.id))
          expect(list).toEqual(ordered)
          const explained = await store.explain(null, where, directions(keys))
          expect(explained.returned).toBe(found.length)
          expect(explained.examined).toBeGreaterThanOrEqual(found.length)
          expect(explained.examined).toBeLessThanOrEqual(plain.length)
          const one = await store.getOneRandom(null, where)
          if (found.length === 0) expect(one).toBeNull()
          else expect(found).toContainEqual(one)
        },
      ),
      { numRuns: 600 },
    )
  })

  test('filters on several fields, each with an index', async () => {
    const few = fc.constantFrom<unknown[]>(0, 1, 2, null, undefined, 'x', [1])
    const asked = fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom<unknown[]>(0, 1, 2, null, 'x', 'nowhere') },
      { weight: 2, arbitrary: fc.record({ $in: fc.subarray([0, 1, 2, null, 'x']) }) },
      fc.constantFrom<unknown[]>({ $gt: 0 }, { $ne: 1 }, { $exists: true }),
    )
    const fields = fc.record({ a: few, b: few, d: few })
    await fc.assert(
      fc.asyncProperty(
        fc.array(fields, { minLength: 40, maxLength: 120 }),
        churn,
        fc.subarray<IndexFields>([{ a: 1 }, { b: 1 }, { d: 1 }, { a: -1 }, { a: 1, b: 1 }]),
        fc.dictionary(fc.constantFrom('a', 'b', 'd'), asked, { minKeys: 2, maxKeys: 3 }),
        fc.constantFrom<unknown[]>(null, { a: 1 }, { b: 1 }),
        async (rows, changes, definitions, fieldsAsked, also) => {
          const items = rows.map((row, i) => ({ id: `i${i}`, ...row }) as Item)
          const filter = (also === null ? fieldsAsked : { $and: [fieldsAsked, also] }) as FilterObject<Item>
          const { store, plain } = await filled(items, changes, definitions)
          const expected = plain.filter((each) => matches(each, filter))
          expect(await store.getListByFilter(null, filter)).toEqual(expected)
          expect(await store.getCountByFilter(null, filter)).toBe(expected.length)
          const page = await store.getPageByFilter(null, filter, new PagingParams(1, 2), { d: 1 })
          expect(page.data).toEqual(sorted(expected as never[], [['d', 1]]).slice(1, 3))
        },
      ),
      { numRuns: 800 },
    )
  })

  test('pages: skip, take, total and the fields that are kept', async () => {
    const select = fc.uniqueArray(fc.constantFrom('id', 'a', 'n', 'n.c', 'b', 'nowhere', 'a.b'), {
      maxLength: 3,
    })
    await fc.assert(
      fc.asyncProperty(
        fc.tuple(items, churn, indexes),
        filter,
        sort,
        fc.tuple(fc.integer({ min: -2, max: 15 }), fc.integer({ min: -1, max: 15 }), fc.boolean()),
        select,
        async ([start, changes, definitions], where, keys, [skip, take, total], paths) => {
          const { store, plain } = await filled(start, changes, definitions)
          const found = plain.filter((each) => matches(each, where))
          const ordered = keys.length === 0 ? found : (sorted(found as never[], keys) as Item[])
          const page = await store.getPageByFilter(
            null,
            where,
            new PagingParams(skip, take, total),
            directions(keys),
            paths.length === 0 ? null : paths,
          )
          const from = Math.max(skip, 0)
          const size = take === 0 ? 100 : Math.max(take, 0)
          const expected = ordered.slice(from, from + size)
          expect(page.data).toEqual(
            paths.length === 0 ? expected : expected.map((each) => projected(each, paths)),
          )
          expect(page.total).toBe(total ? found.length : null)
        },
      ),
      { numRuns: 300 },
    )
  })

  test('pages by token, one after the other, are the whole list, each item once', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.tuple(items, churn, indexes),
        filter,
        sort,
        fc.integer({ min: 1, max: 7 }),
        async ([start, changes, definitions], where, keys, take) => {
          const { store, plain } = await filled(start, changes, definitions)
          const found = plain.filter((each) => matches(each, where))
          const ordered = sorted(found as never[], keys) as Item[]
          const seen: Item[] = []
          let token: string | null = null
          do {
            const page: Awaited<ReturnType<Store['getPageByToken']>> = await store.getPageByToken(
              null,
              where,
              new TokenizedPagingParams(token, take, true),
              directions(keys),
            )
            expect(page.total).toBe(found.length)
            expect(page.data).toEqual(ordered.slice(seen.length, seen.length + take))
            seen.push(...page.data)
            token = page.token
            expect(seen.length).toBeLessThanOrEqual(ordered.length)
          } while (token !== null)
          expect(seen).toEqual(ordered)
        },
      ),
      { numRuns: 300 },
    )
  })

  test('in a store without ids, an index does not take the field id for one', async () => {
    const store = new MemoryPersistence<{ id: number; b?: number }>()
    store.ensureIndex({ b: 1 })
    await store.createMany(null, [{ id: 2 }, { id: 1 }])
    expect(await store.getListByFilter(null, {}, { b: 1, id: 1 })).toEqual([{ id: 1 }, { id: 2 }])
  })

  test('in a store without ids, where ties keep the order of insertion', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(item, { maxLength: 25 }),
        indexes,
        filter,
        sort,
        async (start, definitions, where, keys) => {
          const store = new MemoryPersistence<Item>()
          for (const definition of definitions) store.ensureIndex(definition)
          await store.createMany(null, start)
          const found = start.filter((each) => matches(each, where))
          expect(await store.getListByFilter(null, where)).toEqual(found)
          // The place of insertion in the place of the id, which here is a field like others.
          const placed = found.map((each, place) => ({ ...each, key: each.id, id: place, each }))
          const byPlace = sorted(
            placed,
            keys.map(([name, way]) => [name === 'id' ? 'key' : name, way]),
          )
          if (keys.length > 0)
            expect(await store.getListByFilter(null, where, directions(keys))).toEqual(
              byPlace.map(({ each }) => each),
            )
          await store.deleteByFilter(null, where).catch((error) => expect(error.code).toBe('EMPTY_FILTER'))
        },
      ),
      { numRuns: 300 },
    )
  })

  test('a key extractor sorts by <, ties in the order of insertion, and a predicate may stand beside it', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ id: fc.uuid(), n: fc.integer({ min: 0, max: 5 }) }), { maxLength: 60 }),
        fc.nat({ max: 20 }),
        fc.integer({ min: 1, max: 20 }),
        async (start, skip, take) => {
          const store = new Store()
          await store.createMany(null, start)
          const expected = start
            .map((each, place) => ({ each, place }))
            .filter(({ each }) => each.n !== 3)
            .sort((x, y) => y.each.n - x.each.n || x.place - y.place)
            .map(({ each }) => each)
          const page = await store.getPageByFilter(
            null,
            (each: Item) => each['n'] !== 3,
            new PagingParams(skip, take),
            (each: Item) => -(each['n'] as number),
          )
          expect(page.data).toEqual(expected.slice(skip, skip + take))
        },
      ),
      { numRuns: 150 },
    )
  })
})

describe('explain() shows that an index is used where it should be', () => {
  const SIZE = 1000

  async function cities(...definitions: IndexFields[]): Promise<Store> {
    const store = new Store()
    for (const definition of definitions) store.ensureIndex(definition)
    await store.createMany(
      null,
      Array.from({ length: SIZE }, (_, i) => ({
        id: `c${i}`,
        country: `K${i % 50}`,
        name: `N${(i * 7919) % SIZE}`,
        size: (i * 31) % SIZE,
        geo: { zone: i % 25 },
      })),
    )
    return store
  }

  test.each<[string, FilterObject<Item>, Record<string, 1 | -1> | null, string | null, number, number]>([
    ['equality', { country: 'K3' }, null, 'country:1', 20, 20],
    ['equality and another test', { country: 'K3', size: { $gt: 500 } }, null, 'country:1', 20, 20],
    ['$in', { country: { $in: ['K3', 'K4', 'K3'] } }, null, 'country:1', 40, 40],
    ['an unknown value', { country: 'nowhere' }, null, 'country:1', 0, 0],
    ['a range', { size: { $gte: 100, $lt: 110 } }, null, 'size:-1', 10, 10],
    ['an open range', { size: { $lt: 5 } }, null, 'size:-1', 5, 5],
    ['a prefix', { name: { $startsWith: 'N99' } }, null, 'name:1', 11, 11],
    ['a nested path', { 'geo.zone': 7 }, null, 'geo.zone:1', 40, 40],
    ['ids', { id: { $in: ['c1', 'c2', 'no'] } }, null, 'id', 2, 2],
    ['an id and another test', { id: 'c3', country: 'K4' }, null, 'id', 1, 1],
    ['two of them', { country: 'K7', 'geo.zone': 7 }, null, 'country:1 & geo.zone:1', 20, 20],
    ['two that share nothing', { country: 'K7', 'geo.zone': 8 }, null, 'country:1 & geo.zone:1', 20, 20],
    ['$in and another', { country: 'K7', 'geo.zone': { $in: [7, 8] } }, null, 'country:1', 20, 20],
    [
      'another and $in',
      { country: { $in: ['K7', 'K32'] }, 'geo.zone': 7 },
      null,
      'country:1 & geo.zone:1',
      40,
      40,
    ],
    ['a branch of $and', { $and: [{ country: 'K3' }, { size: { $gt: -1 } }] }, null, 'country:1', 20, 20],
    ['no index for $or', { $or: [{ country: 'K3' }, { size: 1 }] }, null, null, SIZE, SIZE],
    ['no index for $ne', { country: { $ne: 'K3' } }, null, null, SIZE, SIZE],
  ])('%s', async (_name, filter, sort, index, least, most) => {
    const store = await cities({ country: 1 }, { name: 1 }, { size: -1 }, { 'geo.zone': 1 })
    const explained = await store.explain(null, filter, sort)
    expect(explained.index).toBe(index)
    expect(explained.examined).toBeGreaterThanOrEqual(least)
    expect(explained.examined).toBeLessThanOrEqual(most)
    expect(explained.returned).toBe(await (await cities()).getCountByFilter(null, filter))
  })

  test('a list that is much longer than the first is not gone along', async () => {
    const store = new Store()
    for (const definition of [{ country: 1 }, { name: 1 }] as const) store.ensureIndex(definition)
    const items = Array.from({ length: 400 }, (_, i) => ({
      id: `c${i}`,
      country: i < 2 ? 'few' : 'many',
      name: i < 300 ? 'most' : 'rest',
    }))
    await store.createMany(null, items)
    expect(await store.explain(null, { country: 'few', name: 'most' })).toMatchObject({
      index: 'country:1',
      returned: 2,
    })
    expect(await store.explain(null, { country: 'few', name: 'rest' })).toMatchObject({
      index: 'country:1 & name:1',
      returned: 0,
    })
  })

  test('two indexes on one field are no two', async () => {
    const store = await cities({ country: 1 }, { country: -1 }, { size: 1 })
    const filter = { country: 'K3', size: { $lt: 100 } }
    expect(await store.explain(null, filter)).toMatchObject({ index: 'country:1', returned: 2 })
    expect(await store.getCountByFilter(null, filter)).toBe(2)
  })

  test('a compound index serves equality on its first fields with a range or a sort on the next', async () => {
    const store = await cities({ country: 1, size: -1 })
    expect(await store.explain(null, { country: 'K3' })).toMatchObject({
      index: 'country:1,size:-1',
      examined: 20,
    })
    const range = await store.explain(null, { country: 'K3', size: { $gt: 500 } })
    expect(range.index).toBe('country:1,size:-1')
    expect(range.examined).toBe(range.returned)
    const bySize = await store.explain(null, { country: 'K3' }, { size: 1 })
    expect(bySize).toMatchObject({ index: 'country:1,size:-1', examined: 20, returned: 20 })
    expect(await store.explain(null, { size: 5 })).toMatchObject({ index: null, examined: SIZE })
  })

  test('a sorted page in the order of an index looks at the page only', async () => {
    const store = await cities({ size: 1 }, { country: 1, name: -1 })
    // What is looked at cannot be seen from outside: a predicate counts.
    const lookedAt = async (sort: Record<string, 1 | -1>) => {
      let looked = 0
      const page = await store.getPageByFilter(null, () => ++looked > 0, new PagingParams(0, 20), sort)
      expect(page.data).toHaveLength(20)
      return looked
    }
    expect(await lookedAt({ size: 1 })).toBe(20)
    expect(await lookedAt({ size: -1 })).toBe(20)
    expect(await lookedAt({ country: 1, name: -1 })).toBe(20)
    expect(await lookedAt({ country: -1, name: 1 })).toBe(20)
    expect(await lookedAt({ id: 1 })).toBe(20)
    expect(await lookedAt({ country: 1, name: 1 })).toBe(SIZE)
    expect(await lookedAt({ name: 1 })).toBe(SIZE)
  })

  test('page 40 by token looks at no more than page 1', async () => {
    const store = await cities({ size: 1 })
    let looked = 0
    const counts: number[] = []
    const predicate = () => ++looked > 0
    let token: string | null = null
    for (let page = 0; page < 40; page++) {
      looked = 0
      const answer: { token: string | null } = await store.getPageByToken(
        null,
        predicate,
        new TokenizedPagingParams(token, 20),
        { size: -1 },
      )
      counts.push(looked)
      token = answer.token
    }
    expect(Math.max(...counts)).toBeLessThanOrEqual(21)
  })

  test('the index is the right one again after direct edits', async () => {
    class Open extends Store {
      edit(): void {
        for (const each of this._items) each['country'] = 'K0'
      }
    }
    const store = new Open()
    store.ensureIndex({ country: 1 })
    await store.createMany(null, [
      { id: 1, country: 'K1' },
      { id: 2, country: 'K2' },
    ])
    store.edit()
    expect(await store.explain(null, { country: 'K1' })).toEqual({
      index: 'country:1',
      examined: 0,
      returned: 0,
    })
    expect(await store.explain(null, { country: 'K0' })).toEqual({
      index: 'country:1',
      examined: 2,
      returned: 2,
    })
  })
})
