import { toNullableString } from './toNullableString.js'

/**
 * A number as it is; a Date as its milliseconds since 1970; a boolean as 1 or 0; else the number its text
 * begins with (`'12abc'` is 12, `'0x10'` is 0). `null` when there is none.
 */
export function toNullableDouble(value: unknown): number | null {
  if (typeof value === 'number') return value
  if (value instanceof Date) return value.getTime()
  if (typeof value === 'boolean') return value ? 1 : 0
  const text = toNullableString(value)
  if (text === null) return null
  const number = Number.parseFloat(text)
  return Number.isNaN(number) ? null : number
}
