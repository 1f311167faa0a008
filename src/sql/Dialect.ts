import type { Path } from '../query/Condition.js'
import { type Sql, type Statement, sql } from './Sql.js'

/** Place of a value's type in the one sort order, as `rankOf` has it in memory. */
export const RANK = { none: 0, false: 1, true: 2, number: 3, text: 4, other: 5 } as const

const RANK_LITERALS = [sql`0`, sql`1`, sql`2`, sql`3`, sql`4`, sql`5`] as const

/** A rank as text of a statement: never a parameter, since planners match indexes by it. */
export function rankLiteral(rank: 0 | 1 | 2 | 3 | 4 | 5): Sql {
  return RANK_LITERALS[rank]
}

/** One column of a key. */
export interface KeyPart {
  readonly value: Sql
  /** `false`: all values of that type hold the same here. */
  readonly varies: boolean
}

/**
 * A JSON value as SQL sees it. `key` is what indexes and sorts hold: first the rank of the type, never NULL, then one
 * column or two with the number and the text. Within a rank the columns are either all set or all NULL (nothing,
 * arrays and objects), which is what makes a unique index pass over those.
 */
export interface Operand {
  readonly rank: Sql
  readonly key: readonly Sql[]
  /** The value as number: to be looked at where the rank is that of numbers. */
  readonly number: Sql
  /** The value as text, compared by code point: to be looked at where the rank is that of strings. */
  readonly text: Sql
  /** Whether the value is there; a JSON null is. */
  readonly isThere: Sql
  readonly isArray: Sql
  readonly isObject: Sql
  /** Number of elements: NULL, and no error, for anything but an array. */
  readonly length: Sql
  /** What `FROM` takes to get the elements, one a row, under the name `alias`; none for anything but an array. */
  elements(alias: string): Sql
  /** The value as a document, whose fields can be read; without fields when it is not an object. */
  readonly document: Sql
}

/** What SQLite and PostgreSQL say differently. */
export interface Dialect {
  /** The column of ids, in the order of ids. */
  readonly id: Sql
  /** The column of documents. */
  readonly data: Sql
  /** Whether ORDER BY is to leave out a column that WHERE says is NULL, or is to name it, for an index to be used. */
  readonly isFixedByNull: boolean
  /** Whether an index finds where `(a, b) > (1, 2)` begins. */
  readonly comparesRows: boolean
  /** What a document holds at `path`. */
  field(document: Sql, path: Path): Operand
  /** The element that `elements(alias)` gives. */
  element(alias: string): Operand
  /** Whether the value is a number, or a text: no more, so that an index is entered by the rank. */
  isOfType(operand: Operand, type: 'number' | 'text'): Sql
  /** Equality, as conditions on every column of the key, so that an index goes on behind them. */
  isBoolean(operand: Operand, value: boolean): Sql
  isOneOfNumbers(operand: Operand, values: readonly number[]): Sql
  isOneOfTexts(operand: Operand, values: readonly string[]): Sql
  isOneOfIds(ids: readonly (string | number)[]): Sql
  /** Parameters as sides of a comparison. */
  numberParameter(value: number): Sql
  textParameter(value: string): Sql
  idParameter(id: string | number): Sql
  /** What follows LIMIT. `bare`: the statement has no values but this. */
  limit(count: number, bare: boolean): Sql
  /** What the columns behind the rank hold for a value that is no array, object or null. */
  keyOf(value: string | number | boolean): readonly KeyPart[]
  contains(text: Sql, part: string): Sql
  /** `foldCase` of a text. */
  folded(text: Sql): Sql
  render(statement: Sql): Statement
}
