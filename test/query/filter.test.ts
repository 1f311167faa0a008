import { describe, expect, test } from 'vitest'
import { FilterParams } from '../../src/data/FilterParams.js'
import { compileCondition } from '../../src/query/compileCondition.js'
import { foldCase } from '../../src/query/fold.js'
import { parseFilter } from '../../src/query/parseFilter.js'

const match = (filter: unknown, item: unknown) => compileCondition(parseFilter(filter).condition)(item)

/** Checks `[filter, items that match, items that do not]` rows. */
function table(rows: readonly (readonly [unknown, readonly unknown[], readonly unknown[]])[]) {
  for (const [filter, hits, misses] of rows) {
    for (const item of hits) expect(match(filter, item), `${show(filter)} on ${show(item)}`).toBe(true)
    for (const item of misses) expect(match(filter, item), `${show(filter)} on ${show(item)}`).toBe(false)
  }
}

function show(value: unknown): string {
  return JSON.stringify(value, (_, v) =>
    v === undefined ? 'undefined' : typeof v === 'bigint' ? `${v}n` : v,
  )
}

function refused(filter: unknown): {
  code: string
  message: string
  details: { place: string; path: string }
} {
  try {
    parseFilter(filter)
  } catch (error) {
    return error as never
  }
  throw new Error(`${show(filter)} was accepted`)
}

const at = (iso: string) => new Date(iso)
const EARLY = '2024-01-01T00:00:00.000Z'
const LATE = '2024-06-01T00:00:00.000Z'

describe('a filter', () => {
  test('of nothing matches everything', () => {
    table([
      [null, [{}, { a: 1 }], []],
      [undefined, [{}, { a: 1 }], []],
      [{}, [{}, { a: 1 }], []],
      [Object.create(null), [{}, { a: 1 }], []],
    ])
  })

  test('that is a function is kept as a predicate', () => {
    const predicate = (item: { a: number }) => item.a > 1
    expect(parseFilter(predicate)).toEqual({ condition: { op: 'and', of: [] }, predicate, undefinedAt: null })
  })

  test('of another kind is refused', () => {
    class Own {
      a = 1
    }
    for (const filter of [
      'a',
      '',
      0,
      1,
      true,
      false,
      1n,
      Symbol('a'),
      [],
      [{}],
      new Map(),
      new Set(),
      new Date(),
      /a/,
      new Own(),
      Promise.resolve(),
    ]) {
      expect(() => parseFilter(filter)).toThrow(expect.objectContaining({ code: 'INVALID_FILTER' }))
    }
  })

  test('of several fields needs all of them', () => {
    table([[{ a: 1, b: 2 }, [{ a: 1, b: 2, c: 3 }], [{ a: 1 }, { b: 2 }, { a: 1, b: 3 }]]])
  })
})

