// biome-ignore-all lint/suspicious/noExplicitAny: these values can be anything, as in Pip.Services

import { AnyValue } from './AnyValue.js'
import { AnyValueMap } from './AnyValueMap.js'
import { toNullableBoolean } from './convert/toNullableBoolean.js'
import { toNullableDateTime } from './convert/toNullableDateTime.js'
import { toNullableDouble } from './convert/toNullableDouble.js'
import { toNullableLong } from './convert/toNullableLong.js'
import { toNullableString } from './convert/toNullableString.js'
import { toNullableType } from './convert/toNullableType.js'
import type { ICloneable } from './ICloneable.js'
import { nullableArrayOf, nullableMapOf } from './nullableValues.js'
import type { TypeCode } from './TypeCode.js'

/** An array of values of any type, whose typed getters convert. What is absent reads as null, or as the default given. */
export class AnyValueArray extends Array<any> implements ICloneable {
  // map(), filter() and slice() would otherwise call this constructor with a length.
  static override get [Symbol.species](): ArrayConstructor {
    return Array
  }

  constructor(values: any[] | null = null) {
    super()
    if (Array.isArray(values)) for (const value of values) this.push(value)
  }

  get(index: number): any {
    return this[index]
  }

  put(index: number, value: any): void {
    this[index] = value
  }

  remove(index: number): void {
    this.splice(index, 1)
  }

  append(elements: any[] | null): void {
    if (elements) for (const element of elements) this.push(element)
  }

  clear(): void {
    this.length = 0
  }

  /** The element at `index`; without one, a plain array of all. */
  getAsObject(index?: number): any {
    return index === undefined ? Array.from(this) : this[index]
  }

  /** `setAsObject(index, value)` sets one element; `setAsObject(values)` replaces all. */
  setAsObject(...args: [index: any, value?: any]): void {
    const [index, value] = args
    if (args.length > 1) {
      this[index] = value
      return
    }
    const elements = [...AnyValueArray.fromValue(index)]
    this.length = 0
    for (const element of elements) this.push(element)
  }

  getAsNullableString(index: number): string | null {
    return toNullableString(this[index])
  }

  /** `null` when there is none. */
  getAsString(index: number): string | null {
    return toNullableString(this[index])
  }

  /** The default also stands in for `''`. */
  getAsStringWithDefault(index: number, defaultValue: string): string {
    return toNullableString(this[index]) || defaultValue
  }

  getAsNullableBoolean(index: number): boolean | null {
    return toNullableBoolean(this[index])
  }

  getAsBoolean(index: number): boolean {
    return toNullableBoolean(this[index]) ?? false
  }

  getAsBooleanWithDefault(index: number, defaultValue: boolean): boolean {
    return toNullableBoolean(this[index]) ?? defaultValue
  }

  getAsNullableInteger(index: number): number | null {
    return toNullableLong(this[index])
  }

  getAsInteger(index: number): number {
    return toNullableLong(this[index]) ?? 0
  }

  getAsIntegerWithDefault(index: number, defaultValue: number): number {
    return toNullableLong(this[index]) ?? defaultValue
  }

  getAsNullableLong(index: number): number | null {
    return toNullableLong(this[index])
  }

  getAsLong(index: number): number {
    return toNullableLong(this[index]) ?? 0
  }

  getAsLongWithDefault(index: number, defaultValue: number): number {
    return toNullableLong(this[index]) ?? defaultValue
  }

  getAsNullableFloat(index: number): number | null {
    return toNullableDouble(this[index])
  }

  getAsFloat(index: number): number {
    return toNullableDouble(this[index]) ?? 0
  }

  getAsFloatWithDefault(index: number, defaultValue: number): number {
    return toNullableDouble(this[index]) ?? defaultValue
  }

  getAsNullableDouble(index: number): number | null {
    return toNullableDouble(this[index])
  }

  getAsDouble(index: number): number {
    return toNullableDouble(this[index]) ?? 0
  }

  getAsDoubleWithDefault(index: number, defaultValue: number): number {
    return toNullableDouble(this[index]) ?? defaultValue
  }

  getAsNullableDateTime(index: number): Date | null {
    return toNullableDateTime(this[index])
  }

  /** Now when there is none. */
  getAsDateTime(index: number): Date {
    return toNullableDateTime(this[index]) ?? new Date()
  }

  getAsDateTimeWithDefault(index: number, defaultValue: Date): Date {
    return toNullableDateTime(this[index]) ?? defaultValue
  }

  getAsNullableType<T>(type: TypeCode, index: number): T | null {
    return toNullableType(type, this[index]) as T | null
  }

  /** `null` when there is none. */
  getAsType<T>(type: TypeCode, index: number): T | null {
    return toNullableType(type, this[index]) as T | null
  }

  getAsTypeWithDefault<T>(type: TypeCode, index: number, defaultValue: T): T {
    return (toNullableType(type, this[index]) as T | null) ?? defaultValue
  }

  getAsValue(index: number): AnyValue {
    return new AnyValue(this[index])
  }

  getAsNullableArray(index: number): AnyValueArray | null {
    return nullableArrayOf(this[index])
  }

  getAsArray(index: number): AnyValueArray {
    return AnyValueArray.fromValue(this[index])
  }

  getAsArrayWithDefault(index: number, defaultValue: AnyValueArray): AnyValueArray {
    return nullableArrayOf(this[index]) ?? defaultValue
  }

  getAsNullableMap(index: number): AnyValueMap | null {
    return nullableMapOf(this[index])
  }

  getAsMap(index: number): AnyValueMap {
    return AnyValueMap.fromValue(this[index])
  }

  getAsMapWithDefault(index: number, defaultValue: AnyValueMap): AnyValueMap {
    return nullableMapOf(this[index]) ?? defaultValue
  }

  /** Whether an element is loosely equal (1 and '1'); null finds null and undefined. */
  contains(value: any): boolean {
    // biome-ignore lint/suspicious/noDoubleEquals: loose on purpose, as documented above
    return this.some((element) => element == value)
  }

  /** Whether an element equals `value` once both are converted to `type`. */
  containsAsType<T>(type: TypeCode, value: any): boolean {
    return this.some((element) => new AnyValue(element).equalsAsType<T>(type, value))
  }

  /** A new array with the same elements, not copied. */
  clone(): any {
    return new AnyValueArray(this)
  }

  /** The elements as text, joined by commas; null as nothing. */
  override toString(): string {
    return Array.from(this, (element) => toNullableString(element) ?? '').join(',')
  }

  static fromValues(...values: any[]): AnyValueArray {
    return new AnyValueArray(values)
  }

  /** The elements of an array, the values of an object, else the value alone (text is not split); null gives none. */
  static fromValue(value: any): AnyValueArray {
    if (value === null || value === undefined) return new AnyValueArray()
    if (Array.isArray(value)) return new AnyValueArray(value)
    if (typeof value !== 'object' || value instanceof Date) return new AnyValueArray([value])
    return new AnyValueArray(Object.values(value))
  }

  /** The pieces of `values` between separators, as strings; with `removeDuplicates` each of them once. */
  static fromString(
    values: string | null,
    separator: string,
    removeDuplicates: boolean = false,
  ): AnyValueArray {
    if (values === null || values === undefined || values === '') return new AnyValueArray()
    const pieces = values.split(separator)
    return new AnyValueArray(removeDuplicates ? [...new Set(pieces)] : pieces)
  }
}
