import assert from 'node:assert/strict'
import { holds, rejects } from '../expectations.js'
import type { Item, TestedPersistence } from '../Subject.js'
import type { Cases } from '../Suite.js'

/** Makes values that `JSON.parse(JSON.stringify(x))` would alter. */
const ALTERED: readonly (readonly [what: string, make: () => unknown])[] = [
  ['NaN', () => Number.NaN],
  ['Infinity', () => Number.POSITIVE_INFINITY],
  ['-Infinity', () => Number.NEGATIVE_INFINITY],
  ['a bigint', () => 5n],
  ['a function', () => () => 1],
  ['a symbol', () => Symbol('a')],
  ['a Map', () => new Map([['a', 1]])],
  ['a Set', () => new Set([1])],
  ['a regular expression', () => /a/],
  ['bytes', () => new Uint8Array([1])],
  ['a Buffer', () => Buffer.from('a')],
  ['an invalid Date', () => new Date(Number.NaN)],
  ['undefined in an array', () => [1, undefined]],
  ['a hole in an array', () => Object.assign(new Array(2), { 1: 1 })],
  [
    'an object with toJSON()',
    () =>
      new (class Money {
        toJSON() {
          return 5
        }
      })(),
  ],
  ['an object around a number', () => Object(5)],
  ['a promise', () => Promise.resolve(1)],
  ['an error', () => new Error('a')],
  [
    'a cycle',
    () => {
      const cycle: Item = {}
      cycle.self = cycle
      return cycle
    },
  ],
]

const PORTABLE: readonly (readonly [what: string, make: () => unknown])[] = [
  ['U+0000 in a text', () => 'a\0b'],
  ['half of a surrogate pair', () => 'a\ud800'],
  ['the other half of a surrogate pair', () => '\udc00a'],
  ['surrogates in the wrong order', () => '\ude00\ud83d'],
  ['U+0000 in the name of a field', () => ({ 'a\0b': 1 })],
  ['half of a surrogate pair in the name of a field', () => ({ '\ud800': 1 })],
  ['a Date in a field that was not declared', () => new Date(0)],
]

const STORED: Item = { id: 'a', value: 'before', n: 1 }

/** Writes that must leave everything as it was. */
const WRITES: Readonly<Record<string, (p: TestedPersistence, value: unknown) => Promise<unknown>>> = {
  create: (p, value) => p.create(null, { id: 'b', value }),
  createMany: (p, value) => p.createMany(null, [{ id: 'b' }, { id: 'c', value }]),
  'set of a new item': (p, value) => p.set(null, { id: 'b', value }),
  'set of a stored item': (p, value) => p.set(null, { id: 'a', value }),
  update: (p, value) => p.update(null, { id: 'a', value }),
  updatePartially: (p, value) => p.updatePartially(null, 'a', { n: 2, value }),
}

const PLACES: readonly (readonly [where: string, wrap: (value: unknown) => unknown, path: string])[] = [
  ['in a field', (value) => value, 'value'],
  ['in an object', (value) => ({ in: { deep: value } }), 'value.in.deep'],
  ['in an array', (value) => [1, value], 'value[1]'],
]

export const refusedValues: Cases = (test) => {
  for (const [kinds, needs] of [
    [ALTERED, { values: ['json', 'portable'] }],
    [PORTABLE, { values: 'portable' }],
  ] as const) {
    for (const [what, make] of kinds) {
      for (const [name, write] of Object.entries(WRITES)) {
        test(`${name} refuses ${what} and stores nothing`, { needs }, async (p) => {
          await p.create(null, STORED)
          await rejects(write(p, make()), 'INVALID_ITEM')
          await holds(p, [STORED])
        })
      }

      test(`${what} is refused at any depth`, { needs }, async (p) => {
        await p.create(null, STORED)
        for (const [, wrap] of PLACES)
          await rejects(p.create(null, { id: 'b', value: wrap(make()) }), 'INVALID_ITEM')
        await holds(p, [STORED])
      })
    }
  }

  const needs = { values: ['json', 'portable'] } as const
  for (const [where, wrap, path] of PLACES) {
    test(`the error names the path of what stands ${where}`, { needs }, async (p) => {
      await p.create(null, STORED)
      await assert.rejects(
        p.create(null, { id: 'b', value: wrap(Number.NaN) }),
        (error: { code?: string; details?: { path?: unknown } }) => {
          assert.equal(error.code, 'INVALID_ITEM')
          assert.equal(error.details?.path, path)
          return true
        },
      )
      await holds(p, [STORED])
    })
  }
}
