/**
 * A piece of a statement: fixed text, and values that become bound parameters. There is no way to make one from a
 * string of a user: text comes from template literals in this code (`sql`), from `identifier` (quoted), from
 * `pathLiteral` (checked against the grammar of paths) and from `wholeNumber` (digits); everything else is a value
 * (`bind`).
 */
export class Sql {
  /** @internal */
  readonly template: Template
  readonly values: readonly unknown[]

  /** @internal for the makers in this folder; everybody else composes. */
  constructor(template: Template, values: readonly unknown[]) {
    this.template = template
    this.values = values
  }

  /** Text around the values: always one more than there are values. */
  get text(): readonly string[] {
    return this.template.text()
  }

  /** The statement as a driver takes it; `placeholder` gets the number of the value, from 1. */
  render(placeholder: Placeholder): Statement {
    return { text: this.template.render(placeholder), values: this.values }
  }
}

/** A statement ready to be run. */
export interface Statement {
  readonly text: string
  readonly values: readonly unknown[]
}

export type Placeholder = (position: number) => string

/** Most that is kept, templates and half-kilobytes of text: filters of one code base are few, those of requests any. */
const MAX_KEPT = 10_000

/**
 * The text of a piece, without the values. Whoever puts the same templates together in the same way is given the same
 * template: the text of a statement that is composed anew for each call is written once, and remains one string, which
 * a cache of statements finds without looking through it.
 *
 * A template is a path in a tree: its fixed strings, then the templates in their holes, one by one.
 */
class Template {
  readonly #before: Template | null
  readonly #part: Part
  #rendered: { readonly by: Placeholder; readonly text: string } | null = null

  constructor(before: Template | null, part: Part) {
    this.#before = before
    this.#part = part
  }

  /** The template that goes on with `part`. */
  with(part: Part): Template {
    let next = following.get(this)
    if (next === undefined) {
      next = new Map()
      following.set(this, next)
    }
    let template = next.get(part)
    if (template === undefined) {
      template = new Template(this, part)
      next.set(part, template)
      kept++
    }
    return template
  }

  text(): string[] {
    const text = ['']
    this.#write(text)
    return text
  }

  #write(text: string[]): void {
    if (this === VALUE) {
      text.push('')
      return
    }
    const path: Part[] = []
    for (let at: Template = this; at.#before !== null; at = at.#before) path.push(at.#part)
    const first = path.pop() as Part
    const strings = typeof first === 'string' ? [first] : (first as readonly string[])
    const append = (part: string) => {
      text[text.length - 1] += part
    }
    append(strings[0] ?? '')
    for (let i = 1; path.length > 0; i++) {
      const piece = path.pop() as Template
      piece.#write(text)
      append(strings[i] ?? '')
    }
  }

  render(placeholder: Placeholder): string {
    if (this.#rendered?.by === placeholder) return this.#rendered.text
    const [first, ...others] = this.text()
    let text = first as string
    for (let i = 0; i < others.length; i++) text += placeholder(i + 1) + others[i]
    this.#rendered = { by: placeholder, text }
    kept += text.length / 512
    return text
  }
}

/** Fixed strings, the whole text of a piece without holes, or what fills a hole. */
type Part = readonly string[] | string | Template

let kept = 0
/** The tree, apart from its templates: one that lives on in a remembered piece must not keep all the others. */
let following = new Map<Template, Map<Part, Template>>()
const ROOT = new Template(null, '')
const VALUE = new Template(null, '')
const NO_VALUES: readonly unknown[] = []
const NO_STRINGS: readonly string[] = []

function templateOf(part: readonly string[] | string): Template {
  // Starting anew costs time alone: what is composed from now on is other objects with the same text.
  if (kept > MAX_KEPT) {
    following = new Map()
    kept = 0
  }
  return ROOT.with(part)
}

/** Fixed text with pieces in its holes: sql`${rank} = 4 AND ${text} = ${bind(value)}`. */
export function sql(strings: TemplateStringsArray, ...pieces: readonly Sql[]): Sql {
  return compose(strings, pieces)
}

function compose(strings: readonly string[], pieces: readonly Sql[]): Sql {
  let template = templateOf(strings)
  let values = NO_VALUES
  let own: unknown[] | null = null
  for (const piece of pieces) {
    template = template.with(piece.template)
    if (piece.values.length === 0) continue
    if (values.length === 0) {
      values = piece.values
      continue
    }
    if (own === null) values = own = [...values]
    // One by one: spreading a long list of parameters would overflow the stack.
    for (const value of piece.values) own.push(value)
  }
  return new Sql(template, values)
}

/** A bound parameter. */
export function bind(value: unknown): Sql {
  return new Sql(VALUE, [value])
}

/** A name of a table, column or index, in double quotes. */
export function identifier(name: string): Sql {
  return fixedText(`"${name.replaceAll('"', '""')}"`)
}

/** A whole number as text. @throws TypeError for anything else */
export function wholeNumber(value: number): Sql {
  if (!Number.isSafeInteger(value) || value < 0) throw new TypeError(`Not a whole number: ${String(value)}`)
  return fixedText(String(value))
}

/** @internal for what has made sure that `text` is safe: the functions above and `pathLiteral`. */
export function fixedText(text: string): Sql {
  return new Sql(templateOf(text), NO_VALUES)
}

/** The pieces in order, `separator` between them. */
export function join(pieces: readonly Sql[], separator: Sql): Sql {
  if (pieces.length === 1) return pieces[0] as Sql
  const all: Sql[] = []
  for (const piece of pieces) {
    if (all.length > 0) all.push(separator)
    all.push(piece)
  }
  return compose(NO_STRINGS, all)
}

export const TRUE = sql`(1 = 1)`
export const FALSE = sql`(1 = 0)`
const AND = sql` AND `
const OR = sql` OR `

/** All of them, in parentheses; nothing at all is true. */
export function allOf(conditions: readonly Sql[]): Sql {
  return combine(conditions, TRUE, AND)
}

/** Any of them, in parentheses; nothing at all is false. */
export function anyOf(conditions: readonly Sql[]): Sql {
  return combine(conditions, FALSE, OR)
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
