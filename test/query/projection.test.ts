import { describe, expect, test } from 'vitest'
import { ProjectionParams } from '../../src/data/ProjectionParams.js'
import { parseProjection, project } from '../../src/query/projection.js'

const INVALID = expect.objectContaining({ code: 'INVALID_PROJECTION' })

describe('parseProjection()', () => {
  test('takes nothing, ProjectionParams and arrays of paths', () => {
    for (const none of [null, undefined, [], new ProjectionParams()]) expect(parseProjection(none)).toBeNull()
    expect(parseProjection(['a', 'b.c'])).toEqual([['a'], ['b', 'c']])
    expect(parseProjection(ProjectionParams.fromString('a,b(c,d(e))'))).toEqual([
      ['a'],
      ['b', 'c'],
      ['b', 'd', 'e'],
    ])
  })

  test('keeps the wider of overlapping paths, in any order, and each once', () => {
    expect(parseProjection(['a.b', 'a', 'c', 'c', 'a.b.c'])).toEqual([['a'], ['c']])
    expect(parseProjection(['ab', 'a'])).toEqual([['ab'], ['a']])
  })

  test('refuses what is not a list of paths', () => {
    for (const wrong of ['a', 5, true, {}, new Map(), () => 1])
      expect(() => parseProjection(wrong)).toThrow(INVALID)
    for (const path of [
      null,
      undefined,
      5,
      {},
      '',
      'a.',
      'a..b',
      '$a',
      '__proto__',
      'a.constructor',
      "a'",
      'a\0',
      'a,b',
      'a(b',
      'a)',
      '1.2.3.4.5.6.7.8.9',
    ]) {
      expect(() => parseProjection(['a', path])).toThrow(INVALID)
    }
    expect(() => parseProjection(Array.from({ length: 1001 }, (_, i) => `a${i}`))).toThrow(INVALID)
  })
})

describe('project()', () => {
  const keep = (item: unknown, ...paths: string[]) => project(item, parseProjection(paths) ?? [])

  test('keeps the nesting, adds nothing for what is not there, and does not enter arrays', () => {
    const item = { id: 1, a: { b: { c: 1, d: 2 }, e: null }, list: [{ b: 1 }], none: undefined }
    expect(keep(item, 'a.b.c', 'id')).toEqual({ a: { b: { c: 1 } }, id: 1 })
    expect(keep(item, 'a.b.c', 'a.e')).toEqual({ a: { b: { c: 1 }, e: null } })
    expect(keep(item, 'list')).toEqual({ list: [{ b: 1 }] })
    expect(
      Object.keys(keep(item, 'x', 'a.x', 'a.b.c.x', 'a.e.x', 'list.b', 'list.0', 'none', 'none.x')),
    ).toEqual([])
  })

  test('makes new objects on the way and hands over the values at the ends', () => {
    const item = { a: { b: { c: 1 } } }
    const kept = keep(item, 'a.b') as typeof item
    expect(kept.a).not.toBe(item.a)
    expect(kept.a.b).toBe(item.a.b)
  })

  test('takes own fields only, whatever their names', () => {
    expect(keep({}, 'toString', 'a.valueOf')).toEqual({})
    const named = { toString: { valueOf: 1 }, hasOwnProperty: { x: 2 } }
    expect(keep(named, 'toString.valueOf', 'hasOwnProperty.x')).toEqual(named)
  })
})