describe('undefined', () => {
  test('leaves a condition out, and the place is kept', () => {
    table([
      [{ a: undefined, b: 2 }, [{ b: 2 }, { a: 1, b: 2 }], [{ a: 1 }]],
      [{ a: { $gt: undefined, $lt: 5 } }, [{ a: 1 }], [{ a: 5 }, {}]],
      [{ a: { $not: { $eq: undefined } } }, [{}, { a: 1 }], []],
      [{ a: { $elemMatch: { $eq: undefined } } }, [{}, { a: 1 }], []],
      [{ a: { $elemMatch: { b: undefined } } }, [{}, { a: 1 }], []],
      [{ a: { $in: undefined, $nin: undefined, $size: undefined, $all: undefined } }, [{}], []],
    ])
    expect(parseFilter({ a: 1, 'b.c': { $gt: undefined } }).undefinedAt).toBe('b.c.$gt')
    expect(parseFilter({ a: undefined, b: undefined }).undefinedAt).toBe('a')
    expect(parseFilter({ $or: [{ a: 1 }, { b: undefined }] }).undefinedAt).toBe('$or[1].b')
    expect(parseFilter({ a: null }).undefinedAt).toBeNull()
  })

  test('leaves out a branch that it empties', () => {
    table([
      [{ $or: [{ a: undefined }, { b: 2 }] }, [{ b: 2 }], [{ a: 1 }, {}]],
      [{ $or: [undefined, { b: 2 }] }, [{ b: 2 }], [{}]],
      [{ $or: [{ a: undefined }] }, [{}, { a: 1 }], []],
      [{ $nor: [{ a: undefined }, { b: 2 }] }, [{ a: 1 }, {}], [{ b: 2 }]],
      [{ $nor: [{ a: undefined }] }, [{}, { a: 1 }], []],
      [{ $not: { a: undefined } }, [{}, { a: 1 }], []],
      [{ $and: [{ $or: [{ a: { $eq: undefined } }] }], b: 2 }, [{ b: 2 }], [{}]],
      [{ $and: undefined, $or: undefined, $nor: undefined, $not: undefined }, [{}], []],
    ])
    // Empty from the start is not emptied: it matches everything.
    table([
      [{ $or: [{}, { b: 2 }] }, [{}, { b: 1 }], []],
      [{ $not: {} }, [], [{}, { a: 1 }]],
    ])
  })

  test('inside $in, $nin and $all is refused', () => {
    expect(refused({ a: { $in: [1, undefined] } })).toMatchObject({
      code: 'INVALID_FILTER',
      details: { place: 'a.$in[1]' },
    })
    expect(refused({ a: { $nin: [undefined] } })).toMatchObject({ details: { place: 'a.$nin[0]' } })
    expect(refused({ a: { $all: [undefined] } })).toMatchObject({ details: { place: 'a.$all[0]' } })
    // biome-ignore lint/suspicious/noSparseArray: a hole reads as undefined
    expect(refused({ a: { $in: [, 1] } })).toMatchObject({ details: { place: 'a.$in[0]' } })
  })
})

describe('truth', () => {
  test('null matches null and missing; $exists tells them apart', () => {
    const [none, nil, one] = [{}, { a: null }, { a: 1 }]
    table([
      [{ a: null }, [none, nil, { a: undefined }], [one, { a: 0 }, { a: '' }, { a: false }, { a: [] }]],
      [{ a: { $eq: null } }, [none, nil], [one]],
      [{ a: { $in: [null, 1] } }, [none, nil, one], [{ a: 2 }]],
      [{ a: { $exists: true } }, [nil, one], [none, { a: undefined }]],
      [{ a: { $exists: false } }, [none], [nil, one]],
      [{ a: { $exists: true, $eq: null } }, [nil], [none, one]],
      [{ 'a.b': null }, [none, nil, one, { a: [] }], [{ a: { b: 1 } }]],
    ])
  })

  test('$ne, $nin, $not and $nor are exact complements', () => {
    table([
      [{ a: { $ne: 1 } }, [{}, { a: null }, { a: 2 }, { a: [1] }, { a: '1' }], [{ a: 1 }]],
      [{ a: { $ne: null } }, [{ a: 1 }], [{}, { a: null }]],
      [{ a: { $nin: [1, null] } }, [{ a: 2 }], [{}, { a: 1 }]],
      [{ a: { $nin: [] } }, [{}, { a: 1 }], []],
      [{ a: { $not: { $gt: 5 } } }, [{}, { a: 5 }, { a: 'x' }, { a: null }, { a: Number.NaN }], [{ a: 6 }]],
      [{ a: { $not: { $gt: 5, $lt: 9 } } }, [{}, { a: 5 }, { a: 9 }], [{ a: 6 }]],
      [{ a: { $not: { $not: { $eq: 1 } } } }, [{ a: 1 }], [{}, { a: 2 }]],
      [{ $not: { a: 1, b: 2 } }, [{}, { a: 1 }, { b: 2 }], [{ a: 1, b: 2 }]],
      [{ $nor: [{ a: 1 }, { b: 2 }] }, [{}, { a: 2 }], [{ a: 1 }, { b: 2 }]],
    ])
  })

  test('$in with an empty list matches nothing', () => {
    table([[{ a: { $in: [] } }, [], [{}, { a: null }, { a: 1 }]]])
  })

  test('a long $in finds what a short one finds', () => {
    const many = Array.from({ length: 50 }, (_, i) => i)
    table([
      [
        { a: { $in: many } },
        [{ a: 0 }, { a: -0 }, { a: 49 }],
        [{}, { a: null }, { a: 50 }, { a: '1' }, { a: [1] }],
      ],
      [{ a: { $in: [...many, null] } }, [{}, { a: null }, { a: at('x') }], [{ a: 50 }]],
      [
        { a: { $in: [...many, at(EARLY)] } },
        [{ a: EARLY }, { a: at(EARLY) }],
        [{ a: LATE }, { a: at(LATE) }],
      ],
    ])
  })
})

