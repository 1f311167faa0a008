import fc from 'fast-check'
import { expect, test } from 'vitest'
import { MemoryPersistence } from '../../src/index.js'

/** Whatever key extractors give, there is one order: lists are sorted, and pages neither overlap nor skip. */

interface Row {
  n: number
  key: unknown
}

async function filled(keys: readonly unknown[]): Promise<MemoryPersistence<Row>> {
  const rows = new MemoryPersistence<Row>()
  await rows.createMany(
    null,
    keys.map((key, n) => ({ n, key })),
  )
  return rows
}

const byKey = (row: Row) => row.key

/** All items in pages of that size. */
async function paged(rows: MemoryPersistence<Row>, take: number): Promise<number[]> {
  const seen: number[] = []
  for (;;) {
    const { data } = await rows.getPageByFilter(null, null, { skip: seen.length, take }, byKey)
    if (data.length === 0) return seen
    seen.push(...data.map(({ n }) => n))
  }
}

const KEYS = fc.constantFrom<unknown>(
  undefined,
  null,
  Number.NaN,
  -0,
  0,
  1,
  7.5,
  Number.POSITIVE_INFINITY,
  5n,
  '',
  '10',
  '9',
  'a',
  '\uffff',
  '\u{1f600}',
  true,
  false,
  new Date(0),
  new Date(Number.NaN),
  [2, 1],
  { a: 1 },
)

test('pages by any keys are the list, in an order that stands whatever else is there', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(KEYS, { maxLength: 40 }),
      fc.integer({ min: 1, max: 9 }),
      async (keys, take) => {
        const rows = await filled(keys)
        const list = (await rows.getListByFilter(null, null, byKey)).map(({ n }) => n)
        expect(await paged(rows, take)).toEqual(list)
        // Any two of them stand as they would alone.
        for (let i = 1; i < list.length; i++) {
          const [a, b] = [list[i - 1]!, list[i]!].sort((x, y) => x - y) as [number, number]
          const alone = (await (await filled([keys[a], keys[b]])).getListByFilter(null, null, byKey)).map(
            ({ n }) => n,
          )
          expect(alone[0] === 0 ? [a, b] : [b, a]).toEqual([list[i - 1], list[i]])
        }
      },
    ),
    { numRuns: 100 },
  )
})

test('missing first, then false, true, numbers, text and Dates, the rest as `<` takes it', async () => {
  const sorted = [
    undefined,
    null,
    new Date(Number.NaN),
    false,
    true,
    Number.NaN,
    -1,
    2n,
    2.5,
    10,
    '10',
    '1970-01-01T00:00:00.000Z',
    new Date(1),
    [2, 1],
    '9',
    'a',
    { a: 1 },
  ]
  const rows = await filled(sorted.map((_, i) => sorted[(i * 5 + 3) % sorted.length]))
  const keys = (await rows.getListByFilter(null, null, byKey)).map(({ key }) => key)
  // The first three are equal, and stand as they were inserted.
  expect(keys.slice(3)).toEqual([
    false,
    true,
    Number.NaN,
    -1,
    2n,
    2.5,
    10,
    '10',
    '1970-01-01T00:00:00.000Z',
    new Date(1),
    [2, 1],
    '9',
    { a: 1 },
    'a',
  ])
})
