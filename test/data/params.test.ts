import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  AnyValueMap,
  DataPage,
  PagingParams,
  ProjectionParams,
  SortField,
  SortParams,
  TokenizedDataPage,
  TokenizedPagingParams,
} from '../../src/data/index.js'

describe('PagingParams', () => {
  test('has nulls and false by default, and a take of 0 is null', () => {
    expect({ ...new PagingParams() }).toStrictEqual({ skip: null, take: null, total: false })
    expect(new PagingParams(0, 0, true)).toMatchObject({ skip: 0, take: null, total: true })
  })

  test.each([
    [null, -1, -1],
    [-5, -1, -1],
    [3, -1, 3],
    [0, -1, 0],
    [1, 2, 2],
  ])('skip %s with minimum %s is %s', (skip, minimum, expected) => {
    expect(new PagingParams(skip).getSkip(minimum)).toBe(expected)
  })

  test.each([
    [null, 100, 100],
    [0, 100, 100],
    [-1, 100, 0],
    [1000, 100, 100],
    [5, 100, 5],
  ])('take %s with maximum %s is %s', (take, maximum, expected) => {
    expect(new PagingParams(0, take).getTake(maximum)).toBe(expected)
    expect(new TokenizedPagingParams(null, take).getTake(maximum)).toBe(expected)
  })

  test('D36: a skip of 0 is read as 0, from a number and from text', () => {
    expect(PagingParams.fromTuples('skip', 0, 'take', '5', 'total', 'yes')).toStrictEqual(
      new PagingParams(0, 5, true),
    )
    expect(PagingParams.fromTuples('skip', '0').skip).toBe(0)
  })

  test('fromValue() keeps a PagingParams and reads maps, plain objects and nothing', () => {
    const paging = new PagingParams(1, 2)
    expect(PagingParams.fromValue(paging)).toBe(paging)
    expect(PagingParams.fromValue({ skip: '1', take: 2 })).toStrictEqual(paging)
    expect(PagingParams.fromMap({ skip: 1, take: 2 })).toStrictEqual(paging)
    expect(PagingParams.fromMap(new AnyValueMap({ skip: 1, take: 2 }))).toStrictEqual(paging)
    expect(PagingParams.fromValue(null)).toStrictEqual(new PagingParams())
  })

  test('TokenizedPagingParams reads its token', () => {
    const paging = new TokenizedPagingParams('t', 5, true)
    expect(TokenizedPagingParams.fromTuples('token', 't', 'take', '5', 'total', true)).toStrictEqual(paging)
    expect(TokenizedPagingParams.fromValue(paging)).toBe(paging)
    expect(TokenizedPagingParams.fromValue({ token: 't', take: 5, total: 1 })).toStrictEqual(paging)
  })
})

describe('ProjectionParams', () => {
  test.each([
    ['f2(f21,f22(f221)),f3', ['f2.f21', 'f2.f22.f221', 'f3']],
    ['a(b,c(d))', ['a.b', 'a.c.d']],
    ['a(b(c),d)', ['a.b.c', 'a.d']],
    ['a(b)c', ['a.b', 'c']],
    [',a,', ['a']],
    [' a ', ['a']],
    ['a(b', []],
    ['a(b),c(d', ['a.b']],
    ['(a,b)', ['a', 'b']],
    ['a()', []],
    ['a(b))', ['a.b', ')']],
    ['', []],
  ])('fromString(%j) is %j', (text, paths) => {
    expect([...ProjectionParams.fromString(text)]).toStrictEqual(paths)
  })

  test('D40: names are trimmed before commas and brackets', () => {
    expect([...ProjectionParams.fromString('a , b (c , d ) ,e')]).toStrictEqual(['a', 'b.c', 'b.d', 'e'])
  })

  test('fromString() takes several texts and skips null', () => {
    expect([...ProjectionParams.fromString('a', null, 'b,c')]).toStrictEqual(['a', 'b', 'c'])
  })

  test('any text parses without an error', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', 'b', '(', ')', ',', ' ') }), (text) => {
        for (const path of ProjectionParams.fromString(text)) expect(path).toBe(path.trim())
      }),
    )
  })

  test('fromValue() and the constructor take each value as one path', () => {
    expect([...ProjectionParams.fromValue('a,b')]).toStrictEqual(['a,b'])
    expect([...ProjectionParams.fromValue([1, 'a(b)'])]).toStrictEqual(['1', 'a(b)'])
    expect([...ProjectionParams.fromValue(null)]).toStrictEqual([])
    expect(new ProjectionParams(['a', 'b']).toString()).toBe('a,b')
  })
})

describe('D39: Array methods work', () => {
  test('on ProjectionParams', () => {
    const projection = new ProjectionParams(['a', 'b'])
    expect(projection.map((path) => path.length)).toStrictEqual([1, 1])
    expect(projection.filter(() => false)).toStrictEqual([])
    expect(projection.slice(1)).toStrictEqual(['b'])
    expect([...ProjectionParams.of('a')]).toStrictEqual(['a'])
  })

  test('on SortParams', () => {
    const sort = new SortParams(new SortField('a'), new SortField('b', false))
    expect(sort.map((field) => field.ascending)).toStrictEqual([true, false])
    expect(sort.filter(() => false)).toStrictEqual([])
    expect(new SortParams().map((field) => field)).toStrictEqual([])
    expect(new SortParams(new SortField('a'))).toHaveLength(1)
  })
})

test('pages write total first, and have empty data by default', () => {
  expect(JSON.stringify(new DataPage([1], 5))).toBe('{"total":5,"data":[1]}')
  expect(new DataPage()).toMatchObject({ total: null, data: [] })
  expect({ ...new TokenizedDataPage([1], 't', 2) }).toStrictEqual({ total: 2, token: 't', data: [1] })
})
