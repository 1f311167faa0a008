// biome-ignore-all lint/suspicious/noExplicitAny: these values can be anything, as in Pip.Services

import { AnyValue } from './AnyValue.js'
import { AnyValueArray } from './AnyValueArray.js'
import { toNullableBoolean } from './convert/toNullableBoolean.js'
import { toNullableDateTime } from './convert/toNullableDateTime.js'
import { toNullableDouble } from './convert/toNullableDouble.js'
import { toNullableLong } from './convert/toNullableLong.js'
import { toNullableString } from './convert/toNullableString.js'
import { toNullableType } from './convert/toNullableType.js'
import { entriesOf, entryOf, pairsOf, plainObjectOf, putEntry } from './entries.js'
import type { ICloneable } from './ICloneable.js'
import { nullableArrayOf, nullableMapOf } from './nullableValues.js'
import type { TypeCode } from './TypeCode.js'

/**
 * A map from names to values of any type, whose typed getters convert. What is absent or cannot be
 * converted reads as null, or as the default given; 0, false and '' are values like any other.
 *
 * The entries are own enumerable properties of the map itself: `JSON.stringify` writes a plain object.
 * So an entry named like a method hides that method; the others go on working.
 */
export class AnyValueMap implements ICloneable {
  /** Takes the own entries of an object, of an array by index; nested values are not copied. */
  constructor(values: any = null) {
    for (const [key, value] of entriesOf(values)) putEntry(this, key, value)
  }

  /** The value as it is; `null` when there is none. */
  get(key: string): any {
    return entryOf(this, key)
  }

  getKeys(): string[] {
    return Object.keys(this)
  }

  put(key: string, value: any): void {
    putEntry(this, key, value)
  }

  remove(key: string): void {
    delete (this as Record<string, unknown>)[key]
  }

  /** Adds the own entries of an object; those that exist are replaced. */
  append(map: any): void {
    for (const [key, value] of entriesOf(map)) putEntry(this, key, value)
  }

  clear(): void {
    clearEntries(this)
  }

  /** How many entries there are; functions do not count. */
  length(): number {
    return Object.values(this).filter((value) => typeof value !== 'function').length
  }

  /** The value of `key`; without a key, a plain object with all entries. */
  getAsObject(key?: string): any {
    return key === undefined ? plainObjectOf(this) : entryOf(this, key)
  }

  /** `setAsObject(key, value)` sets one entry; `setAsObject(map)` replaces all of them. */
  setAsObject(...args: [key: any, value?: any]): void {
    const [key, value] = args
    if (args.length > 1 && typeof key !== 'object') {
      putEntry(this, toNullableString(key) ?? '', value)
      return
    }
    // Copied first: `map` may be this very object.
    const entries = entriesOf(key)
    clearEntries(this)
    for (const [name, each] of entries) putEntry(this, name, each)
  }

  getAsNullableString(key: string): string | null {
    return toNullableString(entryOf(this, key))
  }

  /** `null` when there is none. */
  getAsString(key: string): string | null {
    return toNullableString(entryOf(this, key))
  }

  /** The default also stands in for `''`. */
  getAsStringWithDefault(key: string, defaultValue: string): string {
    return toNullableString(entryOf(this, key)) || defaultValue
  }

  getAsNullableBoolean(key: string): boolean | null {
    return toNullableBoolean(entryOf(this, key))
  }

  getAsBoolean(key: string): boolean {
    return toNullableBoolean(entryOf(this, key)) ?? false
  }

  getAsBooleanWithDefault(key: string, defaultValue: boolean): boolean {
    return toNullableBoolean(entryOf(this, key)) ?? defaultValue
  }

  getAsNullableInteger(key: string): number | null {
    return toNullableLong(entryOf(this, key))
  }

  getAsInteger(key: string): number {
    return toNullableLong(entryOf(this, key)) ?? 0
  }

  getAsIntegerWithDefault(key: string, defaultValue: number): number {
    return toNullableLong(entryOf(this, key)) ?? defaultValue
  }

  getAsNullableLong(key: string): number | null {
    return toNullableLong(entryOf(this, key))
  }

  getAsLong(key: string): number {
    return toNullableLong(entryOf(this, key)) ?? 0
  }

  getAsLongWithDefault(key: string, defaultValue: number): number {
    return toNullableLong(entryOf(this, key)) ?? defaultValue
  }

