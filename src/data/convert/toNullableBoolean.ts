import { toNullableString } from './toNullableString.js'

const TRUE_WORDS = new Set(['1', 'true', 't', 'yes', 'y'])
const FALSE_WORDS = new Set(['0', 'false', 'f', 'no', 'n'])

/**
 * A boolean as it is; a number: `false` for 0 and NaN; else by its text, upper or lower case: `1`,
 * `true`, `t`, `yes`, `y` or `0`, `false`, `f`, `no`, `n`. Anything else is `null`.
 */
export function toNullableBoolean(value: unknown): boolean | null {
  if (typeof value === 'boolean') return value
  if (typeof value === 'number') return value !== 0 && !Number.isNaN(value)
  const word = toNullableString(value)?.toLowerCase()
  if (word === undefined) return null
  if (TRUE_WORDS.has(word)) return true
  return FALSE_WORDS.has(word) ? false : null
}
