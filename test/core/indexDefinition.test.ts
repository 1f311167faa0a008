import { describe, expect, test } from 'vitest'
import { ConfigException } from '../../src/errors/index.js'
import { IdentifiableMemoryPersistence } from '../../src/memory/IdentifiableMemoryPersistence.js'
import { IdentifiablePersistence } from '../../src/persistence/IdentifiablePersistence.js'

interface Declaring {
  ensureIndex(fields: never, options?: never): void
  dateFields(...paths: never[]): void
}

const KINDS: readonly (readonly [string, () => Declaring])[] = [
  ['the memory class', () => new IdentifiableMemoryPersistence()],
  ['the class by URL', () => new IdentifiablePersistence('things', { url: 'memory:' })],
]

function badConfig(declare: () => void): void {
  expect(declare).toThrow(ConfigException)
  expect(declare).toThrow(expect.objectContaining({ code: 'BAD_CONFIG', status: 500 }))
}

describe.each(KINDS)('declarations of %s', (_, make) => {
  test.each([
    ['a text', { unique: 'yes' }],
    ['the text true', { unique: 'true' }],
    ['a number', { unique: 1 }],
    ['null', { unique: null }],
    ['an option that does not exist', { unqiue: true }],
    ['a boolean in place of options', true],
    ['null in place of options', null],
  ])('ensureIndex() refuses %s', (_what, options) => {
    badConfig(() => make().ensureIndex({ key: 1 } as never, options as never))
  })

  test.each([undefined, {}, { unique: undefined }, { unique: true }, { unique: false }])(
    'ensureIndex() takes the options %j',
    (options) => make().ensureIndex({ key: 1 } as never, options as never),
  )

  test.each([
    ['no fields', {}],
    ['null', null],
    ['a text', 'key'],
    ['a path with an empty part', { 'a..b': 1 }],
    ['a path into the prototype', { constructor: 1 }],
    ['a direction that is a text', { key: 'asc' }],
  ])('ensureIndex() refuses %s', (_what, fields) => {
    badConfig(() => make().ensureIndex(fields as never))
  })

  test.each([5, '', 'a..b', '__proto__', null])('dateFields() refuses %j', (path) => {
    badConfig(() => make().dateFields(path as never))
  })
})
