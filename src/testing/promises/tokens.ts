import assert from 'node:assert/strict'
import { TokenizedPagingParams } from '../../data/index.js'
import { idsOf, rejects } from '../expectations.js'
import type { Item, TestedPersistence } from '../Subject.js'
import type { Cases } from '../Suite.js'
import { DOCUMENTS } from './documents.js'

const TEN: readonly Item[] = Array.from({ length: 10 }, (_, n) => ({ id: `i${n}`, n, group: n % 3 }))

/** The ids of all pages, one after the other. `between` runs after each page but the last. */
async function walk(
  p: TestedPersistence,
  filter: unknown,
  take: number,
  sort: unknown,
  between: (page: number) => Promise<unknown> = async () => undefined,
): Promise<unknown[]> {
  const seen: unknown[] = []
  let token: string | null = null
  for (let page = 1; ; page++) {
    const next = await p.getPageByToken(null, filter, new TokenizedPagingParams(token, take), sort)
    seen.push(...idsOf(next.data))
    if (next.token === null) return seen
    assert.equal(next.data.length, take, 'only the last page may be shorter')
    assert.ok(page < 1000, 'the pages do not end')
    token = next.token
    await between(page)
  }
}

async function firstToken(p: TestedPersistence, filter: unknown, sort: unknown): Promise<string> {
  const { token } = await p.getPageByToken(null, filter, { take: 2 }, sort)
  assert.equal(typeof token, 'string')
  return token!
}

const after = (p: TestedPersistence, filter: unknown, token: unknown, sort: unknown) =>
  p.getPageByToken(null, filter, { token, take: 2 }, sort)

