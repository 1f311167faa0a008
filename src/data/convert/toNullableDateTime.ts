import { toNullableString } from './toNullableString.js'

/**
 * A Date as it is; a number as milliseconds since 1970; a boolean is `null`; else what `Date.parse` makes of its text.
 */
export function toNullableDateTime(value: unknown): Date | null {
  if (value instanceof Date) return value
  if (typeof value === 'number') return new Date(value)
  if (typeof value === 'boolean') return null
  const text = toNullableString(value)
  if (text === null) return null
  const time = Date.parse(text)
  return Number.isNaN(time) ? null : new Date(time)
}
