/**
 * A value as text that is equal exactly when the values are: -0 is not 0, undefined is not missing, a Date is not its
 * text. The order of properties does not show, since jsonb does not keep it.
 */
export function canonical(value: unknown, above: readonly object[] = []): string {
  if (typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value)
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value !== 'object' || value === null) return String(value)
  if (value instanceof Date) return `Date(${value.getTime()})`
  if (above.includes(value)) return 'cycle'
  const inside = [...above, value]
  if (Array.isArray(value))
    return `[${Array.from(value, (element) => canonical(element, inside)).join(', ')}]`
  const fields = Object.keys(value)
    .sort()
    .map((key) => `${JSON.stringify(key)}: ${canonical((value as Record<string, unknown>)[key], inside)}`)
  const prototype = Object.getPrototypeOf(value) as object | null
  const kind = prototype === Object.prototype ? '' : `${prototype?.constructor.name ?? 'null'} `
  return `${kind}{${fields.join(', ')}}`
}
