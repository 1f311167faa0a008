import { afterEach, describe, expect, expectTypeOf, test } from 'vitest'
import {
  AnyValue,
  AnyValueArray,
  AnyValueMap,
  FilterParams,
  StringValueMap,
  TypeCode,
} from '../../src/data/index.js'

const prototypeBefore = Object.getOwnPropertyNames(Object.prototype).sort()
afterEach(() => {
  expect(Object.getOwnPropertyNames(Object.prototype).sort()).toStrictEqual(prototypeBefore)
  expect(({} as Record<string, unknown>).x).toBeUndefined()
})

describe('D36: 0, false and empty text are values', () => {
  const map = new AnyValueMap({ n: 0, b: false, s: '', nan: Number.NaN, u: undefined })

  test('AnyValueMap reads them back', () => {
    expect([map.get('n'), map.get('b'), map.get('s'), map.get('nan')]).toStrictEqual([
      0,
      false,
      '',
      Number.NaN,
    ])
    expect(map.getAsIntegerWithDefault('n', 7)).toBe(0)
    expect(map.getAsBooleanWithDefault('b', true)).toBe(false)
    expect(map.getAsNullableString('s')).toBe('')
    expect(map.get('u')).toBeNull()
    expect(map.get('missing')).toBeNull()
  })

  test('StringValueMap reads them back', () => {
    expect(new StringValueMap({ s: '' }).get('s')).toBe('')
    expect(FilterParams.fromTuples('n', 0).getAsIntegerWithDefault('n', 7)).toBe(0)
  })

  test('only getAsStringWithDefault() takes empty text for missing, as before', () => {
    expect(new StringValueMap({ s: '' }).getAsStringWithDefault('s', 'd')).toBe('d')
    expect(map.getAsStringWithDefault('s', 'd')).toBe('d')
  })
})

describe('D37: an undefined value in fromTuples() costs no other entry', () => {
  test('AnyValueMap', () => {
    const map = AnyValueMap.fromTuples('a', 1, 'b', undefined, 'c', 3)
    expect(map.getKeys()).toStrictEqual(['a', 'b', 'c'])
    expect(JSON.stringify(map)).toBe('{"a":1,"c":3}')
  })

  test('setAsObject(key, undefined) too', () => {
    const map = new AnyValueMap({ a: 1 })
    map.setAsObject('b', undefined)
    expect(map.get('a')).toBe(1)
  })

  test('StringValueMap has null for it', () => {
    expect({ ...StringValueMap.fromTuples('a', 1, 'b', undefined, 'c', 2) }).toStrictEqual({
      a: '1',
      b: null,
      c: '2',
    })
  })
})

test('D38: an entry hides the method of its name, and no other', () => {
  const map = new FilterParams({ get: 1, length: 5, key: 'a' })
  expect(map.getAsInteger('length')).toBe(5)
  expect(map.getAsNullableString('key')).toBe('a')
  expect(map.length).toBe('5')
  expect(JSON.stringify(map)).toBe('{"get":"1","length":"5","key":"a"}')
})

test('a name that is not set never reads as a method or as anything inherited', () => {
  for (const key of ['get', 'clear', 'constructor', 'toString', '__proto__', 'hasOwnProperty']) {
    expect(new FilterParams().get(key)).toBeNull()
    expect(new AnyValueMap().getAsObject(key)).toBeNull()
    expect(new FilterParams().getAsNullableString(key)).toBeNull()
  }
})

describe('prototype keys are entries like any other', () => {
  const hostile = JSON.parse('{"__proto__":{"x":1},"constructor":"c","prototype":"p"}')

  test.each([
    ['constructor', () => new AnyValueMap(hostile)],
    ['fromMaps', () => AnyValueMap.fromMaps(hostile)],
    ['fromValue', () => AnyValueMap.fromValue(hostile)],
    ['fromTuples', () => AnyValueMap.fromTuples('__proto__', { x: 1 }, 'constructor', 'c', 'prototype', 'p')],
    ['clone', () => new AnyValueMap(hostile).clone()],
  ])('%s', (_name, make) => {
    const map = make()
    expect(Object.getPrototypeOf(map)).toBe(AnyValueMap.prototype)
    expect(map.getKeys()).toStrictEqual(['__proto__', 'constructor', 'prototype'])
    expect(map.get('__proto__')).toStrictEqual({ x: 1 })
    const plain = map.getAsObject()
    expect(Object.getPrototypeOf(plain)).toBe(Object.prototype)
    expect(JSON.stringify(plain)).toBe(JSON.stringify(hostile))
  })

  test('in FilterParams, as text; put() and append() too', () => {
    const filter = new FilterParams(JSON.parse('{"__proto__":1}'))
    expect(Object.getPrototypeOf(filter)).toBe(FilterParams.prototype)
    expect(filter.get('__proto__')).toBe('1')
    filter.put('__proto__', 2)
    expect(filter.get('__proto__')).toBe('2')
    filter.append(hostile)
    filter.setAsObject('__proto__', 3)
    expect(filter.get('__proto__')).toBe('3')
    filter.remove('__proto__')
    expect(filter.get('__proto__')).toBeNull()
    expect(Object.getPrototypeOf(filter)).toBe(FilterParams.prototype)
  })
})

