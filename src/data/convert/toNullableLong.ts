import { toNullableDouble } from './toNullableDouble.js'

/** `toNullableDouble`, rounded: halves go up, so `'1.5'` is 2 and `'-1.5'` is -1. NaN and Infinity stay. */
export function toNullableLong(value: unknown): number | null {
  const number = toNullableDouble(value)
  return number === null ? null : Math.round(number)
}
