import type { Scalar, ValueCondition, ValueTest } from './Condition.js'
import { dateText } from './compare.js'
import { foldCase } from './fold.js'
import { parseObject } from './parseFilter.js'
import { isObjectLiteral, quote } from './path.js'
import { describe, keysOf, LOGICAL, type Reading, refuse } from './reading.js'

/** The operators on a value, each with what it makes of its operand. The list is closed. */
const OPERATORS: { readonly [operator: string]: (operand: unknown, place: string) => ValueCondition } = {
  __proto__: null as never,
  $eq: (operand, place) => ({ op: 'in', values: [toScalar(operand, place)] }),
  $ne: (operand, place) => ({ op: 'not', of: { op: 'in', values: [toScalar(operand, place)] } }),
  $in: (operand, place) => ({ op: 'in', values: toScalars(operand, place) }),
  $nin: (operand, place) => ({ op: 'not', of: { op: 'in', values: toScalars(operand, place) } }),
  $gt: (operand, place) => ({ op: 'gt', value: toOrdered(operand, place) }),
  $gte: (operand, place) => ({ op: 'gte', value: toOrdered(operand, place) }),
  $lt: (operand, place) => ({ op: 'lt', value: toOrdered(operand, place) }),
  $lte: (operand, place) => ({ op: 'lte', value: toOrdered(operand, place) }),
  $exists: (operand, place) => ({ op: 'exists', value: toBoolean(operand, place) }),
  $contains: (operand, place) => ({ op: 'contains', value: toText(operand, place) }),
  $startsWith: (operand, place) => ({ op: 'startsWith', value: toText(operand, place) }),
  $icontains: (operand, place) => ({ op: 'icontains', value: foldCase(toText(operand, place)) }),
  $istartsWith: (operand, place) => ({ op: 'istartsWith', value: foldCase(toText(operand, place)) }),
  $size: (operand, place) => ({ op: 'size', value: toSize(operand, place) }),
  $all: (operand, place) => ({ op: 'all', values: toScalars(operand, place) }),
}

/**
 * Reads what a field is compared with: a scalar or Date, or an object of operators.
 * @returns `undefined` when every operand in it was undefined and so left out
 */
export function parseOperators(
  reading: Reading,
  operand: unknown,
  place: string,
  depth: number,
): ValueCondition | undefined {
  reading.enter(place, depth)
  if (!isObjectLiteral(operand)) return { op: 'in', values: [toScalar(operand, place)] }
  const keys = keysOf(operand, place)
  if (keys.length === 0) return refuse(place, 'an empty object is not an operand')
  const tests: ValueCondition[] = []
  for (const key of keys) {
    const test = parseOperator(reading, key, operand[key], `${place}.${key}`, depth)
    if (test !== undefined) tests.push(test)
  }
  if (tests.length === 0) return undefined
  return tests.length === 1 ? tests[0] : { op: 'and', of: tests }
}

function parseOperator(
  reading: Reading,
  operator: string,
  operand: unknown,
  place: string,
  depth: number,
): ValueCondition | undefined {
  const make = OPERATORS[operator]
  if (make === undefined && operator !== '$not' && operator !== '$elemMatch') {
    return refuseOperators(operator, place, 'field')
  }
  if (operand === undefined) return reading.leaveOut(place)
  if (make !== undefined) return make(operand, place)
  if (!isObjectLiteral(operand)) return refuse(place, `${describe(operand)} is not an object of conditions`)
  if (operator === '$elemMatch') return parseElements(reading, operand, place, depth + 1)
  const of = parseOperators(reading, operand, place, depth + 1)
  return of === undefined ? undefined : { op: 'not', of }
}

/** `$elemMatch` over elements as they are (`{ $gt: 5 }`), or over elements that are objects (`{ size: 5 }`). */
function parseElements(
  reading: Reading,
  operand: Record<string, unknown>,
  place: string,
  depth: number,
): ValueTest | undefined {
  if (testsValues(operand, depth)) {
    const tests = parseOperators(reading, operand, place, depth)
    return tests === undefined ? undefined : { op: 'elements', tests }
  }
  const condition = parseObject(reading, operand, place, depth)
  return condition === undefined ? undefined : { op: 'elementObjects', condition }
}

/** Whether the keys are operators on a value. `$not` has both forms: what it holds decides. */
function testsValues(operand: Record<string, unknown>, depth: number): boolean {
  return Object.keys(operand).some((key) => {
    if (!key.startsWith('$')) return false
    if (!LOGICAL.has(key)) return true
    const inner = operand[key]
    // The depth is bounded here too: an object may hold itself.
    return key === '$not' && depth <= 64 && isObjectLiteral(inner) && testsValues(inner, depth + 1)
  })
}

/** @throws BadRequestException INVALID_FILTER, always: `key` is not an operator, or not one that can stand here */
export function refuseOperators(key: string, place: string, what: 'filter' | 'field'): never {
  if (!key.startsWith('$')) {
    return refuse(place, 'an object is not an operand; to reach into an object use a dotted path')
  }
  if (key in OPERATORS || key === '$elemMatch') {
    return refuse(place, `${key} belongs to a field, as in { field: { ${key}: … } }`)
  }
  if (LOGICAL.has(key)) return refuse(place, `${key} does not go inside a ${what}; it joins filter objects`)
  return refuse(place, `${quote(key)} is not an operator`)
}

function toScalar(operand: unknown, place: string): Scalar {
  switch (typeof operand) {
    case 'string':
    case 'boolean':
      return operand
    case 'number':
      if (!Number.isFinite(operand)) return refuse(place, `${operand} is not a value that stores hold`)
      return operand === 0 ? 0 : operand
    case 'object': {
      if (operand === null) return null
      const text = operand instanceof Date ? dateText(operand) : null
      if (text !== null) return text
    }
  }
  return refuse(place, `${describe(operand)} is not a string, a number, a boolean, a Date or null`)
}

function toScalars(operand: unknown, place: string): Scalar[] {
  if (!Array.isArray(operand)) return refuse(place, `${describe(operand)} is not a list of values`)
  const values: Scalar[] = []
  for (let i = 0; i < operand.length; i++) values.push(toScalar(operand[i], `${place}[${i}]`))
  return values
}

function toOrdered(operand: unknown, place: string): string | number {
  const value = operand === null ? null : toScalar(operand, place)
  if (typeof value === 'string' || typeof value === 'number') return value
  return refuse(place, `${describe(operand)} has no order; give a number, a string or a Date`)
}

function toBoolean(operand: unknown, place: string): boolean {
  return typeof operand === 'boolean' ? operand : refuse(place, `${describe(operand)} is not true or false`)
}

function toText(operand: unknown, place: string): string {
  if (typeof operand !== 'string') return refuse(place, `${describe(operand)} is not a string`)
  // JavaScript would find it inside a whole character; no engine that stores UTF-8 does.
  if (/\p{Surrogate}/u.test(operand)) return refuse(place, 'the text holds half of a surrogate pair')
  return operand
}

function toSize(operand: unknown, place: string): number {
  if (typeof operand !== 'number' || !Number.isSafeInteger(operand) || operand < 0) {
    return refuse(place, `${describe(operand)} is not a number of elements`)
  }
  return operand === 0 ? 0 : operand
}