describe('types', () => {
  test('are not converted', () => {
    table([
      [{ a: 1 }, [{ a: 1 }], [{ a: '1' }, { a: true }, { a: 1n }, { a: [1] }, { a: { valueOf: 1 } }]],
      [{ a: '1' }, [{ a: '1' }], [{ a: 1 }]],
      [{ a: true }, [{ a: true }], [{ a: 1 }, { a: 'true' }]],
      [{ a: 0 }, [{ a: 0 }, { a: -0 }], [{ a: false }, { a: '' }, { a: null }]],
      [{ a: -0 }, [{ a: 0 }, { a: -0 }], []],
    ])
    expect(
      Object.is(
        (parseFilter({ a: -0 }).condition as never as { test: { values: number[] } }).test.values[0],
        0,
      ),
    ).toBe(true)
  })

  test('an ordering operator matches its own type only', () => {
    table([
      [
        { a: { $gt: 1 } },
        [{ a: 2 }, { a: Infinity }],
        [{ a: 1 }, { a: '2' }, { a: true }, { a: null }, {}, { a: at(EARLY) }, { a: Number.NaN }],
      ],
      [{ a: { $lte: 1 } }, [{ a: 1 }, { a: -5 }], [{ a: 2 }, { a: null }, {}, { a: false }, { a: '0' }]],
      [{ a: { $gte: 'b' } }, [{ a: 'b' }, { a: 'c' }], [{ a: 'B' }, { a: 5 }, {}, { a: ['c'] }]],
      [{ a: { $lt: 'b' } }, [{ a: '' }, { a: 'a' }, { a: 'B' }], [{ a: 'b' }, { a: 1 }]],
      [{ a: { $gt: '\uffff' } }, [{ a: '\u{1f600}' }], [{ a: '\ue000' }, { a: '\uffff' }]],
    ])
  })

  test('a Date is its ISO text', () => {
    table([
      [{ a: at(EARLY) }, [{ a: at(EARLY) }, { a: EARLY }], [{ a: at(LATE) }, { a: Date.parse(EARLY) }]],
      [{ a: EARLY }, [{ a: at(EARLY) }], [{ a: at(LATE) }]],
      [{ a: '2024-01-01' }, [{ a: '2024-01-01' }], [{ a: at(EARLY) }]],
      [
        { a: { $gt: at(EARLY) } },
        [{ a: at(LATE) }, { a: LATE }, { a: 'x' }],
        [{ a: at(EARLY) }, { a: 9e15 }],
      ],
      [{ a: { $lte: '2024-01-01' } }, [{ a: at('2023-12-31T23:59:59.999Z') }], [{ a: at(EARLY) }]],
      [{ a: { $startsWith: '2024-' } }, [{ a: at(EARLY) }], [{ a: at('2023-01-01') }]],
      [{ a: { $in: [at(EARLY), at(LATE)] } }, [{ a: LATE }, { a: at(EARLY) }], [{ a: at('2000-01-01') }]],
      // As text, years with a sign come before all others.
      [{ a: { $lt: at(EARLY) } }, [{ a: at('+010000-01-01T00:00:00.000Z') }], []],
    ])
  })

  test('an invalid Date in an item is null, as in JSON', () => {
    table([
      [{ a: null }, [{ a: at('x') }], []],
      [{ a: { $lt: LATE } }, [], [{ a: at('x') }]],
      [{ a: { $contains: '' } }, [{ a: '' }], [{ a: at('x') }]],
    ])
  })
})