describe('StringValueMap', () => {
  test('keeps its entries as own properties of itself', () => {
    const filter = FilterParams.fromTuples('key1', 1, 'key2', null)
    expect((filter as unknown as Record<string, unknown>).key1).toBe('1')
    expect(Object.keys(filter)).toStrictEqual(['key1', 'key2'])
    expect(JSON.stringify(filter)).toBe('{"key1":"1","key2":null}')
    expect(filter.length()).toBe(2)
  })

  test('stores text: ISO dates, joined arrays, objects by toString', () => {
    expect({ ...StringValueMap.fromTuples('a', [1, 2], 'b', {}, 'c', true, 'd', new Date(0)) }).toStrictEqual(
      {
        a: '1,2',
        b: '[object Object]',
        c: 'true',
        d: '1970-01-01T00:00:00.000Z',
      },
    )
  })

  test('fromTuples() leaves out a name without a value', () => {
    expect({ ...StringValueMap.fromTuples('a', 1, 'b') }).toStrictEqual({ a: '1' })
  })

  test('fromString() parses as documented', () => {
    expect({ ...FilterParams.fromString('a=1; b = 2 ;;c;=z;d=;e=f=g') }).toStrictEqual({
      a: '1',
      b: '2',
      c: null,
      '=z': null,
      d: '',
      e: 'f=g',
    })
    expect({ ...FilterParams.fromString(null) }).toStrictEqual({})
  })

  test('D41: the text form has no escapes, so a semicolon does not come back', () => {
    const map = new StringValueMap({ a: 'x;y', b: null, c: '' })
    expect(map.toString()).toBe('a=x;y;b;c=')
    expect({ ...StringValueMap.fromString(map.toString()) }).toStrictEqual({
      a: 'x',
      y: null,
      b: null,
      c: '',
    })
  })

  test('fromValue() takes text for characters, and does not flatten', () => {
    expect({ ...FilterParams.fromValue('a=') }).toStrictEqual({ 0: 'a', 1: '=' })
    expect({ ...FilterParams.fromValue({ a: { b: 1 } }) }).toStrictEqual({ a: '[object Object]' })
  })

  test('getters convert and have their defaults', () => {
    const map = new StringValueMap({ n: '1.5', b: 'yes', t: '1970-01-01', l: '1,2' })
    expect(map.getAsInteger('n')).toBe(2)
    expect(map.getAsDouble('n')).toBe(1.5)
    expect(map.getAsBoolean('b')).toBe(true)
    expect(map.getAsDateTime('t')).toStrictEqual(new Date(0))
    expect([...map.getAsArray('l')]).toStrictEqual(['1,2'])
    expect(map.getAsNullableArray('x')).toBeNull()
    expect(map.getAsMap('l').length()).toBe(0)
    expect(map.getAsString('x')).toBeNull()
    expect(map.getAsInteger('x')).toBe(0)
    expect(map.getAsFloat('x')).toBe(0)
    expect(map.getAsBoolean('x')).toBe(false)
    expect(Math.abs(map.getAsDateTime('x').getTime() - Date.now())).toBeLessThan(1000)
    expect(map.getAsType(TypeCode.Integer, 'x')).toBeNull()
    expect(map.getAsTypeWithDefault(TypeCode.Integer, 'x', 5)).toBe(5)
    expect(map.getAsValue('n').getAsInteger()).toBe(2)
  })

  test('put(), append(), remove(), clear() and setAsObject()', () => {
    const map = new StringValueMap({ a: 1 })
    map.put('b', 2)
    map.append({ c: 3 })
    map.remove('a')
    expect(map.getAsObject()).toStrictEqual({ b: '2', c: '3' })
    map.setAsObject({ d: 4 })
    expect(map.getAsObject()).toStrictEqual({ d: '4' })
    map.setAsObject('e', 5)
    expect(map.getAsObject('e')).toBe('5')
    map.setAsObject(map)
    expect(map.getAsObject()).toStrictEqual({ d: '4', e: '5' })
    map.clear()
    expect(map.length()).toBe(0)
  })

  test('FilterParams makes FilterParams', () => {
    for (const made of [
      FilterParams.fromValue({}),
      FilterParams.fromTuples(),
      FilterParams.fromTuplesArray([]),
      FilterParams.fromString(''),
      FilterParams.fromMaps(),
      new FilterParams().clone(),
    ]) {
      expect(made).toBeInstanceOf(FilterParams)
    }
  })
})

