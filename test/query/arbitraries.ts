import fc from 'fast-check'

/** Few names and values, so that filters often meet what items hold. */
const NAMES = ['a', 'b', 'c', 'é', '0', 'toString', 'length']
const TEXTS = [
  '',
  'a',
  'A',
  'ab',
  'aB',
  'ß',
  'SS',
  'Σ',
  'ς',
  'İ',
  'ı',
  '5',
  'true',
  'null',
  '\u{1f600}',
  '\ue000',
  '\uffff',
  '\ufb01',
  'a\u{1f600}',
  'a\uffff',
  '2024-01-02T03:04:05.678Z',
  '2023-12-31T23:59:59.999Z',
]

/** Scalars as JSON has them. */
export const scalars: fc.Arbitrary<string | number | boolean | null> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...TEXTS) },
  { weight: 4, arbitrary: fc.constantFrom(0, -0, 1, 2, 5, -1, 1.5, 1e300, 2 ** 53) },
  { weight: 1, arbitrary: fc.boolean() },
  { weight: 1, arbitrary: fc.constant(null) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 4 }) },
  { weight: 1, arbitrary: fc.double({ noNaN: true, noDefaultInfinity: true }) },
)

export const dates: fc.Arbitrary<Date> = fc.constantFrom(
  new Date('2024-01-02T03:04:05.678Z'),
  new Date('2023-12-31T23:59:59.999Z'),
  new Date(8.64e15),
  new Date('-000001-01-01T00:00:00.000Z'),
)

/** Values of fields: scalars, Dates, arrays and objects, and what only memory stores hold. */
const { value, object } = fc.letrec<{ value: unknown; object: Record<string, unknown> }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    { weight: 8, arbitrary: scalars },
    { weight: 1, arbitrary: dates },
    { weight: 1, arbitrary: fc.constantFrom(undefined, Number.NaN, Infinity, 5n, new Date(Number.NaN)) },
    { weight: 3, arbitrary: fc.array(tie('value'), { maxLength: 3 }) },
    { weight: 4, arbitrary: tie('object') },
  ),
  object: fc.dictionary(fc.constantFrom(...NAMES), tie('value'), { maxKeys: 5 }) as fc.Arbitrary<
    Record<string, unknown>
  >,
}))

export const values = value

/** Items with an id of either type. */
export const items: fc.Arbitrary<Record<string, unknown> & { id: string | number }> = fc
  .tuple(object, fc.oneof(fc.constantFrom(...TEXTS.slice(1)), fc.integer({ min: 0, max: 50 })))
  .map(([fields, id]) => ({ ...fields, id }))

export const paths: fc.Arbitrary<string> = fc
  .array(fc.constantFrom(...NAMES), { minLength: 1, maxLength: 3 })
  .map((names) => names.join('.'))

const operand = fc.oneof({ weight: 6, arbitrary: scalars }, { weight: 1, arbitrary: dates })
const ordered = fc.oneof(
  fc.constantFrom(...TEXTS),
  fc.constantFrom(0, 1, 2, 5, -1, 1.5),
  dates,
) as fc.Arbitrary<string | number | Date>
const text = fc.constantFrom(...TEXTS)
const maybe = <V>(of: fc.Arbitrary<V>) => fc.option(of, { nil: undefined, freq: 12 })

const { filter } = fc.letrec<{ filter: object; condition: unknown; operators: object }>((tie) => ({
  operators: fc
    .record(
      {
        $eq: maybe(operand),
        $ne: operand,
        $gt: maybe(ordered),
        $gte: ordered,
        $lt: ordered,
        $lte: ordered,
        $in: fc.array(operand, { maxLength: 12 }),
        $nin: maybe(fc.array(operand, { maxLength: 3 })),
        $exists: fc.boolean(),
        $contains: text,
        $startsWith: text,
        $icontains: text,
        $istartsWith: text,
        $size: fc.integer({ min: 0, max: 3 }),
        $all: fc.array(operand, { maxLength: 2 }),
        $elemMatch: fc.oneof({ depthSize: 'small' }, tie('operators'), tie('filter')),
        $not: tie('operators'),
      },
      { requiredKeys: [] },
    )
    // Every operator at once matches nothing: keep one or two of them.
    .chain((all) => fc.shuffledSubarray(Object.keys(all), { maxLength: 2 }).map((keys) => pick(all, keys)))
    .map((some) => (Object.keys(some).length === 0 ? { $exists: true } : some)),
  condition: fc.oneof({ depthSize: 'small' }, maybe(operand), tie('operators')),
  filter: fc.oneof(
    { depthSize: 'small' },
    { weight: 6, arbitrary: fc.dictionary(paths, tie('condition'), { minKeys: 1, maxKeys: 3 }) },
    {
      weight: 2,
      arbitrary: fc
        .tuple(
          fc.constantFrom('$and', '$or', '$nor'),
          fc.array(maybe(tie('filter')), { minLength: 1, maxLength: 3 }),
        )
        .map(([operator, branches]) => ({ [operator]: branches })),
    },
    { weight: 1, arbitrary: tie('filter').map((of) => ({ $not: of })) },
    { weight: 1, arbitrary: fc.constant({}) },
  ),
}))

export const filters = filter

function pick(object: object, keys: readonly string[]): object {
  return Object.fromEntries(Object.entries(object).filter(([key]) => keys.includes(key)))
}
