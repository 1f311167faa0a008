/**
 * Text of a value: `null` for null and undefined, a string as it is, a Date as its ISO text (an invalid
 * one as `Invalid Date`), anything else by its `toString()`.
 */
export function toNullableString(value: unknown): string | null {
  if (value === null || value === undefined) return null
  if (typeof value === 'string') return value
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? String(value) : value.toISOString()
  const method = (value as { toString?: unknown }).toString
  // Objects without a prototype, and maps with an entry named `toString`, have no such method.
  if (typeof method !== 'function') return Object.prototype.toString.call(value)
  return String(method.call(value))
}
