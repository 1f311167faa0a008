import { hash } from 'node:crypto'
import { BadRequestException } from '../errors/index.js'
import type { Condition, ParsedFilter, ParsedSort, Place, ValueCondition } from './Condition.js'
import { OTHER, type Sortable } from './compare.js'

/** First byte of a token. A token of another version is refused. */
const VERSION = 1
/** Bytes of the digest that follow it. */
const DIGEST_BYTES = 12

/**
 * The place after which the next page begins, as opaque text: base64url of a version byte, a digest over binding and
 * content, and the content. The digest finds damage and tokens of other queries; it is no secret, and whoever holds a
 * token can read the sort fields of one item in it.
 */
export function encodeToken(binding: string, place: Place): string {
  const content = Buffer.from(JSON.stringify([place.id, ...place.values.map(toJson)]), 'utf8')
  const head = Buffer.from(digest(binding, content), 'hex')
  return Buffer.concat([Buffer.of(VERSION), head, content]).toString('base64url')
}

/**
 * The place in a token made by `encodeToken` with the same binding.
 * @throws BadRequestException INVALID_TOKEN  it is malformed, altered, or of another version, component, filter or sort
 */
export function decodeToken(binding: string, token: string): Place {
  const bytes = Buffer.from(token, 'base64url')
  // Decoding skips what is not base64url, so that many texts would stand for one token.
  if (bytes.toString('base64url') !== token) throw refused('it is not a token')
  if (bytes.length <= 1 + DIGEST_BYTES) throw refused('it is cut short')
  if (bytes[0] !== VERSION) throw refused('it was made by another version')
  const content = bytes.subarray(1 + DIGEST_BYTES)
  if (digest(binding, content) !== bytes.toString('hex', 1, 1 + DIGEST_BYTES)) {
    throw refused('it was altered, or belongs to another component, filter or sort')
  }
  try {
    const [id, ...values] = JSON.parse(content.toString('utf8')) as unknown[]
    if (typeof id === 'string' || typeof id === 'number' || typeof id === 'boolean')
      return { id: id as Place['id'], values: values.map(fromJson) }
  } catch (cause) {
    throw refused('its content cannot be read').withCause(cause)
  }
  throw refused('it holds no place')
}

function refused(problem: string): BadRequestException {
  return new BadRequestException(
    null,
    'INVALID_TOKEN',
    `Cannot go on from the token: ${problem}. ` +
      'Give the token of the page before, as it came, with the same filter and sort, or null to begin anew.',
  )
}

/** As hexadecimal text, which the engine hands out faster than bytes; and in one call, for the hash itself takes less. */
function digest(binding: string, content: Buffer): string {
  // The length keeps a byte from moving between binding and content unseen.
  const bound = Buffer.from(`${Buffer.byteLength(binding)}:${binding}`, 'utf8')
  return hash('sha256', Buffer.concat([bound, content]), 'hex').slice(0, 2 * DIGEST_BYTES)
}

/** JSON has no NaN and no infinities, which memory stores can hold: they become `{ "number": "NaN" }`. */
function toJson(value: Sortable): unknown {
  return typeof value === 'number' && !Number.isFinite(value) ? { number: String(value) } : value
}

function fromJson(value: unknown): Sortable {
  if (
    value === null ||
    typeof value === 'string' ||
    typeof value === 'number' ||
    typeof value === 'boolean'
  ) {
    return value
  }
  if (typeof value === 'object') {
    const { number, other } = value as { number?: unknown; other?: unknown }
    if (other === true) return OTHER
    if (number === 'NaN' || number === 'Infinity' || number === '-Infinity') return Number(number)
  }
  throw refused('it holds a value of an unknown kind')
}

/**
 * What a token is bound to: the component, the filter and the sort, as text that is the same in every process. Filters
 * that differ in the order of their conditions only have the same text. Of a predicate the source text counts, which
 * does not tell closures over different values apart. Sorts by key extractor have no tokens.
 */
export function bindingOf(component: string, filter: ParsedFilter, sort: ParsedSort): string {
  const keys = sort?.keys ? sort.keys.map(({ path, ascending }) => [path.join('.'), ascending]) : null
  const predicate = filter.predicate === null ? null : String(filter.predicate)
  return JSON.stringify([component, canonical(filter.condition), predicate, keys])
}

function canonical(condition: Condition | ValueCondition): string {
  switch (condition.op) {
    case 'and':
    case 'or':
      return `${condition.op}(${condition.of.map(canonical).sort().join()})`
    case 'not':
      return `not(${canonical(condition.of)})`
    case 'field':
      return `${JSON.stringify(condition.path)}:${canonical(condition.test)}`
    case 'elements':
      return `elements(${canonical(condition.tests)})`
    case 'elementObjects':
      return `elementObjects(${canonical(condition.condition)})`
    case 'in':
    case 'all':
      return `${condition.op}[${condition.values
        .map((value) => JSON.stringify(value))
        .sort()
        .join()}]`
    default:
      return `${condition.op} ${JSON.stringify(condition.value)}`
  }
}
