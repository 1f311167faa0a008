import { AnyValueArray } from './AnyValueArray.js'
import { AnyValueMap } from './AnyValueMap.js'

/** `AnyValueArray.fromValue`, but `null` stays `null`. */
export function nullableArrayOf(value: unknown): AnyValueArray | null {
  return value === null || value === undefined ? null : AnyValueArray.fromValue(value)
}

/** `AnyValueMap.fromValue`, but `null` stays `null`. */
export function nullableMapOf(value: unknown): AnyValueMap | null {
  return value === null || value === undefined ? null : AnyValueMap.fromValue(value)
}
