import { ConfigException } from '../errors/index.js'
import type { SqliteDriver } from './driver.js'

/** Where and how a SQLite store keeps its items. */
export interface SqliteStoreOptions {
  /** Database file, absolute or relative to the working directory; folders on the way are made. `:memory:`: none. */
  readonly filename: string
  /** Wait for the disk at each write. Default `true`; `false`: a power cut can lose the last writes, never the file. */
  readonly durable?: boolean
  /** Longest wait for another process that writes, in milliseconds, then `LOCKED`. Default 10,000. */
  readonly busyTimeoutMs?: number
  /** The driver: the module `better-sqlite3` or `node:sqlite`. Default: the first of them that is there. */
  readonly driver?: SqliteDriver
}

export type ResolvedSqliteOptions = Required<Omit<SqliteStoreOptions, 'driver'>> & {
  readonly driver: SqliteDriver | null
}

const KNOWN: ReadonlySet<string> = new Set(['filename', 'durable', 'busyTimeoutMs', 'driver'])

/** @throws ConfigException BAD_CONFIG  an option that is missing, wrong or unknown */
export function resolveOptions(options: SqliteStoreOptions): ResolvedSqliteOptions {
  const { filename, durable = true, busyTimeoutMs = 10_000, driver = null } = options
  for (const name of Object.keys(options))
    if (!KNOWN.has(name)) throw bad(`the option "${name}" does not exist`)
  if (typeof filename !== 'string' || filename === '') throw bad('"filename" is not a path')
  if (typeof durable !== 'boolean') throw bad('"durable" is not true or false')
  if (typeof busyTimeoutMs !== 'number' || !(busyTimeoutMs >= 0)) throw bad('"busyTimeoutMs" is not a time')
  return { filename, durable, busyTimeoutMs, driver }
}

function bad(problem: string): ConfigException {
  return new ConfigException(
    null,
    'BAD_CONFIG',
    `Cannot make a SQLite store: ${problem}. Options are ${[...KNOWN].join(', ')}.`,
  )
}