describe('arrays', () => {
  test('are never matched by a scalar condition, nor entered by a path', () => {
    table([
      [{ a: 1 }, [], [{ a: [1] }, { a: [[1]] }]],
      [{ a: { $gt: 0 } }, [], [{ a: [1] }]],
      [{ 'a.0': 1 }, [{ a: { 0: 1 } }], [{ a: [1] }]],
      [{ 'a.b': 1 }, [{ a: { b: 1 } }], [{ a: [{ b: 1 }] }]],
      [{ 'a.length': 1 }, [{ a: { length: 1 } }], [{ a: [1] }, { a: 'x' }]],
      [{ a: { $exists: true } }, [{ a: [] }], []],
      [{ 0: 1 }, [], [[1]]],
    ])
  })

  test('$size is the length', () => {
    table([
      [{ a: { $size: 1 } }, [{ a: [1] }, { a: [[1, 2]] }], [{ a: [] }, { a: 'x' }, { a: { length: 1 } }, {}]],
    ])
    for (const size of [-1, 1.5, Number.NaN, '1', null, 2 ** 60]) {
      expect(refused({ a: { $size: size } })).toMatchObject({
        code: 'INVALID_FILTER',
        details: { place: 'a.$size' },
      })
    }
  })

  test('$all wants every value among the elements', () => {
    table([
      [{ a: { $all: [1, 'x'] } }, [{ a: ['x', 2, 1] }], [{ a: [1] }, { a: ['1', 'x'] }, { a: 1 }, {}]],
      [{ a: { $all: [null] } }, [{ a: [null] }], [{ a: [] }, {}]],
      [{ a: { $all: [] } }, [], [{ a: [] }, { a: [1] }]],
      [{ a: { $all: [at(EARLY)] } }, [{ a: [EARLY] }, { a: [at(EARLY)] }], [{ a: [at(LATE)] }]],
    ])
  })

  test('$elemMatch tests elements that are values', () => {
    table([
      [{ a: { $elemMatch: { $eq: 'x' } } }, [{ a: ['y', 'x'] }], [{ a: 'x' }, { a: [['x']] }, {}]],
      [{ a: { $elemMatch: { $gt: 1, $lt: 3 } } }, [{ a: [9, 2] }], [{ a: [0, 9] }]],
      [{ a: { $elemMatch: { $not: { $gt: 1 } } } }, [{ a: [5, 1] }], [{ a: [5] }, { a: [] }]],
      [{ a: { $elemMatch: { $elemMatch: { $eq: 1 } } } }, [{ a: [[2], [1]] }], [{ a: [1] }]],
      [{ a: { $elemMatch: { $eq: null } } }, [{ a: [null] }], [{ a: [] }]],
      [{ a: { $not: { $elemMatch: { $eq: 1 } } } }, [{ a: [2] }, {}], [{ a: [1] }]],
    ])
  })

  test('$elemMatch of fields tests elements that are objects', () => {
    table([
      [
        { a: { $elemMatch: { b: 1, c: 2 } } },
        [{ a: [{ b: 1, c: 2 }] }],
        [{ a: [{ b: 1 }, { c: 2 }] }, { a: { b: 1, c: 2 } }],
      ],
      [{ a: { $elemMatch: { b: null } } }, [{ a: [{}] }], [{ a: [1, 'x', null, [], at(EARLY)] }]],
      [{ a: { $elemMatch: { $or: [{ b: 1 }, { b: 2 }] } } }, [{ a: [{ b: 2 }] }], [{ a: [{ b: 3 }] }]],
      [{ a: { $elemMatch: { $not: { b: 1 } } } }, [{ a: [{ b: 2 }] }], [{ a: [{ b: 1 }] }, { a: [1] }]],
      [{ a: { $elemMatch: {} } }, [{ a: [{}] }], [{ a: [1] }, { a: [] }]],
      [
        { a: { $elemMatch: { 'b.c': { $elemMatch: { d: 1 } } } } },
        [{ a: [{ b: { c: [{ d: 1 }] } }] }],
        [{ a: [] }],
      ],
    ])
    expect(refused({ a: { $elemMatch: { $gt: 1, b: 1 } } }).code).toBe('INVALID_FILTER')
  })
})