describe('AnyValueMap', () => {
  test('keeps values as they are, and the nested ones shared', () => {
    const nested = { a: 1 }
    const map = AnyValueMap.fromValue({ nested })
    expect(map.get('nested')).toBe(nested)
    expect(map.getAsMap('nested').get('a')).toBe(1)
  })

  test('getAsDateTime() has null for what is missing, and length() skips functions', () => {
    expect(new AnyValueMap({}).getAsDateTime('x')).toBeNull()
    expect(new AnyValueMap({ f: () => 1, b: 1 }).length()).toBe(1)
  })

  test('fromValue() takes arrays by index and nothing from scalars', () => {
    expect({ ...AnyValueMap.fromValue([1, 2]) }).toStrictEqual({ 0: 1, 1: 2 })
    expect({ ...AnyValueMap.fromValue('ab') }).toStrictEqual({})
  })
})

describe('AnyValueArray', () => {
  test('D39: Array methods give plain arrays', () => {
    const array = AnyValueArray.fromValues(1, 2, 3)
    expect(array.map((x) => x * 2)).toStrictEqual([2, 4, 6])
    expect(array.filter((x) => x > 5)).toStrictEqual([])
    expect(array.slice(1)).toStrictEqual([2, 3])
  })

  test('D43: fromString() gives strings and drops duplicates, not empties', () => {
    expect([...AnyValueArray.fromString('a,b,,a', ',')]).toStrictEqual(['a', 'b', '', 'a'])
    expect([...AnyValueArray.fromString('a,b,,a', ',', true)]).toStrictEqual(['a', 'b', ''])
    expect([...AnyValueArray.fromString(null, ',')]).toStrictEqual([])
  })

  test('fromValue(): elements, values, or the value alone', () => {
    expect([...AnyValueArray.fromValue([1])]).toStrictEqual([1])
    expect([...AnyValueArray.fromValue({ a: 1, b: 2 })]).toStrictEqual([1, 2])
    expect([...AnyValueArray.fromValue('a,b')]).toStrictEqual(['a,b'])
    expect([...AnyValueArray.fromValue(null)]).toStrictEqual([])
  })

  test('contains() is loose, containsAsType() converts', () => {
    expect(new AnyValueArray([1, null]).contains(undefined)).toBe(true)
    expect(new AnyValueArray([1]).contains('1')).toBe(true)
    expect(new AnyValueArray([1]).contains(2)).toBe(false)
    expect(new AnyValueArray(['1']).containsAsType(TypeCode.Integer, 1)).toBe(true)
  })

  test('put, remove, append, setAsObject, clear, toString, clone', () => {
    const array = new AnyValueArray([1, 2])
    array.put(0, '5')
    array.append([null])
    expect(array.toString()).toBe('5,2,')
    expect(array.getAsInteger(0)).toBe(5)
    array.remove(1)
    expect(array.clone()).toStrictEqual(array)
    array.setAsObject([7, 8])
    array.setAsObject(1, 9)
    expect(array.getAsObject()).toStrictEqual([7, 9])
    array.clear()
    expect(array.length).toBe(0)
  })
})

describe('AnyValue', () => {
  test('D43: hashCode() works, and agrees with equals()', () => {
    expect(new AnyValue(1).hashCode()).toBe(new AnyValue('1').hashCode())
    expect(new AnyValue('a').hashCode()).not.toBe(new AnyValue('b').hashCode())
    expect(new AnyValue(null).hashCode()).toBe(0)
  })

  test('equals() compares text, equalsAsType() converted values', () => {
    expect(new AnyValue(1).equals('1')).toBe(true)
    expect(new AnyValue(null).equals(1)).toBe(false)
    expect(new AnyValue(null).equals(null)).toBe(true)
    expect(new AnyValue(1).equalsAsType(TypeCode.Integer, '1.2')).toBe(true)
    expect(new AnyValue(0).equalsAsType(TypeCode.DateTime, new Date(0))).toBe(true)
  })

  test('unwraps, converts and defaults', () => {
    expect(new AnyValue(new AnyValue(3)).value).toBe(3)
    expect(new AnyValue('3').getAsInteger()).toBe(3)
    expect(new AnyValue(null).toString()).toBe('')
    expect(new AnyValue(null).getAsBooleanWithDefault(true)).toBe(true)
    expectTypeOf(new AnyValue(null).getAsString()).toEqualTypeOf<string | null>()
  })
})
