import { invalid, withArticle } from './jsonValue.js'

/**
 * Kinds of object whose content is not in their fields, even where a derived class adds some. By their tag, which holds
 * across realms.
 */
const BUILT_IN: ReadonlySet<string> = new Set(['Map', 'Set', 'Date', 'String', 'RegExp', 'Error'])

/**
 * Refuses an object whose content is elsewhere than in fields of its own: a Map, a Date, a promise that was not awaited.
 * Read field by field it would seem empty, and a write of it would succeed and store nothing. Instances of classes pass.
 *
 * @param use  what it was given for, as the message says it: `is`, `cannot be updated by`
 * @throws BadRequestException INVALID_ITEM
 */
export function refuseWithoutFields(value: object, use: string): void {
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype === Object.prototype || prototype === null) return
  if (typeof (value as { then?: unknown }).then === 'function')
    throw invalid('', `${use} a promise`, 'Await it first, and give what it resolves with.')
  const tag = Object.prototype.toString.call(value).slice(8, -1)
  if (tag === 'Object') return
  // A class may have a tag of its own choice: it passes when it has fields.
  if (!BUILT_IN.has(tag) && !ArrayBuffer.isView(value) && Object.keys(value).length > 0) return
  const wayOut = tag === 'Map' ? 'Give Object.fromEntries() of it.' : 'Give an object with fields.'
  throw invalid(
    '',
    `${use} ${withArticle(value.constructor?.name || tag)}, not an object with fields`,
    wayOut,
  )
}
