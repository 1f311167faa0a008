import { UnsupportedException } from '../errors/index.js'
import type { Path } from '../query/Condition.js'
import type { Dialect, KeyPart, Operand } from '../sql/Dialect.js'
import { pathLiteral } from '../sql/pathLiteral.js'
import { bind, FALSE, identifier, type Sql, type Statement, sql, wholeNumber } from '../sql/Sql.js'
import { foldTable } from './foldTable.js'

/**
 * How PostgreSQL reads documents in jsonb. The key of a value is its rank, its number and its text in `COLLATE "C"`;
 * a number has the text '' and a text the number 0. Never jsonb's own order, in which the locale of the database
 * orders texts, and never jsonb's path operators, which take digits for positions in an array.
 */
export class PostgresDialect implements Dialect {
  readonly id: Sql
  readonly data = sql`data`
  readonly isFixedByNull = false
  readonly comparesRows = true
  readonly #idType: 'string' | 'number'
  readonly #fields = new Map<string, Operand>()

  constructor(idType: 'string' | 'number') {
    this.#idType = idType
    this.id = idType === 'string' ? sql`id COLLATE "C"` : sql`id`
  }

  field(document: Sql, path: Path): Operand {
    const key = document === this.data ? path.join('.') : null
    const known = key === null ? undefined : this.#fields.get(key)
    if (known !== undefined) return known
    const operand = operandOf(sql`(${document}${pathLiteral(path, 'steps')})`)
    if (key !== null && this.#fields.size < MAX_REMEMBERED) this.#fields.set(key, operand)
    return operand
  }

  element(alias: string): Operand {
    return operandOf(sql`${identifier(alias)}.value`)
  }

  isOfType(operand: Operand, type: 'number' | 'text'): Sql {
    return type === 'number' ? sql`${operand.rank} = 3` : sql`(${operand.rank} = 4 AND ${operand.number} = 0)`
  }

  isBoolean(operand: Operand, value: boolean): Sql {
    const rank = value ? sql`2` : sql`1`
    return sql`(${operand.rank} = ${rank} AND ${operand.number} = 0 AND ${operand.text} = '')`
  }

  isOneOfNumbers(operand: Operand, values: readonly number[]): Sql {
    const isValue =
      values.length === 1
        ? sql`${operand.number} = ${this.numberParameter(values[0] as number)}`
        : sql`${operand.number} = ANY(${bind(values)}::float8[])`
    return sql`(${operand.rank} = 3 AND ${isValue} AND ${operand.text} = '')`
  }

  isOneOfTexts(operand: Operand, values: readonly string[]): Sql {
    const isValue =
      values.length === 1
        ? sql`${operand.text} = ${this.textParameter(values[0] as string)}`
        : sql`${operand.text} = ANY(${bind(values)}::text[])`
    return sql`(${operand.rank} = 4 AND ${operand.number} = 0 AND ${isValue})`
  }

  isOneOfIds(ids: readonly (string | number)[]): Sql {
    const own = ids.filter((id) => typeof id === this.#idType)
    if (own.length === 0) return FALSE
    if (own.length === 1) return sql`id = ${this.idParameter(own[0] as string | number)}`
    return this.#idType === 'string'
      ? sql`id = ANY(${bind(own)}::text[])`
      : sql`id = ANY(${bind(own)}::float8[])`
  }

  numberParameter(value: number): Sql {
    return sql`${bind(value)}::float8`
  }

  textParameter(value: string): Sql {
    return sql`${bind(value)}::text`
  }

  idParameter(id: string | number): Sql {
    return this.#idType === 'string' ? sql`${bind(id)}::text` : sql`${bind(id)}::float8`
  }

  limit(count: number, bare: boolean): Sql {
    // Without parameters a statement is one message to the server, not five: a first page is a fifth quicker.
    return bare ? wholeNumber(count) : bind(count)
  }

  keyOf(value: string | number | boolean): readonly KeyPart[] {
    const zero = { value: sql`0`, varies: false }
    const empty = { value: sql`''`, varies: false }
    if (typeof value === 'string') return [zero, { value: this.textParameter(value), varies: true }]
    if (typeof value === 'number') return [{ value: this.numberParameter(value), varies: true }, empty]
    return [zero, empty]
  }

  contains(text: Sql, part: string): Sql {
    return sql`strpos(${text}, ${bind(part)}::text) > 0`
  }

  folded(text: Sql): Sql {
    const { from, to } = foldTable()
    // lower() knows ASCII alone in COLLATE "C", in every version and locale; the rest is told letter by letter.
    // translate() looks through the whole table for each letter, so it is spared where a text is plain ASCII.
    const letters = sql`translate(${text}, ${bind(from)}::text, ${bind(to)}::text)`
    return sql`(CASE WHEN octet_length(${text}) = char_length(${text}) THEN lower(${text}) ELSE ${letters} END COLLATE "C")`
  }

  render(statement: Sql): Statement {
    if (statement.values.length > MAX_PARAMETERS) {
      throw new UnsupportedException(
        null,
        'UNSUPPORTED',
        `Cannot ask PostgreSQL: the filter has ${statement.values.length} conditions with values, and a statement ` +
          `takes ${MAX_PARAMETERS}. Ask in parts, or use $in, whose list counts as one.`,
      )
    }
    return statement.render(PLACEHOLDER)
  }
}

const PLACEHOLDER = (position: number) => `$${position}`

/** The protocol counts parameters in two bytes. */
const MAX_PARAMETERS = 65_535

/** Paths come from code, but filters made from requests may name any: the memory they take has this bound. */
const MAX_REMEMBERED = 1000

function operandOf(value: Sql): Operand {
  const type = sql`jsonb_typeof(${value})`
  // CASE computes no more than it needs, so no cast ever meets a value of another type.
  const array = sql`CASE ${type} WHEN 'array' THEN ${value} END`
  const rank = sql`(CASE ${type} WHEN 'string' THEN 4 WHEN 'number' THEN 3 WHEN 'boolean' THEN CASE WHEN ${value} = 'true'::jsonb THEN 2 ELSE 1 END WHEN 'array' THEN 5 WHEN 'object' THEN 5 ELSE 0 END)`
  const number = sql`(CASE ${type} WHEN 'number' THEN ${value}::float8 WHEN 'string' THEN 0 WHEN 'boolean' THEN 0 END)`
  const text = sql`(CASE ${type} WHEN 'string' THEN ${value} #>> '{}' WHEN 'number' THEN '' WHEN 'boolean' THEN '' END COLLATE "C")`
  return {
    rank,
    key: [number, text],
    number,
    text,
    isThere: sql`${value} IS NOT NULL`,
    isArray: sql`${type} IS NOT DISTINCT FROM 'array'`,
    isObject: sql`${type} = 'object'`,
    length: sql`jsonb_array_length(${array})`,
    elements: (alias) => sql`jsonb_array_elements(${array}) AS ${identifier(alias)}(value)`,
    document: value,
  }
}
