import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { IndexDefinition, Query } from '../../src/contract/Store.js'
import { PostgresDialect } from '../../src/postgres/dialect.js'
import type { Condition, Path } from '../../src/query/Condition.js'
import { parseFilter } from '../../src/query/parseFilter.js'
import { parseSort } from '../../src/query/sort.js'
import type { Dialect } from '../../src/sql/Dialect.js'
import { DocumentTable } from '../../src/sql/DocumentTable.js'
import { indexName, tableName } from '../../src/sql/naming.js'
import { pathLiteral } from '../../src/sql/pathLiteral.js'
import { identifier, type Sql } from '../../src/sql/Sql.js'
import { SqliteDialect } from '../../src/sqlite/dialect.js'
import { filters, sorts } from './arbitraries.js'

const DIALECTS: readonly (readonly [string, Dialect])[] = [
  ['SQLite', new SqliteDialect('string')],
  ['PostgreSQL', new PostgresDialect('string')],
]

/** Texts that would do harm wherever a statement took them for its own. */
const hostile = fc.oneof(
  fc.constantFrom(
    `'`,
    `''`,
    `"`,
    `";--`,
    `'); DROP TABLE t; --`,
    '\\',
    `\\'`,
    '$1',
    '?',
    ':a',
    '/*',
    '*/',
    '\0',
    '`',
    `a"b'c`,
  ),
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.string({
    unit: fc.constantFrom(`'`, `"`, '\\', ';', '-', '$', '.', 'a', '?', '\0', '\ud800'),
    maxLength: 12,
  }),
)

/** Every fixed word, operator and literal that this library puts into a statement. */
const TOKENS = new RegExp(
  [
    String.raw`\s+`,
    String.raw`\(|\)|,|<=|>=|<|>|=|->|::|\[|\]|\.|\*|#>>|\?|\$\d+`,
    String.raw`\d+`,
    String.raw`'(?:text|integer|real|true|false|array|object|string|number|boolean|\$|\{\}|)'`,
    String.raw`"e\d+"`,
    '(?:SELECT|FROM|WHERE|AND|OR|NOT|IS|NULL|IN|DISTINCT|ORDER|BY|DESC|LIMIT|OFFSET|CASE|WHEN|THEN|ELSE|END|AS|DELETE|COLLATE)\\b',
    '(?:CAST|INTEGER|CREATE|UNIQUE|INDEX|IF|EXISTS|ON|GROUP|HAVING|min|max|count|first|last|found|random|id|data|value|type)\\b',
    '(?:json_type|json_extract|json_array_length|json_each|coalesce|instr|holdfast_fold|ANY)\\b',
    '(?:jsonb_typeof|jsonb_array_length|jsonb_array_elements|strpos|translate|lower|octet_length|char_length|text|float8|jsonb|smallint)\\b',
    '"C"',
  ].join('|'),
  'y',
)

