import fc from 'fast-check'
import theirs from 'pip-services3-commons-nodex'
import { describe, expect, test } from 'vitest'
import { CompositeLogger, ConfigParams, type IReferences } from '../../src/component/index.js'
import {
  AnyValueMap,
  type DataPage,
  FilterParams,
  PagingParams,
  ProjectionParams,
  type SortParams,
  TypeCode,
} from '../../src/data/index.js'

/*
 * Ours against the original package, on random input. Left out on purpose:
 * D36  the values 0, false, NaN and '', which the original reads as null;
 * D37  undefined in tuples, which empties the original's map;
 * D38  keys named like methods or like members of Object.prototype, which break the original's getters;
 * D40  spaces before commas and brackets, which the original keeps;
 * and, without a number:
 * - an empty name before a bracket (the original makes `a..b`), and a closing bracket that was never opened
 *   (the original takes what follows it, commas too, for one name);
 * - in configurations, empty objects and arrays (the original stores the texts `[object Object]` and ``) and
 *   names that begin with `_` (the original drops them);
 * - a Date as an array (the original gives no elements) and in AnyValueMap.toString() (the original writes
 *   the text of the machine's time zone, ours is ISO);
 * - null among the texts of ProjectionParams.fromString(), and objects without a prototype (the original throws).
 */

const keys = fc.stringMatching(/^[a-zA-Z0-9._ =-]{1,6}$/).filter(isHarmless)
const texts = fc.oneof(
  fc.string({ minLength: 1 }).filter(isHarmless),
  fc.constantFrom(
    '1',
    '0',
    'true',
    'no',
    'Y',
    'on',
    '12abc',
    '1.5',
    '-1.5',
    '1e3',
    '0x10',
    '1970-01-01',
    ' ',
  ),
)
const lines = fc.string().filter((line) => line.split(/[;=]/).every((name) => isHarmless(name.trim())))
const scalars = fc.oneof(
  texts,
  fc.integer().filter((n) => n !== 0),
  fc.double({ noNaN: true }).filter((n) => n !== 0),
  fc.constant(true),
  fc.date({ noInvalidDate: true }),
  fc.constant(null),
)
const values = fc.oneof(
  scalars,
  fc.array(
    scalars.filter((value) => value !== null),
    { minLength: 1, maxLength: 3 },
  ),
  fc.dictionary(keys, scalars, { minKeys: 1, maxKeys: 3, noNullPrototype: true }),
)
const objects = fc.dictionary(keys, values, { maxKeys: 4, noNullPrototype: true })

/** Whether a name is none that breaks the original's maps (D38). */
function isHarmless(name: string): boolean {
  return !(name in theirs.AnyValueMap.prototype) && !(name in ConfigParams.prototype)
}

/** What the getters say of each key and of one that is missing, as plain data. */
function readings(map: AnyValueMap): unknown {
  return [...map.getKeys(), 'missing'].map((key) => [
    key,
    map.get(key),
    map.getAsObject(key),
    map.getAsNullableString(key),
    map.getAsString(key),
    map.getAsStringWithDefault(key, 'd'),
    map.getAsNullableBoolean(key),
    map.getAsBoolean(key),
    map.getAsBooleanWithDefault(key, true),
    map.getAsNullableInteger(key),
    map.getAsInteger(key),
    map.getAsIntegerWithDefault(key, 7),
    map.getAsNullableLong(key),
    map.getAsLong(key),
    map.getAsLongWithDefault(key, 7),
    map.getAsNullableFloat(key),
    map.getAsFloat(key),
    map.getAsFloatWithDefault(key, 7),
    map.getAsNullableDouble(key),
    map.getAsDouble(key),
    map.getAsDoubleWithDefault(key, 7),
    map.getAsNullableDateTime(key),
    map.getAsDateTimeWithDefault(key, new Date(7)),
    map.get(key) instanceof Date ? [] : [...map.getAsArray(key)],
    { ...map.getAsMap(key) },
    map.getAsNullableType(TypeCode.Integer, key),
    map.getAsNullableType(TypeCode.Double, key),
    map.getAsNullableType(TypeCode.String, key),
    map.getAsNullableType(TypeCode.Boolean, key),
    map.getAsValue(key).getTypeCode(),
  ])
}

function closesTooOften(text: string): boolean {
  let depth = 0
  for (const char of text) {
    if (char === '(') depth += 1
    if (char === ')') depth -= 1
    if (depth < 0) return true
  }
  return false
}

function plain(map: object): unknown {
  return { ...map }
}

