/** What a component under comparison declares: the same on every store. */
export interface Declared {
  readonly idType: 'string' | 'number'
  readonly dateFields: readonly string[]
  readonly maxPageSize: number
  readonly indexes: readonly {
    readonly fields: Readonly<Record<string, 1 | -1>>
    readonly unique?: boolean
  }[]
}

const DATES = ['when', 'o.at']

/** Each has tables of its own, which stay open from round to round: to make one takes longer than a round. */
export const DECLARATIONS: readonly Declared[] = [
  { idType: 'string', dateFields: [], maxPageSize: 100, indexes: [] },
  {
    idType: 'string',
    dateFields: DATES,
    maxPageSize: 7,
    indexes: [
      { fields: { k: 1 }, unique: true },
      { fields: { a: 1 } },
      { fields: { b: -1 } },
      { fields: { when: -1, a: 1 } },
    ],
  },
  {
    idType: 'number',
    dateFields: ['when'],
    maxPageSize: 100,
    indexes: [
      { fields: { n: -1 } },
      { fields: { 'o.a': 1, k: -1 }, unique: true },
      { fields: { b: 1, a: -1, 'o.p': 1 } },
    ],
  },
  {
    idType: 'string',
    dateFields: DATES,
    maxPageSize: 10,
    indexes: [
      { fields: { k: 1, a: 1 }, unique: true },
      { fields: { 'o.at': 1 }, unique: true },
      { fields: { tags: 1 } },
      { fields: { a: -1, id: -1 } },
      { fields: { 'c d': 1, é: -1, '0': 1 } },
    ],
  },
]
