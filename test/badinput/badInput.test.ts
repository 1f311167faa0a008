import { writeFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { PagingParams, ProjectionParams, TokenizedPagingParams } from '../../src/data/index.js'
import { FilePersistence } from '../../src/file/FilePersistence.js'
import { JsonFilePersister } from '../../src/file/JsonFilePersister.js'
import { MemoryPersistence } from '../../src/memory/MemoryPersistence.js'
import { type Any, KINDS, openFile, pathOf, useSubjects } from './subjects.js'

useSubjects()

const INVALID_ITEM = { code: 'INVALID_ITEM', status: 400 }
const INVALID_FILTER = { code: 'INVALID_FILTER', status: 400 }

describe.each(KINDS)('items that are none, in %s', (_name, kind) => {
  test.each(
    (
      [null, undefined, 5, 'text', true, 5n, Symbol('s'), [], [{ id: '1' }], () => ({ id: '1' })] as Any[]
    ).map((item) => [String(item), item]),
  )('%s is INVALID_ITEM on every write, and nothing is stored', async (_text, item) => {
    const store = await kind.open()
    await store.create(null, { id: 'kept' })
    for (const write of [
      () => store.create(null, item),
      () => store.createMany(null, [{ id: 'first' }, item]),
      () => store.set(null, item),
      () => store.update(null, item),
      () => store.updatePartially(null, 'kept', item as Any),
    ])
      await expect(write()).rejects.toMatchObject(INVALID_ITEM)
    const again = await kind.reopen(store)
    expect(await again.getListByFilter(null, null)).toEqual([{ id: 'kept' }])
  })

  test('lists that are none are a TypeError', async () => {
    const store = await kind.open()
    for (const list of [null, undefined, {}, 'abc', 5] as Any[]) {
      for (const call of [
        () => store.createMany(null, list),
        () => store.deleteByIds(null, list),
        () => store.getListByIds(null, list),
      ])
        await expect(call()).rejects.toBeInstanceOf(TypeError)
    }
  })
})

describe('items without ids', () => {
  test('a file refuses what has no fields', async () => {
    const store = new FilePersistence<Any>(new JsonFilePersister(pathOf('data.json')))
    await store.open(null)
    for (const item of [new Date(0), new Map([['a', 1]]), Promise.resolve({ a: 1 })])
      await expect(store.create(null, item)).rejects.toMatchObject(INVALID_ITEM)
    await store.close(null)
    await store.open(null)
    expect(await store.getListByFilter(null, null)).toEqual([])
    await store.close(null)
  })

  test('memory keeps what a copy keeps', async () => {
    const store = new MemoryPersistence<Any>()
    const items = [new Date(0), new Map([['a', 1]])]
    await store.createMany(null, items)
    expect(await store.getListByFilter(null, null)).toEqual(items)
  })
})

describe.each(KINDS)('ids, in %s', (_name, kind) => {
  const STRANGE = [
    '..',
    '../../etc/passwd',
    '/',
    'a/b\\c',
    '\0',
    'a\0b',
    'x'.repeat(10_240),
    '\ud800',
    'a\udfffb',
    '__proto__',
    'constructor',
    'prototype',
    'toString',
    'hasOwnProperty',
    'null',
    'undefined',
    '0',
    'NaN',
    ' ',
    '\n',
    '"',
    '}{,[]',
    '$eq',
    'a.b',
    '\u{1f600}',
    'é',
    'e\u0301',
    0,
    -1,
    1.5,
    1e300,
    2 ** 53,
    false,
    true,
  ]

  test('every one that is not empty is an id like any other', async () => {
    let store = await kind.open()
    store.ensureIndex({ n: 1 })
    for (const [n, id] of STRANGE.entries()) expect((await store.create(null, { id, n })).id).toBe(id)
    store = await kind.reopen(store)
    for (const [n, id] of STRANGE.entries()) {
      expect(await store.getOneById(null, id)).toEqual({ id, n })
      expect(await store.getListByFilter(null, { id })).toEqual([{ id, n }])
      expect((await store.updatePartially(null, id, { n: n + 100 })) as Any).toEqual({ id, n: n + 100 })
      await expect(store.create(null, { id })).rejects.toMatchObject({ code: 'DUPLICATE_ID' })
    }
    expect((await store.getListByIds(null, [...STRANGE].reverse())).map((each) => each.id)).toEqual(STRANGE)
    const seen: unknown[] = []
    let token: string | null = null
    do {
      const page: Any = await store.getPageByToken(null, null, new TokenizedPagingParams(token, 5))
      seen.push(...page.data.map((each: Any) => each.id))
      token = page.token
      expect(seen.length).toBeLessThan(100)
    } while (token !== null)
    expect(new Set(seen)).toEqual(new Set(STRANGE))
    expect(seen).toHaveLength(STRANGE.length)
    for (const id of STRANGE) expect((await store.deleteById(null, id))?.id).toBe(id)
    expect(await store.getCountByFilter(null, null)).toBe(0)
  })

  test.each([null, undefined, ''])('%j is replaced by a generated one', async (id) => {
    const store = await kind.open()
    for (const write of [store.create(null, { id }), store.set(null, { id })])
      expect((await write).id).toMatch(/^[0-9a-f]{32}$/)
    expect(await store.update(null, { id })).toBeNull()
    for (const call of [
      store.getOneById(null, id),
      store.deleteById(null, id),
      store.updatePartially(null, id, {}),
    ])
      expect(await call).toBeNull()
    expect(await store.getCountByFilter(null, null)).toBe(2)
  })

  test('an id that is no scalar, or equals nothing, is INVALID_ITEM; looking for it finds nothing', async () => {
    const store = await kind.open()
    for (const id of [
      Number.NaN,
      Infinity,
      -Infinity,
      {},
      [],
      ['1'],
      new Date(0),
      new Map(),
      Symbol('s'),
      5n,
      () => 1,
    ] as Any[]) {
      await expect(store.create(null, { id })).rejects.toMatchObject(INVALID_ITEM)
      await expect(store.set(null, { id })).rejects.toMatchObject(INVALID_ITEM)
      expect(await store.getOneById(null, id)).toBeNull()
      expect(await store.deleteById(null, id)).toBeNull()
    }
    expect(await store.getCountByFilter(null, null)).toBe(0)
  })

  test('-0 is 0', async () => {
    let store = await kind.open()
    const made = await store.create(null, { id: -0 })
    expect(Object.is(made.id, 0)).toBe(true)
    await expect(store.create(null, { id: 0 })).rejects.toMatchObject({ code: 'DUPLICATE_ID' })
    store = await kind.reopen(store)
    expect(await store.getOneById(null, -0)).toEqual({ id: 0 })
  })

  test('an id that a class computes is refused with a code, or kept', async () => {
    let store = await kind.open()
    await store.create(null, { id: 'kept' })
    class Computed {
      key = 'k'
      get id(): string {
        return this.key
      }
    }
    for (const write of [() => store.create(null, new Computed()), () => store.set(null, new Computed())]) {
      const outcome = await write().then(
        (made) => made.id,
        (error) => error.code,
      )
      expect(['k', 'INVALID_ITEM', 'DUPLICATE_ID']).toContain(outcome)
    }
    store = await kind.reopen(store)
    expect(await store.getOneById(null, 'kept')).toEqual({ id: 'kept' })
  })
})

describe.each(KINDS)('values, in %s', (_name, kind) => {
  const cycle: Any = { id: 'cycle' }
  cycle.self = cycle
  let deep: Any = {}
  for (let i = 0; i < 20_000; i++) deep = { deep }
  const ALTERED: [string, unknown][] = [
    ['NaN', Number.NaN],
    ['Infinity', Infinity],
    ['bigint', 5n],
    ['function', () => 1],
    ['symbol', Symbol('s')],
    ['Map', new Map([[1, 2]])],
    ['Set', new Set([1])],
    ['undefined in an array', [1, undefined]],
    ['a hole in an array', new Array(2)],
    ['cycle', cycle],
    ['invalid Date', new Date(Number.NaN)],
    ['RegExp', /a/],
    ['bytes', new Uint8Array(2)],
    ['toJSON of its own', { toJSON: () => 1 }],
  ]

  test.each(ALTERED)('%s: a file refuses it, naming the path, and memory keeps it', async (_what, value) => {
    let store = await kind.open()
    await store.create(null, { id: 'kept' })
    for (const [item, path] of [
      [{ id: '1', value }, 'value'],
      [{ id: '1', a: { b: [value] } }, 'a.b[0]'],
    ] as const) {
      if (kind.file) {
        const error: Any = await store.create(null, item).then(
          () => null,
          (thrown) => thrown,
        )
        expect(error).toMatchObject(INVALID_ITEM)
        expect(error.details.path.startsWith(path)).toBe(true)
        await expect(
          store.updatePartially(null, 'kept', item.value === undefined ? { a: item } : { value }),
        ).rejects.toMatchObject(INVALID_ITEM)
        await expect(store.createMany(null, [{ id: '2' }, item])).rejects.toMatchObject(INVALID_ITEM)
      } else {
        await store.set(null, item)
        expect(await store.getOneById(null, '1')).toEqual(item)
      }
    }
    store = await kind.reopen(store)
    expect(await store.getOneById(null, 'kept')).toEqual({ id: 'kept' })
    if (kind.file) expect(await store.getCountByFilter(null, null)).toBe(1)
  })

  test('nesting without end is INVALID_ITEM, not a broken stack', async () => {
    const store = await kind.open()
    await expect(store.create(null, { id: '1', deep })).rejects.toMatchObject(INVALID_ITEM)
    expect(await store.getCountByFilter(null, null)).toBe(0)
  })

  test('a write that was refused does not spoil the next one (D5)', async () => {
    let store = await kind.open()
    await store.create(null, { id: '1', deep }).catch(() => null)
    await store.create(null, { id: '2' })
    store = await kind.reopen(store)
    expect(await store.getListByFilter(null, null)).toEqual([{ id: '2' }])
  })

  test('getters are read once, and one that throws stores nothing', async () => {
    let store = await kind.open()
    let reads = 0
    await store.create(null, {
      id: '1',
      get n() {
        return ++reads
      },
    })
    const bad = {
      id: '2',
      get n(): number {
        throw new Error('no')
      },
    }
    await expect(store.create(null, bad)).rejects.toThrow('no')
    store = await kind.reopen(store)
    expect([reads, await store.getListByFilter(null, null)]).toEqual([1, [{ id: '1', n: 1 }]])
  })

  test('fields named like what every object has are fields', async () => {
    let store = await kind.open()
    const text =
      '{"id":"1","__proto__":{"polluted":true},"constructor":1,"prototype":{"x":1},"toString":"t","hasOwnProperty":null,"length":5}'
    await store.create(null, JSON.parse(text))
    await store.updatePartially(null, '1', JSON.parse('{"nested":{"__proto__":{"polluted":true}}}'))
    await store.set(null, JSON.parse('{"id":"__proto__","__proto__":null}'))
    store = await kind.reopen(store)
    const got = await store.getOneById(null, '1')
    expect(Object.keys(got)).toEqual(Object.keys(JSON.parse(text)).concat('nested'))
    expect(Object.getOwnPropertyDescriptor(got, '__proto__')?.value).toEqual({ polluted: true })
    expect(got.polluted).toBeUndefined()
    expect(got.nested.polluted).toBeUndefined()
    expect(({} as Any).polluted).toBeUndefined()
    expect((await store.getOneById(null, '__proto__')).id).toBe('__proto__')
  })

  test('data that replaces the prototype of an item does not', async () => {
    const store = await kind.open()
    await store.create(null, { id: '1' })
    const merged: Any = await store.updatePartially(null, '1', JSON.parse('{"__proto__":{"admin":true}}'))
    expect(merged.admin).toBeUndefined()
    expect(Object.getPrototypeOf(merged)).toBe(Object.prototype)
    expect((await store.getOneById(null, '1')).admin).toBeUndefined()
  })
})

describe.each(KINDS)('pages, in %s', (_name, kind) => {
  test('numbers that are no whole ones are INVALID_PAGING', async () => {
    const store = await kind.open()
    await store.create(null, { id: '1' })
    for (const bad of [Number.NaN, Infinity, -Infinity, 0.5, '5', {}, [], true, 5n] as Any[]) {
      for (const paging of [
        new PagingParams(bad, 1),
        new PagingParams(0, bad),
        { skip: bad },
        { take: bad },
      ]) {
        const given = paging as Any
        // PagingParams reads texts and booleans as the original does.
        if (
          given instanceof PagingParams &&
          typeof given.skip === 'number' &&
          Number.isInteger(given.skip) &&
          (given.take === null || Number.isInteger(given.take))
        )
          continue
        await expect(store.getPageByFilter(null, null, given)).rejects.toMatchObject({
          code: 'INVALID_PAGING',
        })
      }
      await expect(store.getPageByToken(null, null, { take: bad } as Any)).rejects.toMatchObject({
        code: 'INVALID_PAGING',
      })
    }
  })

  test('negative and huge ones are the nearest page there is', async () => {
    const store = await kind.open()
    await store.createMany(
      null,
      Array.from({ length: 120 }, (_, id) => ({ id })),
    )
    const page = async (skip: number | null, take: number | null) =>
      (await store.getPageByFilter(null, null, new PagingParams(skip, take))).data.map((each) => each.id)
    expect(await page(-5, 2)).toEqual([0, 1])
    expect(await page(118, 1e15)).toEqual([118, 119])
    expect(await page(1e300, 5)).toEqual([])
    expect(await page(Number.MAX_SAFE_INTEGER, null)).toEqual([])
    expect(await page(0, -1)).toEqual([])
    expect(await page(null, 0)).toHaveLength(100)
    expect(await page(null, 1e300)).toHaveLength(100)
  })

  test.each([5, 'page', true, [1, 2], { limit: 5 }, { skip: 1, tkae: 2 }, new Date()])(
    '%j is no page',
    async (paging) => {
      const store = await kind.open()
      await expect(store.getPageByFilter(null, null, paging as Any)).rejects.toMatchObject({
        code: 'INVALID_PAGING',
      })
    },
  )
})

describe.each(KINDS)('filters, sorts and projections, in %s', (_name, kind) => {
  const FILTERS: Any[] = [
    { $where: 'return true' },
    { $expr: {} },
    { a: { $regex: '.*' } },
    { a: { $gt: null } },
    { a: { $gt: true } },
    { a: [1] },
    { a: { b: 1 } },
    { $and: [] },
    { $or: {} },
    { a: { $in: 5 } },
    { a: { $in: [undefined] } },
    { a: { $in: [[1]] } },
    { a: Number.NaN },
    { a: 5n },
    { a: () => true },
    { __proto__x: 1, ['__proto__']: 1 },
    { 'constructor.name': 'x' },
    { 'a.__proto__.b': 1 },
    { prototype: 1 },
    { 'a..b': 1 },
    { '': 1 },
    { $a: 1 },
    { 'a.$b': 1 },
    { "a'b": 1 },
    { 'a\\b': 1 },
    { 'a\0': 1 },
    { 'a.b.c.d.e.f.g.h.i': 1 },
    JSON.parse('{"__proto__":{"a":1}}'),
    JSON.parse('{"$and":[{"constructor":{"prototype":1}}]}'),
    5,
    'a = 1',
    true,
    [],
    [{ a: 1 }],
  ]

  test.each(FILTERS.map((filter, i) => [i, filter] as const))(
    'filter %i is INVALID_FILTER and deletes nothing',
    async (_i, filter) => {
      const store = await kind.open()
      await store.createMany(null, [{ id: '1', a: 1 }, { id: '2' }])
      for (const call of [
        () => store.getListByFilter(null, filter),
        () => store.getPageByFilter(null, filter),
        () => store.getPageByToken(null, filter),
        () => store.getCountByFilter(null, filter),
        () => store.getOneRandom(null, filter),
        () => store.explain(null, filter),
        () => store.deleteByFilter(null, filter),
      ])
        await expect(call()).rejects.toMatchObject(INVALID_FILTER)
      expect(await store.getCountByFilter(null, null)).toBe(2)
    },
  )

  test('an undefined condition deletes nothing: EMPTY_FILTER', async () => {
    const store = await kind.open()
    await store.create(null, { id: '1', a: 1 })
    for (const filter of [
      undefined,
      { a: undefined },
      { a: 1, b: undefined },
      { a: { $gt: undefined } },
      { $or: [{ a: 1 }, { b: undefined }] },
      { $and: [{ a: undefined }] },
    ] as Any[])
      await expect(store.deleteByFilter(null, filter)).rejects.toMatchObject({ code: 'EMPTY_FILTER' })
    expect(await store.getCountByFilter(null, null)).toBe(1)
  })

  test.each(
    (
      [
        { a: 2 },
        { a: 'asc' },
        { a: true },
        { __proto__x: 1, constructor: 1 },
        { 'a..b': 1 },
        { $a: 1 },
        5,
        'a',
        [5],
        [{ name: 5 }],
        [null],
        (a: Any, b: Any) => a - b,
      ] as Any[]
    ).map((sort) => [JSON.stringify(sort) ?? 'a comparator', sort] as const),
  )('sort %s is INVALID_SORT', async (_text, sort) => {
    const store = await kind.open()
    await expect(store.getListByFilter(null, null, sort as Any)).rejects.toMatchObject({
      code: 'INVALID_SORT',
    })
  })

  test.each([
    ['__proto__'],
    ['a.constructor'],
    ['a('],
    ['a,b'],
    [''],
    ['a..b'],
    [5],
    [null],
    'a(b',
    'a',
    { a: 1 },
    5,
  ])('projection %j is INVALID_PROJECTION', async (select) => {
    const store = await kind.open()
    const outcome = await store.getPageByFilter(null, null, null, null, select as Any).then(
      () => 'fine',
      (error) => error.code,
    )
    expect(['INVALID_PROJECTION']).toContain(outcome)
  })

  test('projections that are not balanced take no more than they name', async () => {
    const store = await kind.open()
    await store.create(null, { id: '1', a: { b: 1, c: 2 }, d: 3 })
    for (const text of ['a(b', 'a(b))', '((', ')', 'a)(', 'a(b,(c)', ',,,', '']) {
      const select = ProjectionParams.fromString(text)
      const outcome = await store.getPageByFilter(null, null, null, null, select as Any).then(
        (page) => page.data,
        (error) => error.code,
      )
      if (typeof outcome === 'string') expect(outcome).toBe('INVALID_PROJECTION')
      else expect(outcome).toHaveLength(1)
    }
    expect(await store.getOneById(null, '1')).toEqual({ id: '1', a: { b: 1, c: 2 }, d: 3 })
  })

  test('a predicate that throws fails the call and deletes nothing', async () => {
    const store = await kind.open()
    await store.createMany(null, [{ id: '1' }, { id: '2' }])
    const bad = (item: Any) => item.none.such
    for (const call of [
      () => store.getListByFilter(null, bad),
      () => store.deleteByFilter(null, bad),
      () => store.getListByFilter(null, null, bad),
    ])
      await expect(call()).rejects.toBeInstanceOf(TypeError)
    expect(await store.getCountByFilter(null, null)).toBe(2)
    await store.create(null, { id: '3' })
  })
})

describe('files that hold hostile keys', () => {
  test('`__proto__` in a file is a field, and is still there after a write', async () => {
    const text =
      '[{"id":"1","__proto__":{"polluted":1},"n":{"__proto__":{"polluted":2}}},{"id":"2","constructor":{"prototype":{"polluted":3}}}]'
    writeFileSync(pathOf('data.json'), text)
    let store = await openFile('data.json')
    for (let round = 0; round < 2; round++) {
      const [one, two] = await store.getListByFilter(null, null)
      expect(JSON.stringify([one, two])).toBe(JSON.stringify(JSON.parse(text)))
      expect([one.polluted, one.n.polluted, two.polluted, ({} as Any).polluted]).toEqual([
        undefined,
        undefined,
        undefined,
        undefined,
      ])
      await store.updatePartially(null, '2', { constructor: { prototype: { polluted: 3 } } } as Any)
      await store.create(null, { id: `new ${round}` })
      await store.close(null)
      store = await openFile('data.json')
      await store.deleteById(null, `new ${round}`)
    }
  })
})
