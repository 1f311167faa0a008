import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  ALL,
  type IndexDefinition,
  type Query,
  type Store,
  type StoreOptions,
} from '../../src/contract/Store.js'
import { compileCondition } from '../../src/query/compileCondition.js'
import { parseFilter } from '../../src/query/parseFilter.js'
import { compareBy, parseSort, placeOf } from '../../src/query/sort.js'
import {
  type Doc,
  filters,
  items,
  SPECIAL_NUMBERS,
  SPECIAL_TEXTS,
  sorts,
  UNSTORABLE_TEXTS,
} from './arbitraries.js'

/** Indexes on what the arbitraries sort and filter by: the same queries must give the same with them and without. */
export const INDEXES: readonly IndexDefinition[] = [
  { name: 'a:1', fields: [{ path: ['a'], ascending: true }], unique: false },
  { name: 'b:-1', fields: [{ path: ['b'], ascending: false }], unique: false },
  {
    name: 'a.b:1,é:-1',
    fields: [
      { path: ['a', 'b'], ascending: true },
      { path: ['é'], ascending: false },
    ],
    unique: false,
  },
]

const idOf = (item: Doc) => item.id

/** Runs random filters, sorts and pages on a store and compares with the functions that the memory store uses. */
export function testLikeMemory(
  name: string,
  make: (options: StoreOptions) => Promise<Store<Doc, string>>,
  settings: { readonly runs: number; readonly seconds?: number },
): void {
  const parameters = {
    numRuns: settings.runs,
    endOnFailure: false,
    ...(settings.seconds === undefined ? {} : { interruptAfterTimeLimit: settings.seconds * 1000 }),
  }
  for (const [title, indexes] of [
    ['without indexes', []],
    ['with indexes', INDEXES],
  ] as const) {
    test(`${name} ${title}: find(), count() and pages give what memory gives`, {
      timeout: 600_000,
    }, async () => {
      const store = await make({ name: `like memory ${title}`, idType: 'string', indexes, dateFields: [] })
      await store.open(null)
      try {
        const property = fc.asyncProperty(
          items,
          fc.array(fc.tuple(filters, sorts), { minLength: 10, maxLength: 30 }),
          async (docs, queries) => {
            await store.clear(null)
            await store.insert(null, docs)
            for (const [filter, sort] of queries) await compare(store, docs, filter, sort)
          },
        )
        await fc.assert(property, parameters)
      } finally {
        await store.close(null)
      }
    })
  }
}

const TEXT_OPERATORS = ['$eq', '$contains', '$startsWith', '$icontains', '$istartsWith'] as const
const RANGE_OPERATORS = ['$gt', '$gte', '$lt', '$lte'] as const

/** Every operator with every special value against every special value: what chance would meet too seldom. */
export function testSpecialValues(
  name: string,
  make: (options: StoreOptions) => Promise<Store<Doc, string>>,
): void {
  const docs: Doc[] = [...SPECIAL_TEXTS, ...SPECIAL_NUMBERS, null, true, false, [], ['a'], {}].map(
    (a, i) => ({
      id: `i${i}`,
      a,
    }),
  )
  docs.push({ id: 'none' })
  const filters: unknown[] = []
  for (const text of SPECIAL_TEXTS) {
    for (const op of [...TEXT_OPERATORS, ...RANGE_OPERATORS]) filters.push({ a: { [op]: text } })
  }
  for (const text of UNSTORABLE_TEXTS) for (const op of RANGE_OPERATORS) filters.push({ a: { [op]: text } })
  for (const number of [...SPECIAL_NUMBERS, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
    for (const op of ['$eq', ...RANGE_OPERATORS]) filters.push({ a: { [op]: number } })
  }
  filters.push(
    { a: { $in: [...SPECIAL_NUMBERS] } },
    { a: { $in: [...SPECIAL_TEXTS] } },
    { a: null },
    { a: true },
  )

  test(`${name}: each operator takes each special value as memory does`, { timeout: 600_000 }, async () => {
    const store = await make({ name: 'special values', idType: 'string', indexes: INDEXES, dateFields: [] })
    await store.open(null)
    try {
      await store.clear(null)
      await store.insert(null, docs)
      for (const filter of filters) await compare(store, docs, filter, [{ name: 'a', ascending: true }])
      for (const ascending of [true, false]) await comparePages(store, docs, ascending)
    } finally {
      await store.close(null)
    }
  })
}

/** Walks through all items one by one, each page from the place of the one before. */
async function comparePages(
  store: Store<Doc, string>,
  docs: readonly Doc[],
  ascending: boolean,
): Promise<void> {
  const sort = parseSort([{ name: 'a', ascending }])
  const keys = sort?.keys ?? []
  const expected = [...docs].sort(compareBy(keys, idOf)).map(idOf)
  const seen: string[] = []
  let after: Query['after'] = null
  for (;;) {
    const query: Query = { filter: ALL, sort, select: null, skip: 0, take: 1, after }
    const [item] = await store.find(null, query)
    if (item === undefined) break
    seen.push(item.id)
    after = placeOf(item, keys, idOf)
  }
  expect(seen).toEqual(expected)
}

async function compare(
  store: Store<Doc, string>,
  docs: readonly Doc[],
  rawFilter: unknown,
  rawSort: unknown,
): Promise<void> {
  let filter: ReturnType<typeof parseFilter>
  try {
    filter = parseFilter(rawFilter)
  } catch (error) {
    // Random trees may mix conditions and operators at one place, which the parser refuses before any store sees it.
    if ((error as { code?: string }).code === 'INVALID_FILTER') return
    throw error
  }
  const sort = parseSort(rawSort)
  const keys = sort?.keys ?? []
  const expected = docs.filter(compileCondition(filter.condition)).sort(compareBy(keys, idOf))
  const query = { filter, sort, select: null, skip: 0, take: null, after: null }
  const told = `${JSON.stringify(rawFilter)} sorted by ${JSON.stringify(rawSort)}`
  const found = await store.find(null, query)
  expect(found.map(idOf), told).toEqual(expected.map(idOf))
  expect(found, told).toEqual(expected)
  expect(await store.count(null, filter), told).toBe(expected.length)
  if (expected.length < 2) return
  expect((await store.find(null, { ...query, skip: 1, take: 1 })).map(idOf), told).toEqual([
    idOf(expected[1]!),
  ])
  const place = placeOf(expected[0], keys, idOf)
  const rest = await store.find(null, { ...query, after: place })
  expect(rest.map(idOf), `after the first, ${told}`).toEqual(expected.slice(1).map(idOf))
  const middle = Math.floor(expected.length / 2)
  const page = await store.find(null, { ...query, after: placeOf(expected[middle - 1], keys, idOf), take: 2 })
  expect(page.map(idOf), `after the ${middle}th, ${told}`).toEqual(
    expected.slice(middle, middle + 2).map(idOf),
  )
}
