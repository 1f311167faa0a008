import { ConfigException } from '../errors/index.js'
import { type Address, parseUrl } from './address.js'
import type { PostgresDriver } from './driver.js'

/** Where and how a PostgreSQL store keeps its items. */
export interface PostgresStoreOptions {
  /**
   * `postgres://user:password@host:port/database`. Several hosts, `host1:5432,host2:5432`: the one that takes writes is
   * looked for whenever a connection is made. `?sslmode=` as in libpq: `disable` (default), `require`, `verify-full`.
   */
  readonly url: string
  /** Schema of the table; it is made when it is not there. Default: the first of the user's search path. */
  readonly schema?: string
  /** Distributes the table over a Citus cluster by id. Default `false`; a table that is distributed stays so. */
  readonly distribute?: boolean
  /** Most connections at once. Default 10. */
  readonly poolSize?: number
  /** Longest wait for a server that does not answer, at `open` and in each operation, in milliseconds. Default 10,000. */
  readonly connectTimeoutMs?: number
  /**
   * Keeps statements prepared on each connection. Default `false`: nothing stays on a connection, so poolers that hand
   * it to others in between do no harm. `true`: quicker, for direct connections alone.
   */
  readonly prepare?: boolean
  /** The driver: the module `pg`. Default: the one that is installed. */
  readonly driver?: PostgresDriver
}

export interface ResolvedPostgresOptions {
  readonly address: Address
  readonly schema: string | null
  readonly distribute: boolean
  readonly poolSize: number
  readonly connectTimeoutMs: number
  readonly prepare: boolean
  readonly driver: PostgresDriver | null
}

const KNOWN: ReadonlySet<string> = new Set([
  'url',
  'schema',
  'distribute',
  'poolSize',
  'connectTimeoutMs',
  'prepare',
  'driver',
])

/** @throws ConfigException BAD_CONFIG  an option that is missing, wrong or unknown */
export function resolveOptions(options: PostgresStoreOptions): ResolvedPostgresOptions {
  const { url, schema = null, distribute = false, prepare = false, driver = null } = options
  const { poolSize = 10, connectTimeoutMs = 10_000 } = options
  for (const name of Object.keys(options))
    if (!KNOWN.has(name)) throw bad(`the option "${name}" does not exist`)
  if (schema !== null && (typeof schema !== 'string' || schema === '' || /\0|\p{Cs}/u.test(schema))) {
    throw bad('"schema" is not a name')
  }
  if (typeof distribute !== 'boolean' || typeof prepare !== 'boolean') {
    throw bad('"distribute" or "prepare" is not true or false')
  }
  if (!Number.isInteger(poolSize) || poolSize < 1) throw bad('"poolSize" is not a number of connections')
  if (typeof connectTimeoutMs !== 'number' || !(connectTimeoutMs > 0))
    throw bad('"connectTimeoutMs" is not a time')
  return { address: parseUrl(url, bad), schema, distribute, poolSize, connectTimeoutMs, prepare, driver }
}

function bad(problem: string): ConfigException {
  return new ConfigException(
    null,
    'BAD_CONFIG',
    `Cannot make a PostgreSQL store: ${problem}. Options are ${[...KNOWN].join(', ')}.`,
  )
}
