import assert from 'node:assert/strict'
import { rejects, stored } from '../expectations.js'
import type { TestedPersistence } from '../Subject.js'
import type { Cases } from '../Suite.js'

/** Makes objects whose content is not in fields of their own: taken for objects they would seem empty. */
export const FIELDLESS: readonly (readonly [what: string, make: () => object])[] = [
  ['a Map', () => new Map([['n', 2]])],
  ['a Map with a field', () => Object.assign(new Map([['n', 2]]), { more: 1 })],
  ['a Set', () => new Set(['n'])],
  ['a Date', () => new Date(0)],
  ['a promise', () => Promise.resolve({ n: 2 })],
  [
    'what promises a value',
    () =>
      new (class Query {
        rows = []
        // biome-ignore lint/suspicious/noThenProperty: as what builds queries has it
        then(done: (rows: unknown) => void) {
          done(this.rows)
        }
      })(),
  ],
  ['an object around a text', () => Object('ab')],
  ['an object around a number', () => Object(5)],
  ['a regular expression', () => /a/],
  ['an error', () => new Error('a')],
  ['bytes', () => new Uint8Array([1])],
  ['a Buffer', () => Buffer.from('a')],
  ['search parameters of a URL', () => new URLSearchParams('n=2')],
]

const WRITES: Readonly<Record<string, (p: TestedPersistence, item: never) => Promise<unknown>>> = {
  create: (p, item) => p.create(null, item),
  createMany: (p, item) => p.createMany(null, [{ id: 'b' }, item]),
  set: (p, item) => p.set(null, item),
  update: (p, item) => p.update(null, item),
}

export const fieldless: Cases = (test) => {
  for (const [what, make] of FIELDLESS) {
    test(`no write takes ${what} for an item`, async (p) => {
      await p.create(null, { id: 'a', n: 1 })
      for (const write of Object.values(WRITES)) await rejects(write(p, make() as never), 'INVALID_ITEM')
      assert.deepEqual(await stored(p), [{ id: 'a', n: 1 }])
    })
  }
}