  getAsNullableFloat(key: string): number | null {
    return toNullableDouble(entryOf(this, key))
  }

  getAsFloat(key: string): number {
    return toNullableDouble(entryOf(this, key)) ?? 0
  }

  getAsFloatWithDefault(key: string, defaultValue: number): number {
    return toNullableDouble(entryOf(this, key)) ?? defaultValue
  }

  getAsNullableDouble(key: string): number | null {
    return toNullableDouble(entryOf(this, key))
  }

  getAsDouble(key: string): number {
    return toNullableDouble(entryOf(this, key)) ?? 0
  }

  getAsDoubleWithDefault(key: string, defaultValue: number): number {
    return toNullableDouble(entryOf(this, key)) ?? defaultValue
  }

  getAsNullableDateTime(key: string): Date | null {
    return toNullableDateTime(entryOf(this, key))
  }

  /** `null` when there is none, unlike in `StringValueMap`. */
  getAsDateTime(key: string): Date | null {
    return toNullableDateTime(entryOf(this, key))
  }

  getAsDateTimeWithDefault(key: string, defaultValue: Date): Date {
    return toNullableDateTime(entryOf(this, key)) ?? defaultValue
  }

  getAsNullableType<T>(type: TypeCode, key: string): T | null {
    return toNullableType(type, entryOf(this, key)) as T | null
  }

  /** `null` when there is none. */
  getAsType<T>(type: TypeCode, key: string): T | null {
    return toNullableType(type, entryOf(this, key)) as T | null
  }

  getAsTypeWithDefault<T>(type: TypeCode, key: string, defaultValue: T): T {
    return (toNullableType(type, entryOf(this, key)) as T | null) ?? defaultValue
  }

  getAsValue(key: string): AnyValue {
    return new AnyValue(entryOf(this, key))
  }

  getAsNullableArray(key: string): AnyValueArray | null {
    return nullableArrayOf(entryOf(this, key))
  }

  getAsArray(key: string): AnyValueArray {
    return AnyValueArray.fromValue(entryOf(this, key))
  }

  getAsArrayWithDefault(key: string, defaultValue: AnyValueArray): AnyValueArray {
    return nullableArrayOf(entryOf(this, key)) ?? defaultValue
  }

  getAsNullableMap(key: string): AnyValueMap | null {
    return nullableMapOf(entryOf(this, key))
  }

  getAsMap(key: string): AnyValueMap {
    return AnyValueMap.fromValue(entryOf(this, key))
  }

  getAsMapWithDefault(key: string, defaultValue: AnyValueMap): AnyValueMap {
    return nullableMapOf(entryOf(this, key)) ?? defaultValue
  }

  /** `name=value;…` in insertion order, null as the bare name. Nothing is escaped, see `StringValueMap.fromString`. */
  toString(): string {
    return Object.entries(this)
      .map(([key, value]) =>
        value === null || value === undefined ? key : `${key}=${toNullableString(value)}`,
      )
      .join(';')
  }

  /** A new map with the same entries; their values are not copied. */
  clone(): any {
    return new AnyValueMap(this)
  }

  /** From an object, or an array by index; anything else gives an empty map. Always a new map. */
  static fromValue(value: any): AnyValueMap {
    return new AnyValueMap(typeof value === 'object' ? value : null)
  }

  /** From names and values in turn: `fromTuples('a', 1, 'b', 2)`. A name without a value is left out. */
  static fromTuples(...tuples: any[]): AnyValueMap {
    return AnyValueMap.fromTuplesArray(tuples)
  }

  /** `fromTuples` with the names and values in one array. */
  static fromTuplesArray(tuples: any[] | null): AnyValueMap {
    const map = new AnyValueMap()
    for (const [key, value] of pairsOf(tuples)) putEntry(map, toNullableString(key) ?? '', value)
    return map
  }

  /** All entries of the maps; of a name that occurs twice, the last. */
  static fromMaps(...maps: any[]): AnyValueMap {
    const result = new AnyValueMap()
    for (const map of maps) {
      for (const [key, value] of entriesOf(map)) putEntry(result, key, value)
    }
    return result
  }
}

function clearEntries(map: object): void {
  for (const key of Object.keys(map)) delete (map as Record<string, unknown>)[key]
}
