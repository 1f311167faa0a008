import type { Path } from '../query/Condition.js'
import { invalid } from './jsonValue.js'

/** The ISO text that `Date.prototype.toISOString` makes; other spellings of a date stay text. */
const ISO = /^(?:\d{4}|[+-]\d{6})-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/

/** Turns ISO text in the declared fields into Dates, in place: `item` must be a private copy. */
export function reviveDates(item: unknown, fields: readonly Path[]): void {
  for (const path of fields) reviveOne(item, path)
}

const { prototype } = Date
const { toJSON, toISOString } = prototype

/**
 * Refuses Dates while somebody's functions make their text, as programs have them for local times: JSON.stringify asks
 * Date.prototype, and the text would not be read as the same Date again. What was replaced before this library was
 * loaded cannot be told.
 * @throws BadRequestException INVALID_ITEM
 */
export function refuseReplacedDates(fields: readonly Path[]): void {
  if (prototype.toJSON === toJSON && prototype.toISOString === toISOString) return
  const name = prototype.toJSON === toJSON ? 'toISOString' : 'toJSON'
  throw invalid(
    fields[0]!.join('.'),
    `is declared as a Date, and Date.prototype.${name} was replaced, so that Dates would be written as other text`,
    'Leave Date.prototype as it is, and give JSON.stringify a replacer where you want other text.',
  )
}

function reviveOne(item: unknown, path: Path): void {
  let holder = item
  for (let i = 0; i < path.length - 1; i++) holder = ownField(holder, path[i]!)
  const last = path[path.length - 1]!
  const text = ownField(holder, last)
  if (typeof text !== 'string' || !ISO.test(text)) return
  const date = new Date(text)
  if (!Number.isNaN(date.getTime()) && date.toISOString() === text)
    (holder as Record<string, unknown>)[last] = date
}

function ownField(holder: unknown, key: string): unknown {
  if (typeof holder !== 'object' || holder === null || Array.isArray(holder) || !Object.hasOwn(holder, key))
    return undefined
  return (holder as Record<string, unknown>)[key]
}
