import { type Condition, EVERYTHING, type ParsedFilter } from './Condition.js'
import { parseOperators, refuseOperators } from './parseOperators.js'
import { parseParams } from './parseParams.js'
import { isObjectLiteral } from './path.js'
import { describe, keysOf, LOGICAL, pathOf, Reading, refuse } from './reading.js'

/**
 * Reads a filter: null or undefined (everything), a predicate, a filter object, or FilterParams (ours or those of the
 * original packages). Nothing of it is kept but the predicate, so that changing the filter later changes nothing.
 *
 * @throws BadRequestException INVALID_FILTER  anything else, or anything in it that docs/queries.md does not allow;
 *   `details.place` names the place, as in `$or[1].price.$gt`
 */
export function parseFilter(filter: unknown): ParsedFilter {
  if (filter === null || filter === undefined) return MATCH_ALL
  if (typeof filter === 'function') {
    return { condition: EVERYTHING, predicate: filter as (item: unknown) => unknown, undefinedAt: null }
  }
  const reading = new Reading()
  const condition = parseObject(reading, filter, '', 0)
  return { condition: condition ?? EVERYTHING, predicate: null, undefinedAt: reading.undefinedAt }
}

const MATCH_ALL: ParsedFilter = { condition: EVERYTHING, predicate: null, undefinedAt: null }

/**
 * Reads an object of fields and logical operators.
 * @returns `undefined` when every condition in it was undefined and so left out
 */
export function parseObject(
  reading: Reading,
  filter: unknown,
  place: string,
  depth: number,
): Condition | undefined {
  reading.enter(place, depth)
  if (isParams(filter)) return parseParams(reading, filter, place)
  if (!isObjectLiteral(filter)) return refuse(place, `${describe(filter)} is not a filter object`)
  const parts: Condition[] = []
  let leftOut = false
  for (const key of keysOf(filter, place)) {
    const at = place === '' ? key : `${place}.${key}`
    const part = key.startsWith('$')
      ? parseLogical(reading, key, filter[key], at, depth)
      : parseField(reading, key, filter[key], at, depth)
    if (part === undefined) leftOut = true
    else parts.push(part)
  }
  return parts.length === 0 && leftOut ? undefined : join('and', parts)
}

/** Whether `filter` is a FilterParams, or any of the string maps it is one of: its class knows `getAsObject`. */
function isParams(filter: unknown): filter is Record<string, unknown> {
  if (typeof filter !== 'object' || filter === null) return false
  // Looked for above the object itself: an entry of that name is data.
  const prototype = Object.getPrototypeOf(filter) as { getAsObject?: unknown } | null
  return prototype !== null && typeof prototype.getAsObject === 'function'
}

function parseField(
  reading: Reading,
  key: string,
  operand: unknown,
  place: string,
  depth: number,
): Condition | undefined {
  const path = pathOf(key, place)
  if (operand === undefined) return reading.leaveOut(place)
  const test = parseOperators(reading, operand, place, depth + 1)
  return test === undefined ? undefined : onField(path, test)
}

/** Spreads a combination of tests on one field into a combination of conditions. */
function onField(path: readonly string[], test: NonNullable<ReturnType<typeof parseOperators>>): Condition {
  if (test.op === 'not') return { op: 'not', of: onField(path, test.of) }
  if (test.op === 'and')
    return join(
      'and',
      test.of.map((one) => onField(path, one)),
    )
  return { op: 'field', path, test }
}

function parseLogical(
  reading: Reading,
  operator: string,
  operand: unknown,
  place: string,
  depth: number,
): Condition | undefined {
  if (!LOGICAL.has(operator)) return refuseOperators(operator, place, 'filter')
  if (operand === undefined) return reading.leaveOut(place)
  if (operator === '$not') {
    const of = parseObject(reading, operand, place, depth + 1)
    return of === undefined ? undefined : { op: 'not', of }
  }
  if (!Array.isArray(operand) || operand.length === 0) {
    return refuse(place, `${describe(operand)} is not a list of one or more filter objects`)
  }
  const branches: Condition[] = []
  for (let i = 0; i < operand.length; i++) {
    const at = `${place}[${i}]`
    const branch: unknown = operand[i]
    const of = branch === undefined ? reading.leaveOut(at) : parseObject(reading, branch, at, depth + 1)
    if (of !== undefined) branches.push(of)
  }
  if (branches.length === 0) return undefined
  if (operator === '$and') return join('and', branches)
  const any = join('or', branches)
  return operator === '$or' ? any : { op: 'not', of: any }
}

/** Joins conditions; one alone stands for itself, and lists of the same kind become one. */
function join(op: 'and' | 'or', parts: readonly Condition[]): Condition {
  if (parts.length === 1) return parts[0] as Condition
  if (!parts.some((part) => part.op === op)) return { op, of: parts }
  const of: Condition[] = []
  for (const part of parts) {
    if (part.op === op) for (const inner of part.of) of.push(inner)
    else of.push(part)
  }
  return { op, of }
}
