import { createHash } from 'node:crypto'
import type { IndexDefinition } from '../contract/Store.js'
import { ConfigException } from '../errors/index.js'

/** PostgreSQL cuts names at 63 bytes without a word, so that two long names could become one. */
const MAX_NAME_BYTES = 63

/** Changes when the expressions of an index change, so that an index of an older version is not taken for it. */
const INDEX_VERSION = 1

/** Name of the table of a component: its own name, or when that is too long its beginning and a hash of the whole. */
export function tableName(name: string): string {
  if (name === '' || /\p{Cc}|\p{Cs}/u.test(name) || /^(sqlite|pg)_/i.test(name)) {
    throw new ConfigException(
      null,
      'BAD_CONFIG',
      `Cannot use ${JSON.stringify(name)} as name of a table: it is empty, holds control characters or begins with ` +
        '"sqlite_" or "pg_", which the engines keep for themselves. Give the component another name.',
    ).withDetails('name', name)
  }
  return Buffer.byteLength(name) <= MAX_NAME_BYTES ? name : shorten(name, digest([name]))
}

/** Name of an index: readable, and unique by a hash of table and definition at its end. */
export function indexName(table: string, index: IndexDefinition): string {
  const fields = index.fields.map(({ path }) => path.join('_')).join('_')
  const kind = index.unique ? 'key' : 'idx'
  return shorten(`${table}_${fields}_${kind}`, digest([table, index.name, INDEX_VERSION]))
}

function digest(parts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 10)
}

function shorten(name: string, hash: string): string {
  let short = ''
  let bytes = 0
  for (const letter of name) {
    bytes += Buffer.byteLength(letter)
    if (bytes > MAX_NAME_BYTES - 1 - hash.length) break
    short += letter
  }
  return `${short}_${hash}`
}
