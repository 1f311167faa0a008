import assert from 'node:assert/strict'
import { holds, stored } from '../expectations.js'
import type { Item, TestedPersistence } from '../Subject.js'
import type { Cases } from '../Suite.js'

function nest(depth: number): unknown {
  let value: unknown = 'bottom'
  for (let i = 0; i < depth; i++) value = i % 2 === 0 ? { in: value } : [value]
  return value
}

/** Values that every store keeps exactly. */
const KEPT: readonly (readonly [what: string, value: unknown])[] = [
  ['the empty text', ''],
  ['blanks at both ends', '  a  '],
  ['quotes, backslashes and line breaks', `'"\`\\\n\r\t`],
  ['control characters', '\u0001\u001f\u007f\u0085'],
  ['line and paragraph separators', '\u2028\u2029'],
  ['a byte order mark', '\ufeffa'],
  ['decomposed letters', 'e\u0301'],
  ['letters outside the basic plane', '\u{1f600}\u{10ffff}'],
  ['noncharacters', '\ufffe\uffff'],
  ['text that looks like JSON', '{"a":[1,null]}'],
  ['text that looks like SQL', "'); DROP TABLE items; --"],
  ['text that looks like a date', '2024-01-02T03:04:05.678Z'],
  ['a text of 100,000 letters', 'ä'.repeat(100_000)],
  ['0', 0],
  ['a negative integer', -42],
  ['the largest and smallest safe integers', [9007199254740991, -9007199254740991]],
  ['integers beyond the safe ones', [9007199254740992, 123456789012345680000, 1e21]],
  ['fractions', [0.1, 0.2, 0.1 + 0.2, 1 / 3]],
  ['the largest and the smallest double', [1.7976931348623157e308, 5e-324, 2.2250738585072014e-308]],
  ['true and false', [true, false]],
  ['null', null],
  ['an empty object', {}],
  ['an empty array', []],
  ['nested empty containers', { a: {}, b: [], c: [[], {}] }],
  ['an array with null', [null, null]],
  ['an array of mixed types', [1, '1', true, null, [1], { a: 1 }]],
  ['an array of 10,000 numbers', Array.from({ length: 10_000 }, (_, n) => n)],
  ['a hundred levels of nesting', nest(100)],
]

const KEYS: readonly (readonly [what: string, key: string])[] = [
  ['the empty name', ''],
  ['a dot', 'a.b'],
  ['a dollar sign', '$set'],
  ['a blank', 'a b'],
  ['quotes', `'"\``],
  ['a backslash', 'a\\b'],
  ['a line break', 'a\nb'],
  ['digits', '0'],
  ['an accent', 'größe'],
  ['an emoji', '\u{1f600}'],
  ['the name of a method', 'toString'],
  ['the name of the constructor', 'constructor'],
  ['the name length', 'length'],
  ['a hundred letters', 'x'.repeat(100)],
]

const WRITES: Readonly<Record<string, (p: TestedPersistence, item: Item) => Promise<unknown>>> = {
  create: (p, item) => p.create(null, item),
  createMany: (p, item) => p.createMany(null, [item]),
  set: (p, item) => p.set(null, item),
  update: async (p, item) => (await p.create(null, { id: item.id })) && p.update(null, item),
  updatePartially: async (p, item) => {
    await p.create(null, { id: item.id })
    const { id, ...data } = item
    return p.updatePartially(null, id, data)
  },
}

