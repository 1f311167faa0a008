import { BadRequestException, ConfigException } from '../errors/index.js'
import type { Path } from './Condition.js'

/** Most segments of a path, and most code points of a segment. */
const MAX_SEGMENTS = 8
const MAX_SEGMENT_LENGTH = 64

/** What nearly every path is: one plain name. Anything else takes the longer way. */
const PLAIN_NAME = /^[A-Za-z_][A-Za-z0-9_]{0,63}$/

/** Control characters, lone surrogates (no engine stores them), quotes of all three kinds, the backslash. */
const FORBIDDEN = /[\p{Cc}\p{Cs}'"`\\]/u

/** Names through which an object leads to its prototype. */
const PROTOTYPE_NAMES: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype'])

/**
 * Reads a dotted path, `a.b.c`: 1 to 8 segments of 1 to 64 code points each, without control characters,
 * quotes and backslashes, not beginning with `$`, and none of `__proto__`, `constructor`, `prototype`.
 *
 * @param text   the path as the user gave it
 * @param where  where it stands, for the message: `filter at "$or[1]"`
 * @param code   code of the error: that of what the path is part of
 * @throws BadRequestException INVALID_FILTER (or `code`)
 * @throws ConfigException BAD_CONFIG, where that is `code`
 */
export function parsePath(text: string, where: string, code = 'INVALID_FILTER'): Path {
  const problem = findPathProblem(text)
  if (problem === null) return text.split('.')
  const Exception = code === 'BAD_CONFIG' ? ConfigException : BadRequestException
  throw new Exception(
    null,
    code,
    `Cannot read the ${where}: ${problem}. A path is field names joined by dots, as in "address.city".`,
  )
}

/** What is wrong with a path, for a message; `null` when it is well-formed. */
export function findPathProblem(text: unknown): string | null {
  if (typeof text === 'string' && PLAIN_NAME.test(text) && !PROTOTYPE_NAMES.has(text)) return null
  const problem = checkSegments(text)
  return problem === null ? null : `the path ${quote(text)} ${problem}`
}

function checkSegments(text: unknown): string | null {
  if (typeof text !== 'string') return 'is not a string'
  // Without this bound a hostile text of a gigabyte would be split before it is refused.
  if (text.length > MAX_SEGMENTS * (2 * MAX_SEGMENT_LENGTH + 1)) return 'is too long'
  const segments = text.split('.')
  if (segments.length > MAX_SEGMENTS) return `has more than ${MAX_SEGMENTS} segments`
  for (const segment of segments) {
    if (segment === '') return 'is empty or has an empty segment'
    if (segment.startsWith('$')) return 'has a segment that begins with "$"'
    if (PROTOTYPE_NAMES.has(segment)) return `has the segment "${segment}", which leads out of the item`
    if (FORBIDDEN.test(segment)) return 'holds a control character, a quote or a backslash'
    if (segment.length > MAX_SEGMENT_LENGTH && [...segment].length > MAX_SEGMENT_LENGTH) {
      return `has a segment longer than ${MAX_SEGMENT_LENGTH} characters`
    }
  }
  return null
}

/** `text` as a message shows it: in quotes, escaped, and cut when it is long. */
export function quote(text: unknown): string {
  if (typeof text !== 'string') return typeof text === 'symbol' ? text.toString() : `of type ${typeof text}`
  return JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text)
}

const hasOwn = Object.prototype.hasOwnProperty

/**
 * What `item` holds at `path`: own properties only, and never through an array. `undefined` when it is missing.
 * The value is the stored one, not a copy.
 */
export function readPath(item: unknown, path: Path): unknown {
  let value = item
  for (let i = 0; i < path.length; i++) {
    value = readField(value, path[i] as string)
    if (value === undefined) return undefined
  }
  return value
}

/** `readPath` of one segment. */
export function readField(container: unknown, name: string): unknown {
  if (typeof container !== 'object' || container === null) return undefined
  return hasOwn.call(container, name) && !Array.isArray(container)
    ? (container as Record<string, unknown>)[name]
    : undefined
}

/** Whether `value` is an object that paths enter: not an array, not a Date. */
export function isPlainContainer(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date)
}

/** Whether `value` is an object literal: made by `{…}`, by `JSON.parse` or without a prototype. */
export function isObjectLiteral(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const prototype = Object.getPrototypeOf(value)
  // An object literal of another realm has that realm's Object.prototype, which ends its chain too.
  return prototype === null || Object.getPrototypeOf(prototype) === null
}
