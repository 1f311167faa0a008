import { types } from 'node:util'
import { BadRequestException } from '../errors/index.js'
import { define, MAX_DEPTH, unboxed } from './copyValue.js'

/** What may stand in an item of a store that keeps JSON. */
export interface JsonRules {
  /** Refuses what some engine cannot hold (U+0000, lone surrogates) and undeclared Dates, and drops prototypes. */
  readonly portable: boolean
  /** Declared date fields, as dotted text. */
  readonly dates: ReadonlySet<string>
  /** Told of each Date in a field that was not declared; only where `portable` is false. */
  readonly undeclaredDate: (path: string) => void
  /**
   * Null where the copies are what is written. Else the values themselves are: told of each number past 1.8e308, which a
   * file may hold, and for which JSON has null.
   */
  readonly infinite: ((path: string) => void) | null
}

/**
 * A deep copy of an item that holds exactly what JSON keeps: undefined properties are gone, -0 is 0.
 * @throws BadRequestException INVALID_ITEM  naming the path of what `JSON.parse(JSON.stringify(item))` would alter
 */
export function copyJson<T>(item: T, rules: JsonRules): T {
  return copyObject(item as object, '', 0, rules) as T
}

/** The same for one value at `path`, as in the data of a partial update. */
export function copyJsonValue(value: unknown, path: string, rules: JsonRules): unknown {
  return copyAny(value, path, 1, rules)
}

/**
 * Looks at an item at `path` that is written itself.
 * @throws BadRequestException INVALID_ITEM  as `copyJson`
 */
export function checkJson(item: unknown, path: string, rules: JsonRules): void {
  copyAny(item, path, 0, rules)
}

function copyAny(value: unknown, path: string, depth: number, rules: JsonRules): unknown {
  switch (typeof value) {
    case 'string':
      if (rules.portable) checkText(value, path)
      return value
    case 'boolean':
      return value
    case 'number':
      if (!Number.isFinite(value)) {
        if (rules.infinite !== null && !Number.isNaN(value)) return rules.infinite(path)
        throw invalid(path, `is ${value}, which JSON cannot hold`, 'Use null, or leave the field out.')
      }
      // JSON.stringify(-0) is "0".
      return value === 0 ? 0 : unboxed(value)
    case 'object':
      return value === null ? null : copyObject(value, path, depth, rules)
    case 'bigint':
      throw invalid(path, 'is a bigint, which JSON cannot hold', 'Use a string or a number.')
    case 'undefined':
      throw invalid(
        path,
        'is undefined, which JSON turns into null in an array',
        'Use null, or leave the element out.',
      )
    default:
      throw invalid(path, `is a ${typeof value}, which JSON cannot hold`, 'Leave the field out.')
  }
}

function copyObject(value: object, path: string, depth: number, rules: JsonRules): unknown {
  if (depth > MAX_DEPTH) {
    throw invalid(
      path.slice(0, 100),
      `is nested deeper than ${MAX_DEPTH} levels, or part of a cycle`,
      'Refer to other items by id.',
    )
  }
  if (rules.infinite !== null) refuseToJson(value, path)
  if (Array.isArray(value)) {
    const copy: unknown[] = new Array(value.length)
    for (let i = 0; i < value.length; i++) {
      const element: unknown = value[i]
      copy[i] = isSafe(element) ? element : copyAny(element, `${path}[${i}]`, depth + 1, rules)
      if (rules.portable && typeof element === 'string') checkText(element, path)
    }
    return copy
  }
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) {
    // Not instanceof: a Date may come from another realm, as from a vm.
    if (types.isDate(value)) return copyDate(value, path, rules)
    refuseExotic(value, path)
  }
  if (prototype !== Object.prototype && prototype !== null && !rules.portable)
    return addFields(value, Object.create(prototype as object) as Fields, path, depth, rules)
  // In one piece, which takes less time and less memory than to add one field after the other.
  const copy: Fields = { ...value }
  if (replaceFields(copy, path, depth, rules)) return copy
  // What accessors gave is in the copy: they are not asked again.
  return addFields(copy, {}, path, depth, rules)
}

type Fields = Record<string, unknown>

/** Puts copies of what the fields hold into their places; false when there are fields that JSON leaves out. */
function replaceFields(copy: Fields, path: string, depth: number, rules: JsonRules): boolean {
  if (Object.getOwnPropertySymbols(copy).length > 0) return false
  for (const key in copy) {
    const field = copy[key]
    if (!rules.portable && (typeof field === 'string' || typeof field === 'boolean')) continue
    // for…in also names inherited keys, where somebody put enumerable ones on Object.prototype.
    if (!Object.hasOwn(copy, key)) continue
    if (field === undefined) return false
    copy[key] = copyField(field, key, path, depth, rules)
  }
  return true
}

