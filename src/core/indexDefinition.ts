import type { IndexDefinition } from '../contract/Store.js'
import { ConfigException } from '../errors/index.js'
import { parsePath } from '../query/path.js'

/** Fields of an index and their directions, most significant first: `{ country: 1, 'a.b': -1 }`. */
export type IndexFields = Readonly<Record<string, 1 | -1>>

export interface IndexOptions {
  /** Refuse a second item with the same values; items where a field is missing or null do not count. Default false. */
  readonly unique?: boolean | undefined
}

/**
 * @throws ConfigException BAD_CONFIG  no field, a direction that is not 1 or -1, a malformed path, an unknown option, a
 *   value it cannot have
 */
export function defineIndex(fields: IndexFields, options: IndexOptions = {}): IndexDefinition {
  if (!isObject(fields)) throw badIndex('its fields are no object')
  if (!isObject(options)) throw badIndex('its options are no object')
  const entries = Object.entries(fields)
  if (entries.length === 0) throw badIndex('it names no field')
  for (const option of Object.keys(options))
    if (option !== 'unique') throw badIndex(`"${option}" is not an option of it`)
  const parsed = entries.map(([text, direction]) => {
    if (direction !== 1 && direction !== -1)
      throw badIndex(`the direction of "${text}" is ${String(direction)}, not 1 or -1`)
    return { path: parsePath(text, 'index', 'BAD_CONFIG'), ascending: direction === 1 }
  })
  const { unique = false } = options
  if (typeof unique !== 'boolean') throw badIndex('"unique" is neither true nor false')
  const name =
    entries.map(([text, direction]) => `${text}:${direction}`).join(',') + (unique ? ':unique' : '')
  return { name, fields: parsed, unique }
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null
}

function badIndex(problem: string): ConfigException {
  return new ConfigException(
    null,
    'BAD_CONFIG',
    `Cannot make the index: ${problem}. Give fields and directions, as in ensureIndex({ name: 1, 'address.city': -1 }, { unique: true }).`,
  )
}