export const tokens: Cases = (test) => {
  for (const take of [1, 2, 3, 5, 9, 10, 11]) {
    test(`pages of ${take} hold every item once`, async (p) => {
      await p.createMany(null, TEN)
      assert.deepEqual(await walk(p, null, take, { group: 1 }), [
        'i0',
        'i3',
        'i6',
        'i9',
        'i1',
        'i4',
        'i7',
        'i2',
        'i5',
        'i8',
      ])
    })
  }

  test('without a sort pages go by id on every store', async (p) => {
    await p.createMany(null, [{ id: 'c' }, { id: '\u{1f600}' }, { id: 'B' }, { id: '\ue000' }, { id: 'a' }])
    assert.deepEqual(await walk(p, null, 2, null), ['B', 'a', 'c', '\ue000', '\u{1f600}'])
  })

  test('the token of the last page is null', async (p) => {
    await p.createMany(null, TEN)
    assert.equal((await p.getPageByToken(null, null, { take: 10 }, null)).token, null)
    assert.equal((await p.getPageByToken(null, null, { take: 11 }, null)).token, null)
    assert.notEqual((await p.getPageByToken(null, null, { take: 9 }, null)).token, null)
  })

  test('an empty store has one empty page', async (p) => {
    const page = await p.getPageByToken(null, null, null, null)
    assert.deepEqual([page.data, page.token, page.total], [[], null, null])
    await p.create(null, { id: 'a' })
    assert.deepEqual((await p.getPageByToken(null, null, null, null)).data, [{ id: 'a' }])
  })

  test('a filter goes with it', async (p) => {
    await p.createMany(null, TEN)
    assert.deepEqual(await walk(p, { group: { $ne: 0 } }, 2, { n: -1 }), ['i8', 'i7', 'i5', 'i4', 'i2', 'i1'])
  })

  test('take defaults to the maximum and is capped at it', { declare: { maxPageSize: 4 } }, async (p) => {
    await p.createMany(null, TEN)
    for (const paging of [null, {}, { take: null }, { take: 0 }, { take: 1000 }, new TokenizedPagingParams()])
      assert.equal((await p.getPageByToken(null, null, paging, null)).data.length, 4)
  })

  test('a negative take gives an empty page', async (p) => {
    await p.createMany(null, TEN)
    assert.deepEqual((await p.getPageByToken(null, null, { take: -1 }, null)).data, [])
    assert.equal((await p.getPageByToken(null, null, { take: 1 }, null)).data.length, 1)
  })

  test('total counts the matches of all pages, when asked for', async (p) => {
    await p.createMany(null, TEN)
    const filter = { group: 0 }
    const first = await p.getPageByToken(null, filter, new TokenizedPagingParams(null, 2, true), null)
    assert.equal(first.total, 4)
    const second = await p.getPageByToken(null, filter, new TokenizedPagingParams(first.token, 2, true), null)
    assert.equal(second.total, 4)
    assert.equal((await p.getPageByToken(null, filter, { take: 2 }, null)).total, null)
  })

  test('an empty token is the first page', async (p) => {
    await p.createMany(null, TEN)
    assert.deepEqual(idsOf((await after(p, null, '', null)).data), ['i0', 'i1'])
  })

  for (const [title, sort] of [
    ['ascending', { v: 1 }],
    ['descending', { v: -1 }],
    ['of two fields in two directions', { v: -1, id: -1 }],
  ] as const) {
    for (const take of [1, 7]) {
      test(`pages of ${take} over mixed types ${title} agree with the sorted list`, async (p) => {
        await p.createMany(null, [...DOCUMENTS].reverse())
        const list = await p.getListByFilter(null, null, sort)
        assert.equal(list.length, DOCUMENTS.length)
        assert.deepEqual(await walk(p, null, take, sort), idsOf(list))
      })
    }
  }

  test('pages over an index agree with the sorted list', {
    declare: { indexes: [{ fields: { v: 1 } }] },
  }, async (p) => {
    await p.createMany(null, [...DOCUMENTS].reverse())
    for (const sort of [{ v: 1 }, { v: -1 }]) {
      const list = await p.getListByFilter(null, null, sort)
      assert.equal(list.length, DOCUMENTS.length)
      assert.deepEqual(await walk(p, null, 3, sort), idsOf(list))
    }
  })

  test('pages by a date', { declare: { dateFields: ['when'] } }, async (p) => {
    await p.createMany(
      null,
      [3, 1, 2].map((n) => ({ id: `i${n}`, when: new Date(n * 1e12) })),
    )
    assert.deepEqual(await walk(p, null, 1, { when: 1 }), ['i1', 'i2', 'i3'])
  })

  test('items with the same sort fields go by id from page to page', async (p) => {
    await p.createMany(
      null,
      [5, 3, 9, 1, 7].map((n) => ({ id: `i${n}`, same: 'x' })),
    )
    assert.deepEqual(await walk(p, null, 2, { same: -1 }), ['i1', 'i3', 'i5', 'i7', 'i9'])
  })

  test('an item inserted behind the place is seen, one before it is not', async (p) => {
    await p.createMany(null, TEN)
    const seen = await walk(p, null, 5, { n: 1 }, (page) =>
      page === 1
        ? p.createMany(null, [
            { id: 'before', n: 0.5 },
            { id: 'behind', n: 6.5 },
          ])
        : Promise.resolve(),
    )
    assert.deepEqual(seen, ['i0', 'i1', 'i2', 'i3', 'i4', 'i5', 'i6', 'behind', 'i7', 'i8', 'i9'])
  })

  test('items that stay are seen once though others are deleted', async (p) => {
    await p.createMany(null, TEN)
    const seen = await walk(p, null, 2, { n: 1 }, (page) => p.deleteById(null, `i${page - 1}`))
    assert.deepEqual(seen, ['i0', 'i1', 'i2', 'i3', 'i4', 'i5', 'i6', 'i7', 'i8', 'i9'])
    assert.equal(await p.getCountByFilter(null, null), 6)
  })

  test('going on works though the item at the place was deleted', async (p) => {
    await p.createMany(null, TEN)
    const token = await firstToken(p, null, { n: 1 })
    await p.deleteByIds(null, ['i1', 'i2'])
    assert.deepEqual(idsOf((await after(p, null, token, { n: 1 })).data), ['i3', 'i4'])
  })

  test('an item that moves is seen once per position', async (p) => {
    await p.createMany(null, TEN)
    const seen = await walk(p, null, 5, { n: 1 }, () => p.updatePartially(null, 'i0', { n: 7.5 }))
    assert.deepEqual(seen, ['i0', 'i1', 'i2', 'i3', 'i4', 'i5', 'i6', 'i7', 'i0', 'i8', 'i9'])
  })

  test('a change of other fields does not show an item twice', async (p) => {
    await p.createMany(null, TEN)
    const seen = await walk(p, null, 3, { n: 1 }, async () => {
      for (const item of TEN) await p.updatePartially(null, item.id, { touched: true })
    })
    assert.deepEqual(seen, idsOf(TEN))
  })

  test('a token can be used twice', async (p) => {
    await p.createMany(null, TEN)
    const token = await firstToken(p, null, null)
    assert.deepEqual(idsOf((await after(p, null, token, null)).data), ['i2', 'i3'])
    assert.deepEqual(idsOf((await after(p, null, token, null)).data), ['i2', 'i3'])
  })

  test('a token may go with another take', async (p) => {
    await p.createMany(null, TEN)
    const token = await firstToken(p, null, null)
    const page = await p.getPageByToken(null, null, { token, take: 4 }, null)
    assert.deepEqual(idsOf(page.data), ['i2', 'i3', 'i4', 'i5'])
  })

  test('a token is valid over close and open', async (p, session) => {
    await p.createMany(null, TEN)
    const token = await firstToken(p, { n: { $gt: 2 } }, { n: -1 })
    const again = await session.reopened(p)
    assert.deepEqual(idsOf((await after(again, { n: { $gt: 2 } }, token, { n: -1 })).data), ['i7', 'i6'])
  })

  test('a token is of text that goes into a URL as it is', async (p) => {
    await p.createMany(null, [{ id: 'ä/+?&=' }, { id: 'ö' }, { id: 'ü' }])
    const token = await firstToken(p, null, null)
    assert.equal(encodeURIComponent(token), token)
  })

  for (const [what, filter, sort] of [
    ['another filter', { n: { $gt: 3 } }, { n: 1 }],
    ['no filter', null, { n: 1 }],
    ['another operand', { n: { $gte: 3 } }, { n: 1 }],
    ['another sort', { n: { $gte: 2 } }, { group: 1 }],
    ['the other direction', { n: { $gte: 2 } }, { n: -1 }],
    ['no sort', { n: { $gte: 2 } }, null],
    ['one more sort field', { n: { $gte: 2 } }, { n: 1, group: 1 }],
  ] as const) {
    test(`a token is refused with ${what}`, async (p) => {
      await p.createMany(null, TEN)
      const token = await firstToken(p, { n: { $gte: 2 } }, { n: 1 })
      await rejects(after(p, filter, token, sort), 'INVALID_TOKEN')
      assert.deepEqual(idsOf((await after(p, { n: { $gte: 2 } }, token, { n: 1 })).data), ['i4', 'i5'])
    })
  }

  test(
    'a token of another component is refused',
    { declare: { name: 'first_component' } },
    async (p, session) => {
      await p.createMany(null, TEN)
      const other = await session.another({ name: 'second_component' })
      await other.createMany(null, TEN)
      await rejects(after(other, null, await firstToken(p, null, null), null), 'INVALID_TOKEN')
    },
  )

  test('an altered token is refused', async (p) => {
    await p.createMany(null, TEN)
    const token = await firstToken(p, null, null)
    const middle = Math.floor(token.length / 2)
    const altered = [
      token.slice(1),
      token.slice(0, -1),
      `${token}A`,
      `A${token}`,
      token.slice(0, middle) + (token[middle] === 'A' ? 'B' : 'A') + token.slice(middle + 1),
      token.slice(0, 4),
      `${token} `,
    ]
    for (const text of altered) await rejects(after(p, null, text, null), 'INVALID_TOKEN')
  })

  for (const [what, token] of [
    ['any text', 'nonsense'],
    ['a number', 5],
    ['an object', { id: 'i3' }],
    ['JSON', '{"id":"i3"}'],
    ['a very long text', 'A'.repeat(100_000)],
  ] as const) {
    test(`${what} is refused as token`, async (p) => {
      await p.createMany(null, TEN)
      await rejects(after(p, null, token, null), 'INVALID_TOKEN')
    })
  }
}
