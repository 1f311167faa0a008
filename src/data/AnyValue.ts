// biome-ignore-all lint/suspicious/noExplicitAny: these values can be anything, as in Pip.Services

import { AnyValueArray } from './AnyValueArray.js'
import { AnyValueMap } from './AnyValueMap.js'
import { toNullableBoolean } from './convert/toNullableBoolean.js'
import { toNullableDateTime } from './convert/toNullableDateTime.js'
import { toNullableDouble } from './convert/toNullableDouble.js'
import { toNullableLong } from './convert/toNullableLong.js'
import { toNullableString } from './convert/toNullableString.js'
import { toNullableType } from './convert/toNullableType.js'
import { typeCodeOf } from './convert/typeCodeOf.js'
import type { ICloneable } from './ICloneable.js'
import type { TypeCode } from './TypeCode.js'

/** One value that reads as any type. What cannot be converted reads as null, or as the default given. */
export class AnyValue implements ICloneable {
  value: any

  /** Another `AnyValue` is unwrapped. */
  constructor(value: any = null) {
    this.value = value instanceof AnyValue ? value.value : value
  }

  getTypeCode(): TypeCode {
    return typeCodeOf(this.value)
  }

  /** The value itself. */
  getAsObject(): any {
    return this.value
  }

  setAsObject(value: any): void {
    this.value = value instanceof AnyValue ? value.value : value
  }

  getAsNullableString(): string | null {
    return toNullableString(this.value)
  }

  /** `null` when there is none. */
  getAsString(): string | null {
    return toNullableString(this.value)
  }

  /** The default also stands in for `''`. */
  getAsStringWithDefault(defaultValue: string): string {
    return toNullableString(this.value) || defaultValue
  }

  getAsNullableBoolean(): boolean | null {
    return toNullableBoolean(this.value)
  }

  getAsBoolean(): boolean {
    return toNullableBoolean(this.value) ?? false
  }

  getAsBooleanWithDefault(defaultValue: boolean): boolean {
    return toNullableBoolean(this.value) ?? defaultValue
  }

  getAsNullableInteger(): number | null {
    return toNullableLong(this.value)
  }

  getAsInteger(): number {
    return toNullableLong(this.value) ?? 0
  }

  getAsIntegerWithDefault(defaultValue: number): number {
    return toNullableLong(this.value) ?? defaultValue
  }

  getAsNullableLong(): number | null {
    return toNullableLong(this.value)
  }

  getAsLong(): number {
    return toNullableLong(this.value) ?? 0
  }

  getAsLongWithDefault(defaultValue: number): number {
    return toNullableLong(this.value) ?? defaultValue
  }

  getAsNullableFloat(): number | null {
    return toNullableDouble(this.value)
  }

  getAsFloat(): number {
    return toNullableDouble(this.value) ?? 0
  }

  getAsFloatWithDefault(defaultValue: number): number {
    return toNullableDouble(this.value) ?? defaultValue
  }

  getAsNullableDouble(): number | null {
    return toNullableDouble(this.value)
  }

  getAsDouble(): number {
    return toNullableDouble(this.value) ?? 0
  }

  getAsDoubleWithDefault(defaultValue: number): number {
    return toNullableDouble(this.value) ?? defaultValue
  }

  getAsNullableDateTime(): Date | null {
    return toNullableDateTime(this.value)
  }

  /** Now when there is none. */
  getAsDateTime(): Date {
    return toNullableDateTime(this.value) ?? new Date()
  }

  getAsDateTimeWithDefault(defaultValue: Date): Date {
    return toNullableDateTime(this.value) ?? defaultValue
  }

  getAsNullableType<T>(type: TypeCode): T | null {
    return toNullableType(type, this.value) as T | null
  }

  /** `null` when there is none. */
  getAsType<T>(type: TypeCode): T | null {
    return toNullableType(type, this.value) as T | null
  }

  getAsTypeWithDefault<T>(type: TypeCode, defaultValue: T): T {
    return (toNullableType(type, this.value) as T | null) ?? defaultValue
  }

  /** An array as it is, of an object its values, else the value alone; null gives no elements. */
  getAsArray(): AnyValueArray {
    return AnyValueArray.fromValue(this.value)
  }

  getAsMap(): AnyValueMap {
    return AnyValueMap.fromValue(this.value)
  }

  /** Compares as text: 1 equals '1'. Null equals only null. */
  equals(obj: any): boolean {
    return toNullableString(this.value) === toNullableString(obj instanceof AnyValue ? obj.value : obj)
  }

  /** Compares after both are converted to `type`, Dates by their time. */
  equalsAsType<T>(type: TypeCode, obj: any): boolean {
    const mine = toNullableType(type, this.value) as T | null
    const other = toNullableType(type, obj instanceof AnyValue ? obj.value : obj) as T | null
    if (mine instanceof Date && other instanceof Date) return mine.getTime() === other.getTime()
    return mine === other
  }

  clone(): any {
    return new AnyValue(this.value)
  }

  /** `''` for null. */
  toString(): string {
    return toNullableString(this.value) ?? ''
  }

  /** A number from the text of the value: values that are `equals` have the same. 0 for null. */
  hashCode(): number {
    let hash = 0
    for (const char of toNullableString(this.value) ?? '')
      hash = (Math.imul(hash, 31) + (char.codePointAt(0) ?? 0)) | 0
    return hash
  }
}
