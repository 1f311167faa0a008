import { describe, expect, test } from 'vitest'
import { ConfigParams } from '../../src/component/index.js'

test('fromValue() flattens objects and arrays under dotted names', () => {
  const config = ConfigParams.fromValue({
    a: { b: [1, { c: 2 }], d: null, e: {}, f: [], g: new Date(0), h: undefined, i: () => 1 },
    j: 1,
  })
  expect({ ...config }).toStrictEqual({
    'a.b.0': '1',
    'a.b.1.c': '2',
    'a.d': null,
    'a.g': '1970-01-01T00:00:00.000Z',
    'a.h': null,
    j: '1',
  })
  expect(ConfigParams.fromValue('a=1').length()).toBe(0)
})

test('fromValue() refuses an object that contains itself, and reads one that occurs twice', () => {
  const shared = { x: 1 }
  expect({ ...ConfigParams.fromValue({ a: shared, b: shared }) }).toStrictEqual({ 'a.x': '1', 'b.x': '1' })
  const loop: Record<string, unknown> = {}
  loop.self = { loop }
  expect(() => ConfigParams.fromValue(loop)).toThrow(expect.objectContaining({ code: 'BAD_CONFIG' }))
})

test('fromValue() leaves Object.prototype alone', () => {
  const config = ConfigParams.fromValue(JSON.parse('{"__proto__":{"polluted":1},"a":{"__proto__":2}}'))
  expect(config.get('__proto__.polluted')).toBe('1')
  expect(config.get('a.__proto__')).toBe('2')
  expect(({} as Record<string, unknown>).polluted).toBeUndefined()
})

describe('sections', () => {
  test('getSectionNames() names each once', () => {
    const config = new ConfigParams({ 'a.b': 1, 'a.c': 2, d: 3, '.e': 4, 'f.': 5 })
    expect(config.getSectionNames()).toStrictEqual(['a', 'd', '.e', 'f'])
  })

  test('getSection() takes what stands under a name', () => {
    const config = new ConfigParams({ 'a.b': 1, 'a.c.d': 2, a: 3, ab: 4, 'b.c': 5 })
    expect({ ...config.getSection('a') }).toStrictEqual({ b: '1', 'c.d': '2' })
    expect(config.getSection('a')).toBeInstanceOf(ConfigParams)
    expect({ ...ConfigParams.fromTuples('a.b', 1, 'A.b', 2).getSection('a') }).toStrictEqual({ b: '1' })
  })

  test('addSection() puts entries under a name', () => {
    const config = new ConfigParams({ q: 1 })
    config.addSection('s', new ConfigParams({ a: 1, '': 2, 'b.c': 3 }))
    config.addSection('', new ConfigParams({ z: 4 }))
    expect({ ...config }).toStrictEqual({ q: '1', 's.a': '1', s: '2', 's.b.c': '3', z: '4' })
    expect(() => config.addSection(null as unknown as string, config)).toThrow(TypeError)
  })
})

test('override(): the argument wins; setDefaults(): this wins, also with null', () => {
  const one = new ConfigParams({ a: 1, b: null })
  const other = new ConfigParams({ a: 2, b: 3, c: 4 })
  expect({ ...one.override(other) }).toStrictEqual({ a: '2', b: '3', c: '4' })
  expect({ ...one.setDefaults(other) }).toStrictEqual({ a: '1', b: null, c: '4' })
  expect({ ...one }).toStrictEqual({ a: '1', b: null })
  expect({ ...ConfigParams.mergeConfigs(one, other) }).toStrictEqual({ a: '2', b: '3', c: '4' })
})

test('every factory makes ConfigParams', () => {
  const config = ConfigParams.fromTuples('options.max_page_size', 500)
  expect(config.getAsIntegerWithDefault('options.max_page_size', 100)).toBe(500)
  for (const made of [config, ConfigParams.fromString('a=1'), config.clone(), ConfigParams.fromMaps({})]) {
    expect(made).toBeInstanceOf(ConfigParams)
  }
})
