import fc from 'fast-check'

/** Items as a JSON store takes them, made of few names and values, so that conditions often hold. */
export type Doc = { id: string } & Record<string, unknown>

/** Numbers at the edges of doubles and of the integers of databases. */
export const SPECIAL_NUMBERS: readonly number[] = [
  ...[0, 1, -1, 2, 5, 10, 0.1, 0.30000000000000004, 1e21, 1e17, -1e-7, 5e-324, 2.225073858507201e-308],
  ...[
    Number.MAX_VALUE,
    -Number.MAX_VALUE,
    9007199254740991,
    9007199254740992,
    2 ** 63 - 1024,
    2 ** 63,
    2 ** 64,
  ],
  ...[0.1 + 0.7, 4.35, 1.005, 123456789.12345679, 8.41e21, 9.5367431640625e-7, -(2 ** 63)],
]

const numbers = fc.oneof(
  fc.constantFrom(...SPECIAL_NUMBERS),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => (value === 0 ? 0 : value)),
)

/** Texts at the edges of orders, foldings, quotings and encodings. */
export const SPECIAL_TEXTS: readonly string[] = [
  ...[
    '',
    'a',
    'A',
    'b',
    'ab',
    'aB',
    'abc',
    'B',
    'Z',
    'z',
    '5',
    '0',
    '1',
    'true',
    'null',
    'ß',
    'SS',
    'ss',
    'ſ',
    'K',
  ],
  ...[
    'k',
    'é',
    'É',
    'e\u0301',
    'İ',
    'ı',
    'i',
    'I',
    'Σ',
    'σ',
    'ς',
    '😀',
    '\ue000',
    '\ufffd',
    '\ud7ff',
    '\u{10ffff}',
  ],
  ...["o'x", '"', '\\', '%', '_', 'a%', '{}', '[]', '\u0001', '\n', '\u2028', '𐐀', '𐐨', 'ǅ', 'ᾳ', 'Ω', 'ω'],
  '2026-01-01T00:00:00.000Z',
]

export const texts = fc.oneof(
  fc.constantFrom(...SPECIAL_TEXTS),
  fc.string({ unit: 'grapheme', maxLength: 4 }).filter((text) => !/[\0\p{Cs}]/u.test(text)),
)

export const scalars = fc.oneof(fc.constant(null), fc.boolean(), numbers, texts)

const names = fc.constantFrom('a', 'b', '0', 'c d', 'é')

const { value: values } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    { arbitrary: scalars, weight: 4 },
    { arbitrary: fc.array(tie('value'), { maxLength: 3 }), weight: 2 },
    { arbitrary: fc.dictionary(names, tie('value'), { maxKeys: 3, noNullPrototype: true }), weight: 2 },
  ),
}))

export const items: fc.Arbitrary<Doc[]> = fc
  .uniqueArray(
    fc.record({
      id: texts.filter((text) => text !== ''),
      fields: fc.dictionary(names, values as fc.Arbitrary<unknown>, { maxKeys: 4, noNullPrototype: true }),
    }),
    { minLength: 1, maxLength: 12, selector: ({ id }) => id },
  )
  .map((drawn) => drawn.map(({ id, fields }) => ({ ...fields, id })))

export const paths = fc.oneof(
  { arbitrary: names, weight: 4 },
  { arbitrary: fc.tuple(names, names).map((path) => path.join('.')), weight: 2 },
  { arbitrary: fc.constantFrom('id', 'a.b.a', 'b.a.0'), weight: 1 },
)

/** Bounds that no engine can take as text. */
export const UNSTORABLE_TEXTS: readonly string[] = ['\ud800', 'a\ud83d', 'a\0b', 'a\udfff', '\0', 'é\udc00z']

const ordered = fc.oneof(numbers, texts, fc.constantFrom(...UNSTORABLE_TEXTS))

const operators = (element: fc.Arbitrary<unknown>) =>
  fc.oneof(
    fc.record({ $eq: scalars }),
    fc.record({ $ne: scalars }),
    fc.record({ $in: fc.array(scalars, { maxLength: 4 }) }),
    fc.record({ $nin: fc.array(scalars, { maxLength: 4 }) }),
    fc.record({ $gt: ordered }),
    fc.record({ $gte: ordered }),
    fc.record({ $lt: ordered }),
    fc.record({ $lte: ordered }),
    fc.record({ $gt: ordered, $lt: ordered }),
    fc.record({ $exists: fc.boolean() }),
    fc.record({ $contains: texts }),
    fc.record({ $startsWith: texts }),
    fc.record({ $icontains: texts }),
    fc.record({ $istartsWith: texts }),
    fc.record({ $size: fc.nat(3) }),
    fc.record({ $all: fc.array(scalars, { minLength: 1, maxLength: 2 }) }),
    fc.record({ $elemMatch: element }),
  )

/** Filters as users write them. */
export const { filter: filters } = fc.letrec((tie) => ({
  scalarTest: fc.oneof(
    { maxDepth: 2 },
    scalars.filter((value) => value !== null).map(($eq) => ({ $eq })),
    operators(fc.oneof({ depthSize: 'small' }, tie('scalarTest'), tie('condition'))),
  ),
  condition: fc.oneof(
    { maxDepth: 2 },
    fc.tuple(paths, scalars).map(([path, value]) => ({ [path]: value })),
    fc.tuple(paths, operators(tie('scalarTest'))).map(([path, test]) => ({ [path]: test })),
    fc.tuple(paths, operators(tie('condition'))).map(([path, test]) => ({ [path]: test })),
    fc.tuple(paths, operators(tie('scalarTest'))).map(([path, test]) => ({ [path]: { $not: test } })),
  ),
  filter: fc.oneof(
    { maxDepth: 2 },
    { arbitrary: tie('condition'), weight: 4 },
    {
      arbitrary: fc.array(tie('filter'), { minLength: 1, maxLength: 3 }).map(($and) => ({ $and })),
      weight: 1,
    },
    { arbitrary: fc.array(tie('filter'), { minLength: 1, maxLength: 3 }).map(($or) => ({ $or })), weight: 1 },
    {
      arbitrary: fc.array(tie('filter'), { minLength: 1, maxLength: 2 }).map(($nor) => ({ $nor })),
      weight: 1,
    },
  ),
}))

/** Sorts as users write them. */
export const sorts = fc.option(
  fc
    .uniqueArray(fc.record({ name: paths, ascending: fc.boolean() }), {
      minLength: 1,
      maxLength: 3,
      selector: ({ name }) => name,
    })
    .map((fields) => fields),
)