describe('text', () => {
  test('$contains and $startsWith are exact', () => {
    table([
      [{ a: { $contains: 'b' } }, [{ a: 'abc' }], [{ a: 'aBc' }, { a: ['b'] }, {}, { a: 5 }]],
      [{ a: { $startsWith: 'ab' } }, [{ a: 'abc' }], [{ a: 'Abc' }, { a: 'cab' }]],
      [{ a: { $contains: '' } }, [{ a: '' }, { a: 'x' }], [{ a: 5 }, {}]],
      [{ a: { $contains: '.*%_' } }, [{ a: 'x.*%_' }], [{ a: 'xyz%_' }]],
    ])
  })

  test('the folding forms ignore case, code point by code point', () => {
    table([
      [{ a: { $icontains: 'STRASSE' } }, [{ a: 'Bergstrasse' }], [{ a: 'Bergstraße' }]],
      [{ a: { $icontains: 'ß' } }, [{ a: 'Straße' }], [{ a: 'STRASSE' }]],
      [{ a: { $istartsWith: 'Σ' } }, [{ a: 'ς' }, { a: 'σα' }], [{ a: 'a' }]],
      [{ a: { $icontains: 'I' } }, [{ a: 'i' }, { a: 'ı' }], [{ a: 'İ' }]],
      [{ a: { $icontains: 'k' } }, [{ a: '\u212a' }], []],
      [{ a: { $istartsWith: '\u{10400}' } }, [{ a: '\u{10428}x' }], []],
      [{ a: { $icontains: 'é' } }, [{ a: 'É' }], [{ a: 'e\u0301' }]],
    ])
  })

  test('folding keeps the number of code points and does nothing the second time', () => {
    for (let point = 0; point < 0x110000; point++) {
      const letter = String.fromCodePoint(point)
      const folded = foldCase(letter)
      if ([...folded].length !== 1 || foldCase(folded) !== folded) throw new Error(`U+${point.toString(16)}`)
    }
    expect(foldCase('ΟΔΟΣ ÄÖ ab')).toBe('οδοσ äö ab')
  })
})