export const values: Cases = (test) => {
  for (const [what, value] of KEPT) {
    test(`keeps ${what}`, async (p, session) => {
      const items = Object.entries(WRITES).map(([name, write], i) => ({
        item: { id: `i${i} ${name}`, value },
        write,
      }))
      for (const { item, write } of items) {
        await write(p, item)
        assert.deepEqual(await p.getOneById(null, item.id), item)
      }
      const again = await session.reopened(p)
      await holds(
        again,
        items.map(({ item }) => item),
      )
    })
  }

  for (const [what, key] of KEYS) {
    test(`keeps a field whose name is or has ${what}`, async (p, session) => {
      const item = { id: 'a', [key]: 1, nested: { [key]: [{ [key]: 2 }] } }
      await p.create(null, item)
      assert.deepEqual(await p.getOneById(null, 'a'), item)
      await p.updatePartially(null, 'a', { [key]: 3 })
      const again = await session.reopened(p)
      await holds(again, [{ ...item, [key]: 3 }])
    })
  }

  test('keeps a field named __proto__ as data', async (p) => {
    await p.create(null, JSON.parse('{"id":"a","nested":{"__proto__":{"polluted":1}}}') as Item)
    const item = await p.getOneById(null, 'a')
    assert.equal(JSON.stringify(item!.nested), '{"__proto__":{"polluted":1}}')
    assert.equal(({} as Item).polluted, undefined)
    assert.equal(item!.nested.polluted, undefined)
  })

  test('keeps a large item', async (p, session) => {
    const item = { id: 'a', rows: Array.from({ length: 5000 }, (_, n) => ({ n, text: `${n}`.repeat(40) })) }
    await p.create(null, item)
    const again = await session.reopened(p)
    await holds(again, [item])
  })

  test('keeps an item of a thousand fields', async (p) => {
    const item: Item = { id: 'a' }
    for (let n = 0; n < 1000; n++) item[`field ${n}`] = n
    await p.create(null, item)
    await holds(p, [item])
  })

  const json = { values: ['json', 'portable'] } as const
  test('undefined fields are not stored', { needs: json }, async (p, session) => {
    const created = await p.create(null, { id: 'a', gone: undefined, nested: { gone: undefined, n: 1 } })
    assert.equal(Object.hasOwn(created, 'gone'), false)
    await p.set(null, { id: 'b', gone: undefined })
    await p.update(null, { id: 'b', gone: undefined, n: 1 })
    const expected = [
      { id: 'a', nested: { n: 1 } },
      { id: 'b', n: 1 },
    ]
    assert.deepEqual(await stored(p), expected)
    assert.equal(await p.getCountByFilter(null, { gone: { $exists: true } }), 0)
    await holds(await session.reopened(p), expected)
  })

  test('-0 is stored as 0', { needs: json }, async (p) => {
    await p.create(null, { id: 'a', n: -0, all: [-0], nested: { n: -0 } })
    await p.updatePartially(null, 'a', { more: -0 })
    const item = await p.getOneById(null, 'a')
    for (const n of [item!.n, item!.all[0], item!.nested.n, item!.more]) assert.ok(Object.is(n, 0))
  })

  test('an instance of a class becomes a plain object', { needs: { values: 'portable' } }, async (p) => {
    class Point {
      constructor(readonly x: number) {}
    }
    const created = await p.create(null, { id: 'a', at: new Point(1) })
    assert.equal(Object.getPrototypeOf(created.at), Object.prototype)
    await holds(p, [{ id: 'a', at: { x: 1 } }])
  })

  const structural = { values: 'structural' } as const
  for (const [what, value] of [
    ['a Date in any field', new Date(1000)],
    ['a Map', new Map<unknown, unknown>([['a', [1]]])],
    ['a Set', new Set([1, 'a'])],
    ['a regular expression', /a+/gi],
    ['bytes', new Uint8Array([1, 2, 255])],
    ['NaN and the infinities', [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]],
    ['a bigint', 12345678901234567890n],
    ['undefined in an array', [undefined, 1]],
  ] as const) {
    test(`keeps ${what}`, { needs: structural }, async (p) => {
      await p.create(null, { id: 'a', value })
      await p.create(null, { id: 'b' })
      await p.updatePartially(null, 'b', { value })
      await holds(p, [
        { id: 'a', value },
        { id: 'b', value },
      ])
    })
  }

  test('keeps a cycle', { needs: structural }, async (p) => {
    const item: Item = { id: 'a', n: 1 }
    item.self = item
    await p.create(null, item)
    const copy = await p.getOneById(null, 'a')
    assert.notEqual(copy, item)
    assert.equal(copy!.self.self.n, 1)
  })
}
