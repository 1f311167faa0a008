import type { Condition, Scalar } from './Condition.js'
import { dateText } from './compare.js'
import { describe, keysOf, pathOf, type Reading, refuse } from './reading.js'

/**
 * Reads FilterParams: every entry `k = s` must hold. Its values are text, so an entry matches the string, and the
 * number or boolean whose JavaScript text it is; a Date is its ISO text anyway. `ids` is a comma-separated list of ids,
 * blanks around each left out. Entries that are null or empty are left out, as undefined ones of a filter object are.
 * @returns `undefined` when that left nothing of an object that had entries
 */
export function parseParams(
  reading: Reading,
  params: Record<string, unknown>,
  place: string,
): Condition | undefined {
  const of: Condition[] = []
  const keys = keysOf(params, place)
  for (const key of keys) {
    const at = place === '' ? key : `${place}.${key}`
    const path = pathOf(key, at)
    const text = toText(params[key], at)
    if (text === '') reading.leaveOut(at)
    else if (key === 'ids') of.push({ op: 'field', path: ['id'], test: { op: 'in', values: splitIds(text) } })
    else of.push({ op: 'field', path, test: { op: 'in', values: readings(text) } })
  }
  if (of.length === 0 && keys.length > 0) return undefined
  return of.length === 1 ? (of[0] as Condition) : { op: 'and', of }
}

function toText(value: unknown, place: string): string {
  if (value === null || value === undefined) return ''
  if (typeof value === 'string') return value
  if (typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value)))
    return String(value)
  const text = value instanceof Date ? dateText(value) : null
  return text ?? refuse(place, `${describe(value)} is not text, which is what FilterParams hold`)
}

function splitIds(text: string): Scalar[] {
  const values: Scalar[] = []
  for (const piece of text.split(',')) {
    const id = piece.trim()
    if (id !== '') for (const value of readings(id)) values.push(value)
  }
  return values
}

/** All scalars whose JavaScript text is `text`. */
function readings(text: string): Scalar[] {
  if (text === 'true') return [text, true]
  if (text === 'false') return [text, false]
  const number = Number(text)
  return Number.isFinite(number) && String(number) === text ? [text, number] : [text]
}
