import { describe, expect, test } from 'vitest'
import { IdentifiableMemoryPersistence } from '../../src/index.js'

/**
 * Predicates and key extractors that write to the component that calls them. What they wrote may be seen or missed; all
 * else comes out as if they had not.
 */

interface Row {
  id: string
  n: number
  k?: number
}

class Rows extends IdentifiableMemoryPersistence<Row, string> {
  constructor(indexed = false) {
    super()
    if (indexed) this.ensureIndex({ k: 1 })
  }

  get items(): readonly Row[] {
    return this._items
  }
}

async function filled(size: number, indexed = false): Promise<Rows> {
  const rows = new Rows(indexed)
  await rows.createMany(
    null,
    Array.from({ length: size }, (_, n) => ({ id: String(n), n, k: n % 7 })),
  )
  return rows
}

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i)

/** A predicate that deletes all rows but 60 to 99 when it meets row `at`, and is true of 60 to 69. */
function deleting(rows: Rows, at = 299) {
  return ({ n }: Row) => {
    if (n === at) for (const i of range(0, 300)) if (i < 60 || i >= 100) void rows.deleteById(null, String(i))
    return n >= 60 && n < 70
  }
}

/** What is there, found in each way. */
async function expectRows(rows: Rows, expected: number[]): Promise<void> {
  const numbers = (list: readonly Row[]) => list.map(({ n }) => n).sort((a, b) => a - b)
  expect(numbers(await rows.getListByFilter(null, null))).toEqual(expected)
  expect(numbers(await rows.getListByFilter(null, { k: { $gte: 0 } }))).toEqual(expected)
  expect(numbers(rows.items)).toEqual(expected)
  for (const n of expected) expect((await rows.getOneById(null, String(n)))?.n).toBe(n)
  expect(await rows.getCountByFilter(null, null)).toBe(expected.length)
}

describe.each([
  ['with an index', true],
  ['without one', false],
])('%s, a predicate that deletes', (_, indexed) => {
  test.each([0, 65, 150, 299])('in deleteByFilter, at row %i', async (at) => {
    const rows = await filled(300, indexed)
    await rows.deleteByFilter(null, deleting(rows, at))
    await expectRows(rows, range(70, 100))
  })

  test('and reads _items in deleteByFilter', async () => {
    const rows = await filled(300, indexed)
    const predicate = deleting(rows)
    await rows.deleteByFilter(null, (row) => [predicate(row), rows.items][0])
    await expectRows(rows, range(70, 100))
  })

  test.each([
    ['no sort', null],
    ['a sort', { n: 1 }],
    ['a sort by the field of the index', { k: 1, n: 1 }],
    ['that field alone', { k: 1 }],
    ['ids', { id: 1 }],
    ['a key extractor', (row: Row) => row.n],
  ] as const)('in reads by %s', async (__, sort) => {
    for (const at of [0, 65, 150, 299]) {
      const rows = await filled(300, indexed)
      const list = await rows.getListByFilter(null, deleting(rows, at), sort as { n: 1 })
      expect(list.map(({ n }) => n).sort()).toEqual(range(60, 70))
      await expectRows(rows, range(60, 100))
    }
  })

  test('in pages by token, counts and random picks', async () => {
    for (const at of [0, 65, 299]) {
      let rows = await filled(300, indexed)
      const page = await rows.getPageByToken(null, deleting(rows, at), { take: 100 }, { k: 1 })
      expect(page.data.map(({ n }) => n).sort()).toEqual(range(60, 70))
      rows = await filled(300, indexed)
      expect(await rows.getCountByFilter(null, deleting(rows, at))).toBe(10)
      rows = await filled(300, indexed)
      const { n } = (await rows.getOneRandom(null, deleting(rows, at)))!
      expect(n >= 60 && n < 70).toBe(true)
      await expectRows(rows, range(60, 100))
    }
  })
})

test('an item that a predicate or a key extractor deletes is there or not, and never empty', async () => {
  for (const sort of [null, { n: 1 }, (row: Row) => row.n] as const) {
    const rows = await filled(2)
    const predicate = ({ id }: Row) => {
      if (id === '0') void rows.deleteById(null, '0')
      return true
    }
    const ids = (await rows.getListByFilter(null, predicate, sort)).map(({ id }) => id)
    expect([['1'], ['0', '1']]).toContainEqual(ids)
  }
  const rows = await filled(3)
  const extractor = (row: Row) => {
    void rows.deleteById(null, '0')
    void rows.deleteById(null, '2')
    return -row.n
  }
  const ids = (await rows.getListByFilter(null, null, extractor)).map(({ id }) => id)
  expect(ids).toEqual(['1', '0'])
})

test('a predicate that clears the component, or fills it again, ends with its own items', async () => {
  for (const sort of [null, { n: 1 }, { k: 1 }] as const) {
    const rows = await filled(300, true)
    const found = await rows.getListByFilter(
      null,
      ({ n }) => {
        if (n === 150) {
          void rows.clear(null)
          for (const i of range(300, 400)) void rows.create(null, { id: String(i), n: i, k: 1 })
        }
        return n < 100
      },
      sort,
    )
    for (const { id, n } of found) expect([id, n < 100]).toEqual([String(n), true])
    await expectRows(rows, range(300, 400))
  }
  const rows = await filled(300)
  await rows.deleteByFilter(null, ({ n }) => {
    if (n === 299) {
      void rows.clear(null)
      for (const i of range(300, 400)) void rows.create(null, { id: String(i), n: i, k: 1 })
    }
    return n < 100
  })
  await expectRows(rows, range(300, 400))
})

test('a predicate that adds an item for each that it sees comes to an end', async () => {
  for (const sort of [null, { n: 1 }, { k: 1 }] as const) {
    const rows = await filled(300, true)
    let next = 300
    const predicate = () => {
      void rows.create(null, { id: String(next), n: next++, k: 9 })
      return true
    }
    expect((await rows.getListByFilter(null, predicate, sort)).length).toBeGreaterThanOrEqual(300)
    expect(await rows.getCountByFilter(null, null)).toBe(next)
  }
})

test('places are given back when the query is over, and when its predicate throws', async () => {
  const rows = await filled(300, true)
  const throwing = (row: Row) => {
    deleting(rows, 150)(row)
    if (row.n === 200) throw new Error('no')
    return false
  }
  await rows.getListByFilter(null, throwing).catch(() => {})
  await rows.deleteByFilter(null, { n: { $gte: 60 } })
  await expectRows(rows, [])
  await rows.create(null, { id: 'x', n: 1, k: 1 })
  expect((await rows.getListByFilter(null, () => true, { k: 1 })).map(({ id }) => id)).toEqual(['x'])
})

test.each([1, -1] as const)(
  'a predicate that moves or adds items ahead of its walk sees each of the others once',
  async (way) => {
    for (const write of ['add', 'move'] as const) {
      const rows = await filled(300)
      rows.ensureIndex({ n: 1 })
      const seen: string[] = []
      const predicate = ({ id, n }: Row) => {
        // Whatever is ahead of the walk next: a walk along the index alone would go on for ever.
        if (seen.length > 1000) throw new Error('It does not come to an end.')
        seen.push(id)
        if (write === 'add') void rows.create(null, { id: `new${seen.length}`, n: n + way / 2 })
        else void rows.set(null, { id, n: n + 1000 * way })
        return true
      }
      await rows.getListByFilter(null, predicate, { n: way })
      expect(seen.filter((id) => !id.startsWith('new'))).toHaveLength(300)
      expect(new Set(seen).size).toBe(seen.length)
    }
  },
)
