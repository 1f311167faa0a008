import { describe, expect, test } from 'vitest'
import { toNullableBoolean } from '../../src/data/convert/toNullableBoolean.js'
import { toNullableDateTime } from '../../src/data/convert/toNullableDateTime.js'
import { toNullableDouble } from '../../src/data/convert/toNullableDouble.js'
import { toNullableLong } from '../../src/data/convert/toNullableLong.js'
import { toNullableString } from '../../src/data/convert/toNullableString.js'
import { toNullableType } from '../../src/data/convert/toNullableType.js'
import { typeCodeOf } from '../../src/data/convert/typeCodeOf.js'
import { FilterParams, TypeCode } from '../../src/data/index.js'

const EPOCH = new Date(0)

test.each<[unknown, string | null]>([
  [null, null],
  [undefined, null],
  ['', ''],
  ['a', 'a'],
  [0, '0'],
  [false, 'false'],
  [EPOCH, '1970-01-01T00:00:00.000Z'],
  [new Date(Number.NaN), 'Invalid Date'],
  [[1, 2], '1,2'],
  [{}, '[object Object]'],
  [Object.create(null), '[object Object]'],
  [new FilterParams({ toString: 1 }), '[object Object]'],
  [10n, '10'],
])('toNullableString(%s) is %s', (value, text) => {
  expect(toNullableString(value)).toBe(text)
})

test.each<[unknown, boolean | null]>([
  [true, true],
  [false, false],
  [Number.NaN, false],
  [-1, true],
  [0, false],
  ['1', true],
  ['TRUE', true],
  ['t', true],
  ['Yes', true],
  ['y', true],
  ['0', false],
  ['False', false],
  ['f', false],
  ['no', false],
  ['n', false],
  ['on', null],
  ['', null],
  ['2', null],
  [EPOCH, null],
  [null, null],
])('toNullableBoolean(%s) is %s', (value, expected) => {
  expect(toNullableBoolean(value)).toBe(expected)
})

test.each<[unknown, number | null, number | null]>([
  [1.5, 2, 1.5],
  [-1.5, -1, -1.5],
  [Number.NaN, Number.NaN, Number.NaN],
  [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
  [new Date(5), 5, 5],
  [true, 1, 1],
  [false, 0, 0],
  ['12abc', 12, 12],
  ['1.5', 2, 1.5],
  ['-1.5', -1, -1.5],
  ['1e3', 1000, 1000],
  ['0x10', 0, 0],
  ['', null, null],
  ['x', null, null],
  [null, null, null],
])('toNullableLong and toNullableDouble of %s are %s and %s', (value, long, double) => {
  expect(toNullableLong(value)).toBe(long)
  expect(toNullableDouble(value)).toBe(double)
})

test.each<[unknown, number | null]>([
  [EPOCH, 0],
  [5, 5],
  ['1970-01-01T00:00:00.007Z', 7],
  ['5', Date.parse('5')],
  ['x', null],
  [true, null],
  [{}, null],
  [null, null],
])('toNullableDateTime(%s) has the time %s', (value, time) => {
  expect(toNullableDateTime(value)?.getTime() ?? null).toBe(time)
})

test('toNullableDateTime() gives a Date back as it is', () => {
  expect(toNullableDateTime(EPOCH)).toBe(EPOCH)
})

describe('toNullableType()', () => {
  test.each<[TypeCode, unknown, unknown]>([
    [TypeCode.String, 5, '5'],
    [TypeCode.Boolean, 'yes', true],
    [TypeCode.Integer, '1.5', 2],
    [TypeCode.Long, '1.5', 2],
    [TypeCode.Float, '1.5', 1.5],
    [TypeCode.Double, '1.5', 1.5],
    [TypeCode.DateTime, 0, EPOCH],
    [TypeCode.Array, 'a,b', ['a,b']],
    [TypeCode.Array, { a: 1 }, [1]],
    [TypeCode.Map, 'a', null],
    [TypeCode.Map, [1], { 0: 1 }],
    [TypeCode.Map, { a: 1 }, { a: 1 }],
    [TypeCode.Duration, '5', '5'],
    [TypeCode.Object, '5', '5'],
    [TypeCode.Unknown, '5', '5'],
    [TypeCode.String, null, null],
  ])('%s of %s is %s', (type, value, expected) => {
    expect(toNullableType(type, value)).toStrictEqual(expected)
  })
})

test.each<[unknown, TypeCode]>([
  [null, TypeCode.Unknown],
  ['', TypeCode.String],
  [true, TypeCode.Boolean],
  [1, TypeCode.Long],
  [1.5, TypeCode.Double],
  [EPOCH, TypeCode.DateTime],
  [[], TypeCode.Array],
  [{}, TypeCode.Map],
  [() => 1, TypeCode.Object],
])('typeCodeOf(%s) is %s', (value, code) => {
  expect(typeCodeOf(value)).toBe(code)
})
