import { afterEach, describe, expect, test } from 'vitest'
import { compileCondition } from '../../src/query/compileCondition.js'
import { parseFilter } from '../../src/query/parseFilter.js'
import { parseProjection, project } from '../../src/query/projection.js'
import { parseSort } from '../../src/query/sort.js'

const INVALID = expect.objectContaining({ code: 'INVALID_FILTER' })
const match = (filter: unknown, item: unknown) => compileCondition(parseFilter(filter).condition)(item)

const before = Reflect.ownKeys(Object.prototype).length
afterEach(() => {
  expect(Reflect.ownKeys(Object.prototype)).toHaveLength(before)
})

describe('the way to a prototype is closed', () => {
  const NAMES = ['__proto__', 'constructor', 'prototype']

  test('as a path, alone and inside another', () => {
    for (const name of NAMES) {
      for (const path of [name, `a.${name}`, `${name}.a`, `a.${name}.b`]) {
        for (const text of [
          `{"${path}":1}`,
          `{"$or":[{"${path}":1}]}`,
          `{"a":{"$elemMatch":{"${path}":1}}}`,
          `{"$not":{"${path}":null}}`,
        ]) {
          expect(() => parseFilter(JSON.parse(text))).toThrow(INVALID)
        }
        expect(() => parseSort(JSON.parse(`{"${path}":1}`))).toThrow(
          expect.objectContaining({ code: 'INVALID_SORT' }),
        )
        expect(() => parseProjection([path])).toThrow(expect.objectContaining({ code: 'INVALID_PROJECTION' }))
      }
    }
  })

  test('as an operator', () => {
    for (const name of [...NAMES, 'toString', 'hasOwnProperty', '$__proto__', '$constructor', '$toString']) {
      expect(() => parseFilter(JSON.parse(`{"a":{"${name}":1}}`))).toThrow(INVALID)
      expect(() => parseFilter(JSON.parse(`{"a":{"$not":{"${name}":1}}}`))).toThrow(INVALID)
    }
  })

  test('in items whose own fields have such names', () => {
    const item = JSON.parse('{"id":"1","__proto__":{"polluted":1},"a":{"constructor":{"b":1}}}')
    expect(match({ polluted: 1 }, item)).toBe(false)
    expect(match({ polluted: { $exists: false } }, item)).toBe(true)
    expect(project(item, parseProjection(['id', 'a']) ?? [])).toEqual({ id: '1', a: item.a })
  })

  test('for fields put on Object.prototype by somebody else', () => {
    const victim = Object.prototype as unknown as Record<string, unknown>
    const match1 = compileCondition(parseFilter({ admin: true }).condition)
    const match2 = compileCondition(parseFilter({ admin: { $in: [true, false] } }).condition)
    try {
      victim.admin = true
      victim.$or = [{}]
      expect(match1({})).toBe(false)
      expect(match2({})).toBe(false)
      expect(match({ 'a.admin': true }, { a: {} })).toBe(false)
      expect(parseFilter({ a: 1 }).condition).toEqual({
        op: 'field',
        path: ['a'],
        test: { op: 'in', values: [1] },
      })
      expect(Object.keys(project({}, [['admin']]))).toEqual([])
    } finally {
      delete victim.admin
      delete victim.$or
    }
  })
})

describe('hostile filters end in an error, soon', () => {
  test('deep ones', () => {
    const nest = (times: number, wrap: (inner: unknown) => unknown) => {
      let filter: unknown = { a: 1 }
      for (let i = 0; i < times; i++) filter = wrap(filter)
      return filter
    }
    const wraps: ((inner: unknown) => unknown)[] = [
      (of) => ({ $not: of }),
      (of) => ({ $and: [of] }),
      (of) => ({ $or: [of, { b: 1 }] }),
      (of) => ({ a: { $elemMatch: of } }),
    ]
    for (const wrap of wraps) {
      expect(() => parseFilter(nest(20, wrap))).not.toThrow()
      expect(() => parseFilter(nest(100, wrap))).toThrow(INVALID)
      expect(() => parseFilter(nest(100_000, wrap))).toThrow(INVALID)
    }
    let operators: unknown = { $gt: 1 }
    for (let i = 0; i < 100_000; i++) operators = { $not: operators }
    expect(() => parseFilter({ a: operators })).toThrow(INVALID)
    expect(() => parseFilter({ a: { $elemMatch: operators } })).toThrow(INVALID)
  })

  test('ones that hold themselves, once or twice', () => {
    const once: Record<string, unknown> = {}
    once.$not = once
    expect(() => parseFilter(once)).toThrow(INVALID)
    const twice: Record<string, unknown> = {}
    twice.$or = [twice, twice]
    expect(() => parseFilter(twice)).toThrow(INVALID)
    const value: Record<string, unknown> = {}
    value.$not = value
    expect(() => parseFilter({ a: value })).toThrow(INVALID)
    expect(() => parseFilter({ a: { $elemMatch: value } })).toThrow(INVALID)
    let doubled: unknown = { a: 1 }
    for (let i = 0; i < 40; i++) doubled = { $and: [doubled, doubled] }
    expect(() => parseFilter(doubled)).toThrow(INVALID)
    let elements: unknown = { $gt: 1 }
    for (let i = 0; i < 60; i++) elements = { $elemMatch: elements }
    expect(() => parseFilter({ a: elements })).not.toThrow()
  })

  test('wide ones are read, up to a bound', () => {
    const branches = (count: number) => ({ $or: Array.from({ length: count }, (_, i) => ({ a: i })) })
    expect(match(branches(40_000), { a: 39_999 })).toBe(true)
    expect(() => parseFilter(branches(200_000))).toThrow(INVALID)
    const values = Array.from({ length: 500_000 }, (_, i) => i)
    expect(match({ a: { $in: values } }, { a: 499_999 })).toBe(true)
    expect(match({ a: { $in: values } }, { a: -1 })).toBe(false)
  })

  test('a message is short however long the key', () => {
    try {
      parseFilter({ ['x'.repeat(1e6)]: 1 })
    } catch (error) {
      expect((error as Error).message.length).toBeLessThan(1000)
    }
    try {
      parseFilter({ a: { ['$'.repeat(1e6)]: 1 } })
    } catch (error) {
      expect((error as Error).message.length).toBeLessThan(1000)
    }
    expect.assertions(2)
  })

  test('a text is data, whatever it looks like', () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the text of one, not one
    for (const text of ["'; DROP TABLE x; --", '${1+1}', '$where', '__proto__', '\\u0000', '.*']) {
      expect(match({ a: text }, { a: text })).toBe(true)
      expect(match({ a: { $contains: text } }, { a: 'harmless' })).toBe(false)
    }
  })
})
