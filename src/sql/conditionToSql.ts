import type { Condition, Path, Scalar, ValueCondition, ValueTest } from '../query/Condition.js'
import { type Dialect, type Operand, RANK, rankLiteral } from './Dialect.js'
import { allOf, anyOf, FALSE, type Sql, sql } from './Sql.js'
import { isStorable, rangeOf, rangeOfPrefix, type TextRange } from './texts.js'

/**
 * The condition as SQL that is true or false for every item and never NULL, so that `NOT` is an exact complement:
 * each comparison that could be NULL stands behind a test of the type, which is false then, and false AND NULL is
 * false.
 */
export function conditionToSql(dialect: Dialect, condition: Condition): Sql {
  return onDocument(new Scope(dialect), null, condition)
}

/** Hands out names for the elements of arrays, so that nested ones do not hide each other. */
class Scope {
  readonly dialect: Dialect
  #aliases = 0

  constructor(dialect: Dialect) {
    this.dialect = dialect
  }

  nextAlias(): string {
    this.#aliases++
    return `e${this.#aliases}`
  }
}

/** `document` is null for the item itself, whose id is a column. */
function onDocument(scope: Scope, document: Sql | null, condition: Condition): Sql {
  switch (condition.op) {
    case 'and':
      return allOf(condition.of.map((part) => onDocument(scope, document, part)))
    case 'or':
      return anyOf(condition.of.map((part) => onDocument(scope, document, part)))
    case 'not':
      return sql`NOT ${onDocument(scope, document, condition.of)}`
    case 'field': {
      const { path, test } = condition
      if (document === null && isIdPath(path) && test.op === 'in') return idIn(scope.dialect, test.values)
      return onValue(scope, scope.dialect.field(document ?? scope.dialect.data, path), test)
    }
  }
}

export function isIdPath(path: Path): boolean {
  return path.length === 1 && path[0] === 'id'
}

function idIn(dialect: Dialect, values: readonly Scalar[]): Sql {
  const ids = values.filter((value): value is string | number =>
    typeof value === 'string' ? isStorable(value) : typeof value === 'number',
  )
  return dialect.isOneOfIds(ids)
}

function onValue(scope: Scope, value: Operand, condition: ValueCondition): Sql {
  if (condition.op === 'and') return allOf(condition.of.map((part) => onValue(scope, value, part)))
  if (condition.op === 'not') return sql`NOT ${onValue(scope, value, condition.of)}`
  return testToSql(scope, value, condition)
}

function testToSql(scope: Scope, value: Operand, test: ValueTest): Sql {
  const { dialect } = scope
  switch (test.op) {
    case 'in':
      return isOneOf(dialect, value, test.values)
    case 'gt':
    case 'gte':
    case 'lt':
    case 'lte':
      return typeof test.value === 'number'
        ? inNumberRange(dialect, value, test.op, test.value)
        : inTextRange(dialect, value, rangeOf(test.op, test.value))
    case 'exists':
      return test.value ? value.isThere : sql`NOT ${value.isThere}`
    case 'startsWith':
      return isStorable(test.value) ? inTextRange(dialect, value, rangeOfPrefix(test.value)) : FALSE
    case 'contains':
      return onText(value, test.value, (text) => dialect.contains(text, test.value))
    case 'icontains':
      return onText(value, test.value, (text) => dialect.contains(dialect.folded(text), test.value))
    case 'istartsWith':
      return onText(value, test.value, (text) =>
        allOf(bounds(dialect, dialect.folded(text), rangeOfPrefix(test.value))),
      )
    case 'size':
      return sql`(${value.isArray} AND ${value.length} = ${dialect.numberParameter(test.value)})`
    case 'all':
      return test.values.length === 0
        ? FALSE
        : allOf(test.values.map((one) => someElement(scope, value, { op: 'in', values: [one] })))
    case 'elements':
      return someElement(scope, value, test.tests)
    case 'elementObjects': {
      const alias = scope.nextAlias()
      const element = dialect.element(alias)
      const matches = onDocument(scope, element.document, test.condition)
      return exists(value, alias, allOf([element.isObject, matches]))
    }
  }
}

function someElement(scope: Scope, value: Operand, condition: ValueCondition): Sql {
  const alias = scope.nextAlias()
  return exists(value, alias, onValue(scope, scope.dialect.element(alias), condition))
}

function exists(value: Operand, alias: string, matches: Sql): Sql {
  // Not EXISTS: SQLite 3.51 makes a join of it, and then counts a row once per element against OFFSET.
  const first = sql`SELECT 1 FROM ${value.elements(alias)} WHERE ${matches} LIMIT 1`
  return sql`(${value.isArray} AND (${first}) IS NOT NULL)`
}

function isOneOf(dialect: Dialect, value: Operand, values: readonly Scalar[]): Sql {
  const ways: Sql[] = []
  if (values.includes(null)) ways.push(sql`${value.rank} = ${rankLiteral(RANK.none)}`)
  if (values.includes(false)) ways.push(dialect.isBoolean(value, false))
  if (values.includes(true)) ways.push(dialect.isBoolean(value, true))
  // No item holds an infinity or NaN, which JSON lacks.
  const numbers = values.filter((one): one is number => typeof one === 'number' && Number.isFinite(one))
  if (numbers.length > 0) ways.push(dialect.isOneOfNumbers(value, numbers))
  const texts = values.filter((one): one is string => typeof one === 'string' && isStorable(one))
  if (texts.length > 0) ways.push(dialect.isOneOfTexts(value, texts))
  return anyOf(ways)
}

function inNumberRange(
  dialect: Dialect,
  value: Operand,
  op: 'gt' | 'gte' | 'lt' | 'lte',
  bound: number,
): Sql {
  if (Number.isNaN(bound)) return FALSE
  return allOf([
    dialect.isOfType(value, 'number'),
    sql`${value.number} ${COMPARISON[op]} ${dialect.numberParameter(bound)}`,
  ])
}

const COMPARISON = { gt: sql`>`, gte: sql`>=`, lt: sql`<`, lte: sql`<=` } as const

function inTextRange(dialect: Dialect, value: Operand, range: TextRange): Sql {
  return allOf([dialect.isOfType(value, 'text'), ...bounds(dialect, value.text, range)])
}

function bounds(dialect: Dialect, text: Sql, { from, to }: TextRange): Sql[] {
  const found: Sql[] = []
  if (from !== null && from.text !== '') {
    const comparison = from.inclusive ? COMPARISON.gte : COMPARISON.gt
    found.push(sql`${text} ${comparison} ${dialect.textParameter(from.text)}`)
  } else if (from !== null && !from.inclusive) {
    found.push(sql`${text} > ${dialect.textParameter('')}`)
  }
  if (to !== null) {
    const comparison = to.inclusive ? COMPARISON.lte : COMPARISON.lt
    found.push(sql`${text} ${comparison} ${dialect.textParameter(to.text)}`)
  }
  return found
}

function onText(value: Operand, operand: string, test: (text: Sql) => Sql): Sql {
  if (!isStorable(operand)) return FALSE
  return sql`(${value.rank} = ${rankLiteral(RANK.text)} AND ${test(value.text)})`
}
