// biome-ignore-all lint/suspicious/noExplicitAny: these values can be anything, as in Pip.Services

import { AnyValueMap } from './AnyValueMap.js'
import { toNullableDateTime } from './convert/toNullableDateTime.js'
import { toNullableString } from './convert/toNullableString.js'
import { entriesOf, entryOf, pairsOf, putEntry } from './entries.js'

/**
 * A map from names to strings (or null), whose typed getters convert. Like an `AnyValueMap`, it keeps
 * its entries as own enumerable properties of itself: `map.key1` reads one, `JSON.stringify` writes a
 * plain object, and an entry named like a method hides that method.
 */
export class StringValueMap extends AnyValueMap {
  /**
   * Takes the own entries of an object, each value as text: a Date as ISO text, null as null, the rest
   * by `toString()` (nested objects are not flattened).
   */
  constructor(map: any = null) {
    super()
    putTexts(this, entriesOf(map))
  }

  /** The text; `null` when there is none. */
  override get(key: string): string | null {
    return toNullableString(entryOf(this, key))
  }

  override put(key: string, value: any): void {
    putTexts(this, [[key, value]])
  }

  override append(map: any): void {
    putTexts(this, entriesOf(map))
  }

  override length(): number {
    return Object.keys(this).length
  }

  override setAsObject(...args: [key: any, value?: any]): void {
    AnyValueMap.prototype.setAsObject.apply(this, args)
    putTexts(this, Object.entries(this))
  }

  /** Now when there is none. */
  override getAsDateTime(key: string): Date {
    return toNullableDateTime(entryOf(this, key)) ?? new Date()
  }

  override clone(): any {
    return new StringValueMap(this)
  }

  /** From an object; of a string, its characters by index: use `fromString` to parse one. */
  static override fromValue(value: any): StringValueMap {
    return new StringValueMap(value)
  }

  static override fromTuples(...tuples: any[]): StringValueMap {
    return StringValueMap.fromTuplesArray(tuples)
  }

  static override fromTuplesArray(tuples: any[] | null): StringValueMap {
    return putTexts(new StringValueMap(), pairsOf(tuples))
  }

  /**
   * Parses `name=value;name=value`. Names and values are trimmed, empty pieces skipped; a piece without
   * `=` is a name with null; further `=` belong to the value, and one at the very start to the name.
   * There is no way to write a `;` inside a value, nor a `=` inside a name: build such maps by `fromTuples`.
   */
  static fromString(line: string | null): StringValueMap {
    return putTexts(new StringValueMap(), parseLine(line))
  }

  static override fromMaps(...maps: any[]): StringValueMap {
    const result = new StringValueMap()
    for (const map of maps) putTexts(result, entriesOf(map))
    return result
  }
}

/** Sets the entries as text and returns the map. */
export function putTexts<M extends object>(map: M, entries: Iterable<[unknown, unknown]>): M {
  for (const [key, value] of entries) putEntry(map, toNullableString(key) ?? '', toNullableString(value))
  return map
}

/** The entries written in `name=value;…`. */
export function parseLine(line: string | null | undefined): [string, string | null][] {
  const entries: [string, string | null][] = []
  for (const token of (line ?? '').split(';')) {
    const at = token.indexOf('=')
    if (token === '') continue
    if (at > 0) entries.push([token.slice(0, at).trim(), token.slice(at + 1).trim()])
    else entries.push([token.trim(), null])
  }
  return entries
}
