import { BadRequestException } from '../errors/index.js'
import { isObjectLiteral } from './path.js'

/** Which page to read, by position: a PagingParams of this package or of the original ones, or a plain object. */
export interface Paging {
  /** Matches to pass over; null or negative: none. */
  readonly skip?: number | null | undefined
  /** Most items to return; null or 0: the maximum. */
  readonly take?: number | null | undefined
  /** Whether to count all matches. */
  readonly total?: boolean | null | undefined
}

/** Which page to read, by token: a TokenizedPagingParams of this package or of the original ones, or a plain object. */
export interface TokenizedPaging {
  /** The token of the page before; null or empty: the first page. */
  readonly token?: string | null | undefined
  /** Most items to return; null or 0: the maximum. */
  readonly take?: number | null | undefined
  /** Whether to count all matches. */
  readonly total?: boolean | null | undefined
}

/** A page by position, resolved. */
export interface ResolvedPaging {
  /** Matches to pass over, 0 or more. */
  readonly skip: number
  /** Most items to return: 0 to the maximum. */
  readonly take: number
  /** Whether to count all matches. */
  readonly total: boolean
}

/** A page by token, resolved. */
export interface ResolvedTokenPaging {
  /** Where to go on; `null`: from the start. */
  readonly token: string | null
  /** Most items to return: 0 to the maximum. */
  readonly take: number
  /** Whether to count all matches. */
  readonly total: boolean
}

/**
 * Reads a PagingParams, or a plain `{ skip, take, total }`: `skip` null or negative is 0; `take` null or 0 is the
 * maximum, a larger one is capped, a negative one is 0 items. Null or undefined: the first page, no total.
 *
 * @throws BadRequestException INVALID_PAGING  a number that is not a finite integer, an unknown field, anything else
 */
export function resolvePaging(paging: unknown, maxTake: number): ResolvedPaging {
  const fields = readFields(paging, ['skip', 'take', 'total'])
  const skip = toInteger(fields.skip, 'skip')
  return {
    skip: skip === null || skip < 0 ? 0 : Math.min(skip, Number.MAX_SAFE_INTEGER),
    take: resolveTake(fields.take, maxTake),
    total: Boolean(fields.total),
  }
}

/**
 * Reads a TokenizedPagingParams, or a plain `{ token, take, total }`; `take` as in `resolvePaging`. A null or empty
 * token is the first page.
 *
 * @throws BadRequestException INVALID_PAGING  as `resolvePaging`, and when a `skip` is given
 * @throws BadRequestException INVALID_TOKEN  the token is not a string
 */
export function resolveTokenPaging(paging: unknown, maxTake: number): ResolvedTokenPaging {
  const fields = readFields(paging, ['token', 'take', 'total'])
  if (fields.skip) throw refused('a page by token has no "skip"; it begins where the token says')
  const token = fields.token ?? null
  if (token !== null && typeof token !== 'string') {
    throw new BadRequestException(
      null,
      'INVALID_TOKEN',
      `Cannot read the token of the page: it is a ${typeof token}. Give the token of the page before, as it came.`,
    )
  }
  return { token: token || null, take: resolveTake(fields.take, maxTake), total: Boolean(fields.total) }
}

type Fields = { readonly [name in 'skip' | 'take' | 'total' | 'token']?: unknown }

function readFields(paging: unknown, names: readonly string[]): Fields {
  if (paging === null || paging === undefined) return {}
  if (typeof paging !== 'object' || Array.isArray(paging))
    throw refused(`${Array.isArray(paging) ? 'an array' : `a ${typeof paging}`} is not a page`)
  if (isObjectLiteral(paging)) {
    // A misspelt "limit" would quietly return another page than the one that was asked for.
    const unknown = Object.keys(paging).find((name) => !names.includes(name))
    if (unknown !== undefined) throw refused(`"${unknown}" is not one of ${names.join(', ')}`)
    return paging
  }
  if ('skip' in paging || 'take' in paging || 'token' in paging) return paging as Fields
  // Only methods: a class that keeps its fields to itself.
  const { getSkip, getTake, total } = paging as { getSkip?: unknown; getTake?: unknown; total?: unknown }
  if (typeof getTake !== 'function') throw refused('the object has neither take nor getTake()')
  return {
    skip: typeof getSkip === 'function' ? getSkip.call(paging, 0) : null,
    take: getTake.call(paging, Number.MAX_SAFE_INTEGER),
    total,
  }
}

function resolveTake(value: unknown, maxTake: number): number {
  const take = toInteger(value, 'take')
  if (take === null || take === 0) return maxTake
  return take < 0 ? 0 : Math.min(take, maxTake)
}

function toInteger(value: unknown, name: string): number | null {
  if (value === null || value === undefined) return null
  if (typeof value === 'number' && Number.isInteger(value)) return value
  throw refused(`"${name}" is ${typeof value === 'number' ? value : `a ${typeof value}`}, not a whole number`)
}

function refused(problem: string): BadRequestException {
  return new BadRequestException(
    null,
    'INVALID_PAGING',
    `Cannot read the paging: ${problem}. Give skip, take and total, as in new PagingParams(0, 20, true).`,
  )
}