describe('INVALID_FILTER names the place', () => {
  const rows: [unknown, string][] = [
    [{ a: { $gtt: 1 } }, 'a.$gtt'],
    [{ $where: 'x' }, '$where'],
    [{ $expr: {} }, '$expr'],
    [{ a: { $regex: 'x' } }, 'a.$regex'],
    [{ a: { $or: [{}] } }, 'a.$or'],
    [{ $eq: 1 }, '$eq'],
    [{ $elemMatch: {} }, '$elemMatch'],
    [{ a: { $gt: null } }, 'a.$gt'],
    [{ a: { $lte: null } }, 'a.$lte'],
    [{ a: { $gt: true } }, 'a.$gt'],
    [{ a: { $gt: [] } }, 'a.$gt'],
    [{ a: [1] }, 'a'],
    [{ a: [] }, 'a'],
    [{ a: {} }, 'a'],
    [{ a: { b: 1 } }, 'a.b'],
    [{ a: { b: undefined } }, 'a.b'],
    [{ a: { $eq: {} } }, 'a.$eq'],
    [{ a: { $eq: [] } }, 'a.$eq'],
    [{ a: { $ne: { $gt: 1 } } }, 'a.$ne'],
    [{ a: { $in: 'x' } }, 'a.$in'],
    [{ a: { $in: null } }, 'a.$in'],
    [{ a: { $in: new Set([1]) } }, 'a.$in'],
    [{ a: { $in: [[1]] } }, 'a.$in[0]'],
    [{ a: { $in: [1, /x/] } }, 'a.$in[1]'],
    [{ a: { $all: 1 } }, 'a.$all'],
    [{ a: { $exists: 1 } }, 'a.$exists'],
    [{ a: { $exists: null } }, 'a.$exists'],
    [{ a: { $contains: 1 } }, 'a.$contains'],
    [{ a: { $startsWith: null } }, 'a.$startsWith'],
    [{ a: { $icontains: /x/ } }, 'a.$icontains'],
    [{ a: { $not: 1 } }, 'a.$not'],
    [{ a: { $not: /x/ } }, 'a.$not'],
    [{ a: { $not: {} } }, 'a.$not'],
    [{ a: { $elemMatch: 1 } }, 'a.$elemMatch'],
    [{ a: { $elemMatch: [] } }, 'a.$elemMatch'],
    [{ $and: [] }, '$and'],
    [{ $or: [] }, '$or'],
    [{ $nor: [] }, '$nor'],
    [{ $or: {} }, '$or'],
    [{ $or: null }, '$or'],
    [{ $or: [null] }, '$or[0]'],
    [{ $or: [{}, 5] }, '$or[1]'],
    [{ $or: [() => true] }, '$or[0]'],
    [{ $or: [[]] }, '$or[0]'],
    [{ $not: null }, '$not'],
    [{ $not: [] }, '$not'],
    [{ $or: [{ a: 1 }, { b: { $gt: {} } }] }, '$or[1].b.$gt'],
    [{ a: { $elemMatch: { b: { $foo: 1 } } } }, 'a.$elemMatch.b.$foo'],
    [{ a: Number.NaN }, 'a'],
    [{ a: Infinity }, 'a'],
    [{ a: { $gt: -Infinity } }, 'a.$gt'],
    [{ a: 5n }, 'a'],
    [{ a: new Date('x') }, 'a'],
    [{ a: { $lt: new Date('x') } }, 'a.$lt'],
    [{ a: /x/ }, 'a'],
    [{ a: () => 1 }, 'a'],
    [{ a: Symbol('x') }, 'a'],
    [{ a: new Map() }, 'a'],
    [{ a: new String('x') }, 'a'],
    [{ [Symbol('a')]: 1 }, ''],
  ]
  test.each(rows)('%o at %s', (filter, place) => {
    expect(refused(filter)).toMatchObject({ code: 'INVALID_FILTER', details: { place } })
    if (place !== '') expect(refused(filter).message).toContain(JSON.stringify(place))
  })
})

describe('paths', () => {
  test('lead through nested objects, own fields only', () => {
    class Address {
      city = 'Rome'
      get upper() {
        return 'ROME'
      }
    }
    table([
      [{ 'a.b.c': 1 }, [{ a: { b: { c: 1 } } }], [{ 'a.b.c': 1 }, { a: { b: 1 } }, { a: null }]],
      [{ 'home.city': 'Rome' }, [{ home: new Address() }], []],
      [{ 'home.upper': 'ROME' }, [], [{ home: new Address() }]],
      [{ toString: { $exists: true } }, [{ toString: 1 }], [{}, { a: 1 }]],
      [{ 'a.hasOwnProperty': null }, [{ a: {} }], [{ a: { hasOwnProperty: 1 } }]],
      [{ 'a.valueOf': { $exists: true } }, [], [{ a: 1 }, { a: 'x' }, { a: {} }]],
      [{ 'straße 1': 1, 日本: 2 }, [{ 'straße 1': 1, 日本: 2 }], []],
    ])
  })

  test('outside the grammar are refused', () => {
    const long = 'x'.repeat(64)
    const faces = '\u{1f600}'.repeat(64)
    for (const path of [
      'a',
      long,
      faces,
      'a.b.c.d.e.f.g.h',
      Array(8).fill(faces).join('.'),
      'a-b',
      'a b',
      '0',
      'a$b',
    ]) {
      expect(() => parseFilter({ [path]: 1 })).not.toThrow()
    }
    for (const path of [
      '',
      '.',
      'a.',
      '.a',
      'a..b',
      `${long}x`,
      `${faces}x`,
      'a.b.c.d.e.f.g.h.i',
      'a.$b',
      "a'b",
      'a"b',
      'a`b',
      'a\\b',
      'a\0',
      'a\n',
      'a\x7f',
      'a\x85',
      'a\ud800',
      '__proto__',
      'a.__proto__',
      'constructor',
      'a.constructor.b',
      'prototype',
      'x'.repeat(1e6),
    ]) {
      const error = refused({ [path]: 1 })
      expect(error.code).toBe('INVALID_FILTER')
      expect(error.message.length).toBeLessThan(1000)
      expect(error.details.place.slice(0, 50)).toBe(path.slice(0, 50))
      expect(refused({ [path]: undefined }).code).toBe('INVALID_FILTER')
    }
  })
})

