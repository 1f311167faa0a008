import { execFileSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { parseFilter } from '../../src/query/parseFilter.js'
import { parseSort } from '../../src/query/sort.js'
import { bindingOf, decodeToken, encodeToken } from '../../src/query/token.js'

const INVALID = expect.objectContaining({ code: 'INVALID_TOKEN' })
const binding = (filter: unknown, sort: unknown, name = 'orders') =>
  bindingOf(name, parseFilter(filter), parseSort(sort))

describe('a token', () => {
  test('brings back the place, whatever the sort fields held', () => {
    const values = [
      null,
      true,
      false,
      0,
      -1.5,
      1e300,
      Number.NaN,
      Infinity,
      -Infinity,
      '',
      'é\u{1f600}',
      '\ud800',
      { other: true },
    ] as const
    for (const id of ['x', '', '\u{1f600}', 5, 0]) {
      expect(decodeToken('b', encodeToken('b', { values, id }))).toEqual({ values, id })
    }
    expect(encodeToken('b', { values, id: 'x' })).toMatch(/^[\w-]+$/)
  })

  test('belongs to its component, filter and sort', () => {
    const place = { values: [1], id: 'x' }
    const token = encodeToken(binding({ a: 1 }, { b: 1 }), place)
    expect(decodeToken(binding({ a: 1 }, { b: 1 }), token)).toEqual(place)
    for (const other of [
      binding({ a: 1 }, { b: 1 }, 'others'),
      binding({ a: 2 }, { b: 1 }),
      binding({ a: '1' }, { b: 1 }),
      binding({ a: { $ne: 1 } }, { b: 1 }),
      binding({ 'a.a': 1 }, { b: 1 }),
      binding(null, { b: 1 }),
      binding({ a: 1 }, { b: -1 }),
      binding({ a: 1 }, { b: 1, c: 1 }),
      binding({ a: 1 }, null),
      binding((item: { a: number }) => item.a, { b: 1 }),
    ]) {
      expect(() => decodeToken(other, token)).toThrow(INVALID)
    }
  })

  test('holds for the same filter written in another order', () => {
    const one = binding({ a: 1, $or: [{ b: { $in: [1, 2] } }, { c: { $gt: 1, $lt: 5 } }] }, { d: 1 })
    const two = binding({ $or: [{ c: { $lt: 5, $gt: 1 } }, { b: { $in: [2, 1] } }], a: 1 }, { d: 1 })
    expect(two).toBe(one)
    expect(binding({ a: { $elemMatch: { b: 1, c: 2 } } }, null)).toBe(
      binding({ a: { $elemMatch: { c: 2, b: 1 } } }, null),
    )
    expect(binding({ a: { $elemMatch: { b: 1 } } }, null)).not.toBe(
      binding({ a: { $elemMatch: { b: 2 } } }, null),
    )
    expect(binding({ $or: [{ a: 1 }, { b: 1 }] }, null)).not.toBe(binding({ a: 1, b: 1 }, null))
    expect(binding({ a: { $contains: 'x' } }, null)).not.toBe(binding({ a: { $startsWith: 'x' } }, null))
  })

  test('is the same in another process', () => {
    const code = `
      import { parseFilter } from './src/query/parseFilter.ts'
      import { parseSort } from './src/query/sort.ts'
      import { bindingOf, encodeToken } from './src/query/token.ts'
      const binding = bindingOf('orders', parseFilter({ a: 1 }), parseSort({ b: -1 }))
      process.stdout.write(encodeToken(binding, { values: ['é'], id: 'x' }))`
    const root = new URL('../..', import.meta.url)
    const other = execFileSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', code], {
      cwd: root,
      encoding: 'utf8',
    })
    expect(other).toBe(encodeToken(binding({ a: 1 }, { b: -1 }), { values: ['é'], id: 'x' }))
  })

  test('that is malformed, cut, or of another version is refused', () => {
    const token = encodeToken('b', { values: [1], id: 'x' })
    const bytes = Buffer.from(token, 'base64url')
    bytes[0] = 2
    for (const wrong of [
      '',
      ' ',
      'x',
      '!!!',
      '{}',
      'null',
      token.slice(0, 10),
      token.slice(0, -1),
      `${token}A`,
      ` ${token}`,
      `${token}=`,
      token.toLowerCase(),
      bytes.toString('base64url'),
      'A'.repeat(1e6),
      'é'.repeat(50),
    ]) {
      expect(() => decodeToken('b', wrong)).toThrow(INVALID)
    }
  })
})
