/**
 * A piece of a statement: fixed text, and values that become bound parameters. There is no way to make one from a
 * string of a user: text comes from template literals in this code (`sql`), from `identifier` (quoted) and from
 * `pathLiteral` (checked against the grammar of paths); everything else is a value (`bind`).
 */
export class Sql {
  /** Text around the values: always one more than there are values. */
  readonly text: readonly string[]
  readonly values: readonly unknown[]

  /** @internal for the makers in this folder; everybody else composes. */
  constructor(text: readonly string[], values: readonly unknown[]) {
    this.text = text
    this.values = values
  }

  /** The statement as a driver takes it; `placeholder` gets the number of the value, from 1. */
  render(placeholder: (position: number) => string): Statement {
    let text = this.text[0] as string
    for (let i = 1; i < this.text.length; i++) text += placeholder(i) + this.text[i]
    return { text, values: this.values }
  }
}

/** A statement ready to be run. */
export interface Statement {
  readonly text: string
  readonly values: readonly unknown[]
}

/** Fixed text with pieces in its holes: sql`${rank} = 4 AND ${text} = ${bind(value)}`. */
export function sql(strings: TemplateStringsArray, ...pieces: readonly Sql[]): Sql {
  if (pieces.length === 0) return new Sql([strings[0] as string], [])
  const text = [strings[0] as string]
  const values: unknown[] = []
  for (let i = 0; i < pieces.length; i++) append(text, values, pieces[i] as Sql, strings[i + 1] as string)
  return new Sql(text, values)
}

/** A bound parameter. */
export function bind(value: unknown): Sql {
  return new Sql(['', ''], [value])
}

/** A name of a table, column or index, in double quotes. */
export function identifier(name: string): Sql {
  return new Sql([`"${name.replaceAll('"', '""')}"`], [])
}

/** The pieces in order, `separator` between them. */
export function join(pieces: readonly Sql[], separator: Sql): Sql {
  const text = ['']
  const values: unknown[] = []
  for (let i = 0; i < pieces.length; i++) {
    if (i > 0) append(text, values, separator, '')
    append(text, values, pieces[i] as Sql, '')
  }
  return new Sql(text, values)
}

export const TRUE = sql`(1 = 1)`
export const FALSE = sql`(1 = 0)`

/** All of them, in parentheses; nothing at all is true. */
export function allOf(conditions: readonly Sql[]): Sql {
  return combine(conditions, TRUE, sql` AND `)
}

/** Any of them, in parentheses; nothing at all is false. */
export function anyOf(conditions: readonly Sql[]): Sql {
  return combine(conditions, FALSE, sql` OR `)
}

/** SQLite reads `a AND b AND c` as a tree as deep as the list is long, and takes a depth of 1000. */
const LONGEST_CHAIN = 100

function combine(conditions: readonly Sql[], none: Sql, operator: Sql): Sql {
  if (conditions.length === 0) return none
  if (conditions.length === 1) return conditions[0] as Sql
  if (conditions.length <= LONGEST_CHAIN) return sql`(${join(conditions, operator)})`
  const middle = conditions.length >> 1
  const halves = [conditions.slice(0, middle), conditions.slice(middle)]
  return sql`(${join(
    halves.map((half) => combine(half, none, operator)),
    operator,
  )})`
}

function append(text: string[], values: unknown[], piece: Sql, behind: string): void {
  const last = text.length - 1
  text[last] = (text[last] as string) + (piece.text[0] as string)
  // One by one: spreading a long list of parameters would overflow the stack.
  for (let i = 1; i < piece.text.length; i++) text.push(piece.text[i] as string)
  for (const value of piece.values) values.push(value)
  text[text.length - 1] = (text[text.length - 1] as string) + behind
}
