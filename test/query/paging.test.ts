import { describe, expect, test } from 'vitest'
import { PagingParams } from '../../src/data/PagingParams.js'
import { TokenizedPagingParams } from '../../src/data/TokenizedPagingParams.js'
import { resolvePaging, resolveTokenPaging } from '../../src/query/paging.js'

const INVALID = expect.objectContaining({ code: 'INVALID_PAGING' })

describe('resolvePaging()', () => {
  test('has defaults, caps and floors', () => {
    const rows: [number | null, number | null, number, number][] = [
      [null, null, 0, 100],
      [0, 0, 0, 100],
      [-5, 5, 0, 5],
      [7, 100, 7, 100],
      [7, 101, 7, 100],
      [7, 1e300, 7, 100],
      [1, -1, 1, 0],
      [1e300, 1, Number.MAX_SAFE_INTEGER, 1],
    ]
    for (const [skip, take, skipped, taken] of rows) {
      expect(resolvePaging(new PagingParams(skip, take), 100)).toEqual({
        skip: skipped,
        take: taken,
        total: false,
      })
      expect(resolvePaging({ skip, take }, 100)).toEqual({ skip: skipped, take: taken, total: false })
    }
    for (const none of [null, undefined, {}, new PagingParams()]) {
      expect(resolvePaging(none, 50)).toEqual({ skip: 0, take: 50, total: false })
    }
    expect(resolvePaging(new PagingParams(1, 2, true), 50)).toEqual({ skip: 1, take: 2, total: true })
    expect(resolvePaging({ skip: undefined, total: true }, 50)).toEqual({ skip: 0, take: 50, total: true })
  })

  test('takes objects of other packages by their fields or methods', () => {
    class Fields {
      skip = 3
      take = 0
      total = true
      getSkip() {
        return this.skip
      }
      getTake() {
        return this.take
      }
    }
    class Methods {
      getSkip(min: number) {
        return min + 4
      }
      getTake(max: number) {
        return Math.min(max, 7)
      }
    }
    expect(resolvePaging(new Fields(), 50)).toEqual({ skip: 3, take: 50, total: true })
    expect(resolvePaging(new Methods(), 50)).toEqual({ skip: 4, take: 7, total: false })
    expect(resolvePaging(new Methods(), 5)).toEqual({ skip: 4, take: 5, total: false })
  })

  test('refuses anything that is not a finite integer', () => {
    for (const wrong of [1.5, Number.NaN, Infinity, -Infinity, '5', true, 5n, [], {}]) {
      expect(() => resolvePaging({ skip: wrong }, 100)).toThrow(INVALID)
      expect(() => resolvePaging({ take: wrong }, 100)).toThrow(INVALID)
      expect(() => resolvePaging(Object.assign(new PagingParams(), { take: wrong }), 100)).toThrow(INVALID)
    }
  })

  test('refuses what is not a page, and a misspelt field', () => {
    for (const wrong of [
      'x',
      5,
      true,
      [],
      new Map(),
      () => 1,
      { limit: 5 },
      { skip: 1, tke: 5 },
      { token: 'x' },
    ]) {
      expect(() => resolvePaging(wrong, 100)).toThrow(INVALID)
    }
  })
})

describe('resolveTokenPaging()', () => {
  test('has the same take, and the token as it came', () => {
    for (const none of [null, undefined, {}, new TokenizedPagingParams(), { token: '' }]) {
      expect(resolveTokenPaging(none, 50)).toEqual({ token: null, take: 50, total: false })
    }
    expect(resolveTokenPaging(new TokenizedPagingParams('x', 7, true), 50)).toEqual({
      token: 'x',
      take: 7,
      total: true,
    })
    expect(resolveTokenPaging({ token: 'x', take: 70 }, 50)).toEqual({ token: 'x', take: 50, total: false })
    expect(resolveTokenPaging({ take: -1 }, 50).take).toBe(0)
  })

  test('refuses a skip, a token that is no string, and a take that is no integer', () => {
    expect(() => resolveTokenPaging(new PagingParams(5), 50)).toThrow(INVALID)
    expect(() => resolveTokenPaging({ skip: 5 }, 50)).toThrow(INVALID)
    expect(() => resolveTokenPaging({ take: 1.5 }, 50)).toThrow(INVALID)
    for (const token of [5, true, {}, []]) {
      expect(() => resolveTokenPaging({ token }, 50)).toThrow(
        expect.objectContaining({ code: 'INVALID_TOKEN' }),
      )
    }
  })
})
