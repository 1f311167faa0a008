import type { BadRequestException } from '../errors/index.js'
import { checkText, invalid, withArticle } from './jsonValue.js'

/** `any`: the Pip-named classes; else the one type of the component. */
export type IdType = 'any' | 'string' | 'number'

/**
 * Longest id and longest indexed text of a component that runs on any store, in bytes of UTF-8: index entries have
 * limits.
 */
export const MAX_INDEXED_BYTES = 512

export function isTooLong(text: string): boolean {
  // A code unit takes at most 3 bytes of UTF-8, so short texts need no count.
  return text.length > MAX_INDEXED_BYTES / 3 && Buffer.byteLength(text) > MAX_INDEXED_BYTES
}

/** Null, undefined and the empty string: the component makes an id. 0 and false are ids like any other. */
export function isMissingId(id: unknown): boolean {
  return id === null || id === undefined || id === ''
}

/**
 * The id as it is stored: -0 is 0.
 * @throws BadRequestException INVALID_ITEM  NaN, infinities, objects, functions; for one id type, the other
 */
export function storedId(id: unknown, type: IdType): unknown {
  if (type !== 'any' && typeof id !== type) {
    throw invalidId(
      id,
      type,
      `is ${withArticle(typeof id)}, but the ids of this component are of type ${type}`,
    )
  }
  switch (typeof id) {
    case 'string':
      if (type === 'string') checkPortable(id)
      return id
    case 'number':
      if (!Number.isFinite(id)) throw invalidId(id, type, `is ${id}, which equals no other id`)
      return id === 0 ? 0 : id
    case 'boolean':
      return id
    default:
      throw invalidId(id, type, id instanceof Date ? 'is a Date' : `is of type ${typeof id}`)
  }
}

function checkPortable(id: string): void {
  checkText(id, 'id')
  if (isTooLong(id)) {
    throw invalid(
      'id',
      `is longer than ${MAX_INDEXED_BYTES} bytes`,
      'Use a digest of it as id, and keep it in a field.',
    )
  }
}

const WAYS_OUT: Readonly<Record<IdType, string>> = {
  any: 'Give a string or a finite number, or leave the id empty to get a new one.',
  string:
    'Give a string, or leave the id empty to get a new one; for ids that are numbers, configure options.id_type as "number".',
  number:
    'Give a finite number; for ids that are strings, configure options.id_type as "string", the default.',
}

function invalidId(id: unknown, type: IdType, problem: string): BadRequestException {
  return invalid('id', problem, WAYS_OUT[type]).withDetails('id', typeof id === 'bigint' ? String(id) : id)
}