describe('same as the original', () => {
  test('AnyValueMap', () => {
    fc.assert(
      fc.property(objects, objects, (one, other) => {
        const ours = new AnyValueMap(one)
        const original = new theirs.AnyValueMap(one)
        expect(readings(ours)).toStrictEqual(readings(original))
        const hasDate = Object.values(one).some((value) => value instanceof Date)
        if (!hasDate) expect(ours.toString()).toBe(original.toString())
        expect(ours.length()).toBe(original.length())
        ours.append(other)
        original.append(other)
        expect(plain(ours)).toStrictEqual(plain(original))
        expect(plain(AnyValueMap.fromMaps(other, one))).toStrictEqual(
          plain(theirs.AnyValueMap.fromMaps(other, one)),
        )
        expect(AnyValueMap.fromValue(ours).getAsObject()).toStrictEqual(original.getAsObject())
      }),
    )
  })

  test('FilterParams from objects, tuples and text', () => {
    fc.assert(
      fc.property(objects, fc.array(fc.oneof(keys, scalars)), lines, (object, tuples, line) => {
        expect(readings(new FilterParams(object))).toStrictEqual(readings(new theirs.FilterParams(object)))
        expect(plain(FilterParams.fromTuples(...tuples))).toStrictEqual(
          plain(theirs.FilterParams.fromTuples(...tuples)),
        )
        expect(plain(FilterParams.fromString(line))).toStrictEqual(
          plain(theirs.FilterParams.fromString(line)),
        )
        expect(new FilterParams(object).toString()).toBe(new theirs.FilterParams(object).toString())
      }),
    )
  })

  test('FilterParams from text made of names, = and ;', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', 'b', '=', ';', ' ') }), (line) => {
        expect(plain(FilterParams.fromString(line))).toStrictEqual(
          plain(theirs.FilterParams.fromString(line)),
        )
      }),
      { numRuns: 500 },
    )
  })

  test('PagingParams', () => {
    const numbers = fc.oneof(fc.constant(null), fc.integer({ min: -5, max: 200 }), fc.double({ noNaN: true }))
    fc.assert(
      fc.property(
        numbers,
        numbers,
        fc.boolean(),
        fc.integer(),
        fc.nat(),
        (skip, take, total, minimum, maximum) => {
          const ours = new PagingParams(skip, take, total)
          const original = new theirs.PagingParams(skip as number, take as number, total)
          expect(plain(ours)).toStrictEqual(plain(original))
          expect(ours.getSkip(minimum)).toBe(original.getSkip(minimum))
          expect(ours.getTake(maximum)).toBe(original.getTake(maximum))
        },
      ),
    )
    fc.assert(
      fc.property(scalars, scalars, scalars, (skip, take, total) => {
        const tuples = ['skip', skip, 'take', take, 'total', total]
        expect(plain(PagingParams.fromTuples(...tuples))).toStrictEqual(
          plain(theirs.PagingParams.fromTuples(...tuples)),
        )
      }),
    )
  })

  test('ProjectionParams', () => {
    const unit = fc.constantFrom('a', 'b', '(', ')', ',')
    fc.assert(
      fc.property(fc.string({ unit }), (text) => {
        fc.pre(!/(^|[,()])\(/.test(text) && !closesTooOften(text))
        expect([...ProjectionParams.fromString(text)]).toStrictEqual([
          ...theirs.ProjectionParams.fromString(text),
        ])
      }),
      { numRuns: 1000 },
    )
  })

  test('ConfigParams', () => {
    const names = keys.filter((key) => !key.startsWith('_'))
    const tree = fc.letrec((tie) => ({
      node: fc.oneof(
        { maxDepth: 3 },
        scalars,
        fc.array(tie('node'), { minLength: 1, maxLength: 3 }),
        tie('object'),
      ),
      object: fc.dictionary(names, tie('node'), { minKeys: 1, maxKeys: 3, noNullPrototype: true }),
    }))
    fc.assert(
      fc.property(tree.object, tree.object, keys, (one, other, section) => {
        const ours = ConfigParams.fromValue(one)
        const original = theirs.ConfigParams.fromValue(one)
        expect(plain(ours)).toStrictEqual(plain(original))
        expect(ours.getSectionNames()).toStrictEqual(original.getSectionNames())
        for (const name of [section, ...ours.getSectionNames()]) {
          expect(plain(ours.getSection(name))).toStrictEqual(plain(original.getSection(name)))
        }
        const [ourOther, originalOther] = [
          ConfigParams.fromValue(other),
          theirs.ConfigParams.fromValue(other),
        ]
        expect(plain(ours.override(ourOther))).toStrictEqual(plain(original.override(originalOther)))
        expect(plain(ours.setDefaults(ourOther))).toStrictEqual(plain(original.setDefaults(originalOther)))
        ours.addSection(section, ourOther)
        original.addSection(section, originalOther)
        expect(plain(ours)).toStrictEqual(plain(original))
      }),
    )
  })

  test('objects of the original are input for ours, and the other way round', () => {
    // The annotations are half of the test: the compiler must take the original's objects for ours.
    const filter: FilterParams = theirs.FilterParams.fromTuples('a', 1)
    const map: AnyValueMap = theirs.AnyValueMap.fromTuples('a', 1)
    const paging: PagingParams = new theirs.PagingParams(1, 2, true)
    const config: ConfigParams = theirs.ConfigParams.fromTuples('a.b', 1)
    const projection: ProjectionParams = theirs.ProjectionParams.fromString('a(b)')
    const sort: SortParams = new theirs.SortParams(new theirs.SortField('a'))
    const page: DataPage<string> = new theirs.DataPage(['a'], 1)
    const references: IReferences = new theirs.References()
    expect(plain(new FilterParams(filter))).toStrictEqual({ a: '1' })
    expect(plain(new AnyValueMap(map))).toStrictEqual({ a: 1 })
    expect(PagingParams.fromValue(paging)).toStrictEqual(new PagingParams(1, 2, true))
    expect(plain(new ConfigParams({ c: 2 }).override(config))).toStrictEqual({ c: '2', 'a.b': '1' })
    expect([...ProjectionParams.fromValue(projection)]).toStrictEqual(['a.b'])
    expect(Array.from(sort, (field) => field.name)).toStrictEqual(['a'])
    expect(page.data).toStrictEqual(['a'])
    expect(new CompositeLogger(references).listens(1)).toBe(false)
    expect(plain(new theirs.FilterParams(FilterParams.fromTuples('a', 1)))).toStrictEqual({ a: '1' })
    expect(plain(theirs.PagingParams.fromValue(new PagingParams(1, 2, true)))).toStrictEqual(plain(paging))
    expect(theirs.AnyValueMap.fromValue(AnyValueMap.fromTuples('a', 1)).getAsObject()).toStrictEqual({ a: 1 })
  })
})