/** Takes the statement apart, and fails at the first piece that is neither fixed, nor a quoted name, nor a path. */
function check(dialect: Dialect, statement: Sql, names: readonly string[], paths: ReadonlySet<string>): void {
  const { text, values } = dialect.render(statement)
  let at = 0
  const known = names.map((name) => `"${name.replaceAll('"', '""')}"`)
  while (at < text.length) {
    const name = known.find((quoted) => text.startsWith(quoted, at))
    if (name !== undefined) {
      at += name.length
      continue
    }
    TOKENS.lastIndex = at
    const token = TOKENS.exec(text)
    if (token !== null) {
      at += token[0].length
      continue
    }
    const literal = /'([^']*)'/y
    literal.lastIndex = at
    const path = literal.exec(text)
    if (path !== null && paths.has(path[1] as string)) {
      at += path[0].length
      continue
    }
    expect.fail(`unexpected text at ${JSON.stringify(text.slice(at, at + 40))} in ${text}`)
  }
  const placeholders = text.match(/\?|\$\d+(?!")/g) ?? []
  // A "?" or "$1" can also be part of a quoted name or path, so there may be more of them, never fewer.
  expect(placeholders.length).toBeGreaterThanOrEqual(values.length)
}

function literalsOf(path: Path): string[] {
  return [`$.${path.map((segment) => `"${segment}"`).join('.')}`, ...path]
}

function pathsIn(condition: Condition, found: Set<string>): Set<string> {
  JSON.stringify(condition, (key, value) => {
    if (key === 'path') for (const literal of literalsOf(value as Path)) found.add(literal)
    return value
  })
  return found
}

describe.each(DIALECTS)('statements of %s', (_, dialect) => {
  test('consist of fixed words, quoted names, checked paths and parameters', () => {
    const segment = fc.oneof(fc.constantFrom('a', 'b c', ';--', '?', '$1'.slice(1), 'é', '*/', '%'), hostile)
    const field = fc.array(segment, { minLength: 1, maxLength: 3 }).map((path) => path.join('.'))
    const hostileFilter = fc
      .tuple(field, hostile, fc.constantFrom('$eq', '$gt', '$contains', '$istartsWith', '$in'))
      .map(([path, text, op]) => ({ [path]: { [op]: op === '$in' ? [text, 1] : text } }))
    fc.assert(
      fc.property(
        fc.oneof(
          filters,
          hostileFilter,
          hostileFilter.map((of) => ({ $or: [of, { tags: { $elemMatch: of } }] })),
        ),
        fc.oneof(
          sorts,
          field.map((name) => [{ name, ascending: false }]),
        ),
        hostile,
        fc.oneof(hostile, fc.double({ noNaN: true })),
        (rawFilter, rawSort, component, value) => {
          let query: Query
          let name: string
          try {
            const filter = parseFilter(rawFilter)
            const sort = parseSort(rawSort)
            const after =
              sort === null ? null : { values: (sort.keys ?? []).map(() => value), id: String(value) }
            query = { filter, sort, select: null, skip: 0, take: 10, after }
            name = tableName(component)
          } catch (error) {
            expect((error as { code?: string }).code).toMatch(/^(INVALID_FILTER|INVALID_SORT|BAD_CONFIG)$/)
            return
          }
          const paths = pathsIn(query.filter.condition, new Set())
          const fields = (query.sort?.keys ?? []).map(({ path }) => ({ path, ascending: true }))
          for (const { path } of fields) for (const literal of literalsOf(path)) paths.add(literal)
          const index: IndexDefinition = { name: 'i', fields, unique: true }
          const table = new DocumentTable(dialect, identifier(name), [])
          const names = [name, indexName(name, index)]
          for (const statement of [...table.find(query), table.count(query.filter.condition)]) {
            check(dialect, statement, names, paths)
          }
          check(dialect, table.deleteWhere(query.filter.condition), names, paths)
          check(dialect, table.random(query.filter.condition), names, paths)
          if (fields.length === 0) return
          check(dialect, table.createIndex(index, names[1] as string), names, paths)
          check(dialect, table.findDuplicates(index), names, paths)
        },
      ),
      { numRuns: 1500 },
    )
  })
})

test('pathLiteral() takes no segment that the grammar of paths refuses, whoever calls it', () => {
  const refused = [
    [],
    ["a'"],
    ['a"b'],
    ['a\\'],
    ['\0'],
    ['a', ''],
    ['__proto__'],
    ['$where'],
    ['a.b'],
    ['\ud800'],
  ]
  for (const path of refused) {
    expect(() => pathLiteral(path, 'json-path'), JSON.stringify(path)).toThrow()
    expect(() => pathLiteral(path, 'steps'), JSON.stringify(path)).toThrow()
  }
})

test('names of tables and indexes are different, shorter than 64 bytes, and the same in every process', () => {
  const long = 'é'.repeat(60)
  const index = (name: string): IndexDefinition => ({
    name,
    fields: [{ path: [long], ascending: true }],
    unique: false,
  })
  const names = [
    tableName(long),
    tableName(`${long}a`),
    indexName('t', index('a')),
    indexName('t', index('b')),
    indexName('u', index('a')),
  ]
  expect(new Set(names).size).toBe(names.length)
  for (const name of names) expect(Buffer.byteLength(name)).toBeLessThanOrEqual(63)
  expect(tableName('dummies')).toBe('dummies')
  expect(
    indexName('dummies', { name: 'key:1', fields: [{ path: ['key'], ascending: true }], unique: true }),
  ).toMatch(/^dummies_key_key_[0-9a-f]{10}$/)
})