describe('FilterParams', () => {
  const params = (...tuples: unknown[]) => FilterParams.fromTuples(...tuples)

  test('match strings, and numbers, booleans and Dates of that text', () => {
    table([
      [params('a', '5'), [{ a: '5' }, { a: 5 }], [{ a: 6 }, {}, { a: ['5'] }]],
      [params('a', '5.0'), [{ a: '5.0' }], [{ a: 5 }]],
      [params('a', '1e+300'), [{ a: 1e300 }], []],
      [params('a', '-0'), [{ a: '-0' }], [{ a: 0 }]],
      [params('a', 'true'), [{ a: 'true' }, { a: true }], [{ a: 1 }, { a: false }]],
      [params('a', false), [{ a: 'false' }, { a: false }], [{}]],
      [params('a', 'null'), [{ a: 'null' }], [{}, { a: null }]],
      [params('a', 'NaN'), [{ a: 'NaN' }], [{ a: Number.NaN }]],
      [params('a', EARLY), [{ a: EARLY }, { a: at(EARLY) }], [{ a: at(LATE) }]],
      [params('a', 'x', 'b.c', '2'), [{ a: 'x', b: { c: 2 } }], [{ a: 'x' }]],
      [params('a', '$gt'), [{ a: '$gt' }], []],
    ])
  })

  test('entries that are null or empty are left out', () => {
    table([[params('a', null, 'b', '', 'c', 'x'), [{ c: 'x' }, { a: 1, b: 1, c: 'x' }], [{ c: 'y' }]]])
    expect(parseFilter(params('a', '')).undefinedAt).toBe('a')
    expect(parseFilter(params('a', null)).condition).toEqual({ op: 'and', of: [] })
    expect(parseFilter(params()).undefinedAt).toBeNull()
  })

  test('ids is a list of ids', () => {
    table([
      [params('ids', '1, x,,'), [{ id: '1' }, { id: 1 }, { id: 'x' }], [{ id: '' }, { ids: '1' }, {}]],
      [params('ids', ','), [], [{ id: '' }, {}]],
    ])
  })

  test('keys are paths, never operators', () => {
    for (const key of ['$or', '$where', '__proto__.a', 'constructor', "a'b"]) {
      const filter = new FilterParams()
      Object.defineProperty(filter, key, { value: 'x', enumerable: true })
      expect(refused(filter).code).toBe('INVALID_FILTER')
    }
  })

  test('of other packages are known by getAsObject; an entry of that name is data', () => {
    class Theirs {
      [name: string]: unknown
      getAsObject() {
        return {}
      }
    }
    const theirs = Object.assign(new Theirs(), { a: '5', b: 7, c: true })
    table([
      [
        theirs,
        [
          { a: 5, b: 7, c: true },
          { a: '5', b: '7', c: 'true' },
        ],
        [{ a: 5 }],
      ],
    ])
    expect(refused(Object.assign(new Theirs(), { a: [1] })).details.place).toBe('a')
    expect(refused({ getAsObject: () => ({}) }).details.place).toBe('getAsObject')
  })

  test('stand in branches beside filter objects', () => {
    table([[{ $and: [params('a', '5'), { b: { $gt: 1 } }] }, [{ a: 5, b: 2 }], [{ a: 5 }, { b: 2 }]]])
  })
})

test('a filter is read once: changing it later changes nothing', () => {
  const filter = { a: { $in: [1] } }
  const matches = compileCondition(parseFilter(filter).condition)
  filter.a.$in.push(2)
  expect(matches({ a: 2 })).toBe(false)
})
