import type { Path } from '../query/Condition.js'
import type { Dialect, KeyPart, Operand } from '../sql/Dialect.js'
import { pathLiteral } from '../sql/pathLiteral.js'
import { anyOf, bind, FALSE, identifier, join, type Sql, type Statement, sql } from '../sql/Sql.js'

/** The function that the store registers on its connection: `foldCase`. Statements use it, the schema never does. */
export const FOLD_FUNCTION = 'holdfast_fold'

/**
 * How SQLite reads documents. The key of a value is its rank and one column that holds a number or a text: SQLite
 * compares each by its own type. Numbers of statements go through JSON as the stored ones did, since the conversion
 * of text to a double differs between versions and need not be that of JavaScript. A known gap:
 * beyond 1e120 and below 1e-80 that conversion is off by a bit in SQLite 3.51, so that two neighbouring doubles may be
 * taken for equal or in the wrong order. What is read back is exact all the same.
 */
export class SqliteDialect implements Dialect {
  readonly id = sql`id`
  readonly data = sql`data`
  readonly isFixedByNull = true
  // Of expressions it would look at the first alone.
  readonly comparesRows = false
  readonly #idType: 'string' | 'number'
  readonly #fields = new Map<string, Operand>()

  constructor(idType: 'string' | 'number') {
    this.#idType = idType
  }

  field(document: Sql, path: Path): Operand {
    // Only fields of the item are remembered: there are as many as the code names, while elements are numbered anew.
    const key = document === this.data ? path.join('.') : null
    const known = key === null ? undefined : this.#fields.get(key)
    if (known !== undefined) return known
    const at = pathLiteral(path, 'json-path')
    const operand = operandOf(sql`json_type(${document}, ${at})`, sql`json_extract(${document}, ${at})`)
    if (key !== null && this.#fields.size < MAX_REMEMBERED) this.#fields.set(key, operand)
    return operand
  }

  element(alias: string): Operand {
    const name = identifier(alias)
    return operandOf(sql`${name}.type`, sql`${name}.value`)
  }

  isOfType(operand: Operand, type: 'number' | 'text'): Sql {
    return type === 'number' ? sql`${operand.rank} = 3` : sql`${operand.rank} = 4`
  }

  isBoolean(operand: Operand, value: boolean): Sql {
    const rank = value ? sql`2` : sql`1`
    return sql`(${operand.rank} = ${rank} AND ${operand.number} = 0)`
  }

  isOneOfNumbers(operand: Operand, values: readonly number[]): Sql {
    const [first] = values
    const isValue =
      values.length === 1
        ? sql`${operand.number} = ${this.numberParameter(first as number)}`
        : sql`${operand.number} IN ${listed(values)}`
    return sql`(${operand.rank} = 3 AND ${isValue})`
  }

  isOneOfTexts(operand: Operand, values: readonly string[]): Sql {
    const [first] = values
    const isValue =
      values.length === 1 ? sql`${operand.text} = ${bind(first)}` : sql`${operand.text} IN ${listed(values)}`
    return sql`(${operand.rank} = 4 AND ${isValue})`
  }

  isOneOfIds(ids: readonly (string | number)[]): Sql {
    const own = ids.filter((id) => typeof id === this.#idType)
    if (own.length === 0) return FALSE
    if (own.length === 1) return sql`id = ${bind(own[0])}`
    // The column holds JavaScript's doubles themselves: only whole numbers are sure to come out of JSON the same.
    const listable = own.filter((id) => typeof id === 'string' || Number.isSafeInteger(id))
    const single = own.filter((id) => typeof id === 'number' && !Number.isSafeInteger(id)).map(bind)
    return anyOf([
      ...(listable.length > 0 ? [sql`id IN ${listed(listable)}`] : []),
      ...(single.length > 0 ? [sql`id IN (${join(single, sql`, `)})`] : []),
    ])
  }

  numberParameter(value: number): Sql {
    return Number.isFinite(value) ? sql`json_extract(${bind(JSON.stringify(value))}, '$')` : bind(value)
  }

  textParameter(value: string): Sql {
    return bind(value)
  }

  idParameter(id: string | number): Sql {
    return bind(id)
  }

  limit(count: number): Sql {
    // Newer versions of SQLite look at a bare parameter of LIMIT when they plan, and plan again whenever it is bound.
    return sql`CAST(${bind(count)} AS INTEGER)`
  }

  keyOf(value: string | number | boolean): readonly KeyPart[] {
    if (typeof value === 'string') return [{ value: bind(value), varies: true }]
    if (typeof value === 'number') return [{ value: this.numberParameter(value), varies: true }]
    return [{ value: sql`0`, varies: false }]
  }

  contains(text: Sql, part: string): Sql {
    return sql`instr(${text}, ${bind(part)}) > 0`
  }

  folded(text: Sql): Sql {
    return sql`${FOLD}(${text})`
  }

  render(statement: Sql): Statement {
    return statement.render(PLACEHOLDER)
  }
}

const PLACEHOLDER = () => '?'

const FOLD = sql`holdfast_fold`

/** Paths come from code, but filters made from requests may name any: the memory they take has this bound. */
const MAX_REMEMBERED = 1000

/** A list as one parameter: however long it is, the statement is the same and stays prepared. */
function listed(values: readonly (string | number)[]): Sql {
  return sql`(SELECT value FROM json_each(${bind(JSON.stringify(values))}))`
}

/** `type` is what `json_type` says, `value` what `json_extract` gives. */
function operandOf(type: Sql, value: Sql): Operand {
  const rank = sql`CASE ${type} WHEN 'text' THEN 4 WHEN 'integer' THEN 3 WHEN 'real' THEN 3 WHEN 'true' THEN 2 WHEN 'false' THEN 1 WHEN 'array' THEN 5 WHEN 'object' THEN 5 ELSE 0 END`
  const scalar = sql`CASE ${type} WHEN 'text' THEN ${value} WHEN 'integer' THEN ${value} WHEN 'real' THEN ${value} WHEN 'true' THEN 0 WHEN 'false' THEN 0 END`
  // CASE computes no more than it needs, AND may: a function that wants JSON must not meet a text that is none.
  const array = sql`CASE ${type} WHEN 'array' THEN ${value} END`
  return {
    rank,
    key: [scalar],
    number: scalar,
    text: scalar,
    isThere: sql`${type} IS NOT NULL`,
    isArray: sql`coalesce(${type} = 'array', 0)`,
    isObject: sql`${type} = 'object'`,
    length: sql`json_array_length(${array})`,
    elements: (alias) => sql`json_each(${array}) AS ${identifier(alias)}`,
    document: sql`CASE ${type} WHEN 'object' THEN ${value} END`,
  }
}