function addFields(from: object, to: Fields, path: string, depth: number, rules: JsonRules): Fields {
  for (const key of Object.keys(from)) {
    const field = (from as Fields)[key]
    if (field !== undefined) define(to, key, copyField(field, key, path, depth, rules))
  }
  return to
}

function copyField(field: unknown, key: string, path: string, depth: number, rules: JsonRules): unknown {
  if (rules.portable) checkText(key, path)
  else if (typeof field === 'number' && field * 0 === 0) return field === 0 ? 0 : unboxed(field)
  else if (isSafe(field)) return field
  return copyAny(field, path === '' ? key : `${path}.${key}`, depth + 1, rules)
}

/** Values that need no look: most fields. */
function isSafe(value: unknown): boolean {
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return true
  // Neither NaN nor infinite, for those give NaN; nor a zero, which may be -0.
  return typeof value === 'number' && value * 0 === 0 && value !== 0
}

function copyDate(value: Date, path: string, rules: JsonRules): Date {
  if (Number.isNaN(value.getTime()))
    throw invalid(path, 'is an invalid Date', 'Use null, or leave the field out.')
  if (!rules.dates.has(path)) {
    if (rules.portable) throw invalid(path, 'is a Date in a field that was not declared', howToKeepDate(path))
    rules.undeclaredDate(path)
  }
  return new Date(value.getTime())
}

/** What to do with a Date at `path`, in which `[` shows an array: declared paths do not enter those. */
export function howToKeepDate(path: string): string {
  return path.includes('[')
    ? 'A Date inside an array cannot be declared: store its toISOString() text.'
    : `Declare it in the constructor with this.dateFields('${path}'), or store its toISOString() text.`
}

function refuseExotic(value: object, path: string): void {
  refuseToJson(value, path)
  const tag = Object.prototype.toString.call(value).slice(8, -1)
  const name = value.constructor?.name || tag
  if (tag !== 'Object')
    throw invalid(path, `is ${withArticle(name)}, which JSON cannot hold`, 'Use plain objects and arrays.')
}

/** Refuses what JSON.stringify would ask for something else to write. Dates are read again as what they were. */
function refuseToJson(value: object, path: string): void {
  if (typeof (value as { toJSON?: unknown }).toJSON !== 'function') return
  if (types.isDate(value) && !Object.hasOwn(value, 'toJSON')) return
  const name = value.constructor?.name || Object.prototype.toString.call(value).slice(8, -1)
  throw invalid(
    path,
    `is ${withArticle(name)} with a toJSON() of its own, so it would come back as something else`,
    'Store what toJSON() returns.',
  )
}

/** A high surrogate without its low one, or the reverse: not a character, and not valid UTF-8. */
export const LONE_SURROGATE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/

/** Refuses text that PostgreSQL or UTF-8 cannot hold. */
export function checkText(text: string, path: string): void {
  if (!UNUSUAL.test(text)) return
  if (text.includes('\0'))
    throw invalid(
      path,
      'holds the character U+0000, which not every store can hold',
      'Take it out or encode it.',
    )
  if (LONE_SURROGATE.test(text))
    throw invalid(
      path,
      'holds half of a surrogate pair, which is no character',
      'Use String.prototype.toWellFormed().',
    )
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: U+0000 is what it looks for
const UNUSUAL = /[\u0000\ud800-\udfff]/

/** What a value is, in a message: `null`, `an array`, `a string`. */
export function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value)
  return Array.isArray(value) ? 'an array' : withArticle(typeof value)
}

/**
 * The error for a value that cannot be stored. `path` is empty for the item itself, and begins with `[` in a list of
 * items.
 */
export function invalid(path: string, problem: string, wayOut: string): BadRequestException {
  const field = path.startsWith('[') ? `"${path}" of the items` : `Field "${path}" of the item`
  const where = path === '' ? 'The item' : field
  return new BadRequestException(
    null,
    'INVALID_ITEM',
    `${where} ${problem}. ${wayOut} Nothing was stored.`,
  ).withDetails('path', path)
}

/** `a Map`, `an Error`. Types that begin with a U are spoken like "you". */
export function withArticle(name: string): string {
  return `${/^[aeio]/i.test(name) ? 'an' : 'a'} ${name}`
}
