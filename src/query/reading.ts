import { BadRequestException } from '../errors/index.js'
import type { Path } from './Condition.js'
import { findPathProblem, isObjectLiteral, quote } from './path.js'

/** Deepest nesting of objects, and most conditions, of a filter. Both far above what is written by hand. */
const MAX_DEPTH = 64
const MAX_CONDITIONS = 100_000

/** What is found out while a filter is read. */
export class Reading {
  /** Place of the first condition that was left out because it is undefined. */
  undefinedAt: string | null = null
  #conditions = 0

  /** Notes that the condition at `place` is undefined and left out. */
  leaveOut(place: string): undefined {
    this.undefinedAt ??= place
    return undefined
  }

  /**
   * Counts one condition at `depth`. Without the bounds a filter that holds itself would overflow the stack, and one
   * that holds itself twice would never end.
   */
  enter(place: string, depth: number): void {
    if (depth > MAX_DEPTH) refuse(place, `it is nested more than ${MAX_DEPTH} deep`)
    if (++this.#conditions > MAX_CONDITIONS) refuse(place, `it has more than ${MAX_CONDITIONS} conditions`)
  }
}

/** Operators that stand where a field could. */
export const LOGICAL: ReadonlySet<string> = new Set(['$and', '$or', '$nor', '$not'])

/** The keys of an object in a filter. A symbol is refused: left out unseen, it would widen what the filter matches. */
export function keysOf(object: object, place: string): string[] {
  if (Object.getOwnPropertySymbols(object).length > 0) refuse(place, 'a symbol is not a field or an operator')
  return Object.keys(object)
}

/** The path that a key of a filter is. @throws BadRequestException INVALID_FILTER  it is outside the grammar */
export function pathOf(key: string, place: string): Path {
  const problem = findPathProblem(key)
  return problem === null ? key.split('.') : refuse(place, problem)
}

/** What a value is, for a message. */
export function describe(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return value.length === 0 ? 'an empty array' : 'an array'
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'an invalid Date' : 'a Date'
  if (typeof value === 'object') return isObjectLiteral(value) ? 'an object' : 'an object of a class'
  if (typeof value === 'string') return `the string ${quote(value)}`
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  return value === undefined ? 'undefined' : `a ${typeof value}`
}

/** @throws BadRequestException INVALID_FILTER, always */
export function refuse(place: string, problem: string): never {
  const shown = place.length > 300 ? `${place.slice(0, 300)}…` : place
  const where = shown === '' ? 'the filter' : `the filter at ${JSON.stringify(shown)}`
  throw new BadRequestException(
    null,
    'INVALID_FILTER',
    `Cannot read ${where}: ${problem}. Operators and operands are listed in docs/queries.md.`,
  ).withDetails('place', shown)
}

/** @throws BadRequestException INVALID_FILTER, when what a predicate answered is a promise */
export function refusePromise(answer: object | null): void {
  if (typeof (answer as { then?: unknown } | null)?.then !== 'function') return
  // Nobody waits for it: should it reject, that is not to end the process.
  if (answer instanceof Promise) answer.catch(() => {})
  throw new BadRequestException(
    null,
    'INVALID_FILTER',
    'Cannot use the predicate as filter: it answered with a promise, and that is true of every item. ' +
      'Await what it needs before the call, and answer with true or false.',
  ).withDetails('place', '')
}
