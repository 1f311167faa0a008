// biome-ignore-all lint/suspicious/noExplicitAny: these values can be anything, as in Pip.Services

import { AnyValueArray } from './AnyValueArray.js'
import { toNullableString } from './convert/toNullableString.js'

/** The field paths that a reader wants to get, such as `['key', 'address.city']`. */
export class ProjectionParams extends Array<string> {
  // map(), filter() and slice() would otherwise call this constructor with a length.
  static override get [Symbol.species](): ArrayConstructor {
    return Array
  }

  /** Takes each value as one path, as text; no value is parsed. `null` gives no paths. */
  constructor(values: any[] | null = null) {
    super()
    if (!Array.isArray(values)) return
    for (const value of values) this.push(toNullableString(value) ?? 'null')
  }

  /** The paths, joined by commas. */
  override toString(): string {
    return this.join(',')
  }

  /** From an array, a map (its values) or one value, each taken as one path: `'a,b'` stays one. See `fromString`. */
  static fromValue(value: any): ProjectionParams {
    return new ProjectionParams(Array.isArray(value) ? value : AnyValueArray.fromValue(value))
  }

  /**
   * Parses paths separated by commas; a group in brackets shares what stands before it:
   * `'a(b, c(d)), e'` is `a.b`, `a.c.d` and `e`. Spaces around names and empty names are dropped.
   * A group that is never closed gives nothing; a closing bracket that was never opened belongs to the
   * name, which readers then refuse. `null` among the values is skipped.
   */
  static fromString(...values: (string | null)[]): ProjectionParams {
    const paths = new ProjectionParams()
    for (const value of values) {
      if (value !== null && value !== undefined) paths.push(...parsePaths(value))
    }
    return paths
  }
}

interface Group {
  readonly prefix: string
  readonly paths: string[]
}

function parsePaths(text: string): string[] {
  const top: Group = { prefix: '', paths: [] }
  const open: Group[] = [top]
  let name = ''
  const endName = (group: Group) => {
    if (name.trim() !== '') group.paths.push(group.prefix + name.trim())
    name = ''
  }
  for (const char of text) {
    const group = open[open.length - 1] ?? top
    const parent = open[open.length - 2]
    if (char === ',') endName(group)
    else if (char === '(') {
      const head = name.trim()
      open.push({ prefix: head === '' ? group.prefix : `${group.prefix}${head}.`, paths: [] })
      name = ''
    } else if (char === ')' && parent !== undefined) {
      endName(group)
      open.pop()
      // Handed up only now, so that a group that is never closed leaves nothing behind.
      parent.paths.push(...group.paths)
    } else name += char
  }
  if (open.length === 1) endName(top)
  return top.paths
}
