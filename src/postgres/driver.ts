import { ConfigException } from '../errors/index.js'

/** What the store calls of a client of the driver `pg`. */
export interface PostgresClient {
  connect(): Promise<unknown>
  query(query: PostgresQuery): Promise<PostgresResult>
  end(): Promise<void>
  on(event: 'error' | 'end', listener: (error?: Error) => void): unknown
}

export interface PostgresQuery {
  readonly text: string
  readonly values: readonly unknown[]
  readonly rowMode: 'array'
  /** Keeps the statement prepared on the connection under this name. */
  readonly name?: string
  readonly types: { getTypeParser(): (text: string) => string }
}

export interface PostgresResult {
  readonly rows: readonly (readonly (string | null)[])[]
  readonly rowCount: number | null
}

/** The driver's module. */
export type PostgresDriver = object

export type ClientClass = new (settings: Readonly<Record<string, unknown>>) => PostgresClient

/**
 * The driver: the one given, else the installed one.
 * @throws ConfigException NO_DRIVER
 */
export async function loadDriver(driver: PostgresDriver | null): Promise<ClientClass> {
  let found = driver
  if (found === null) {
    try {
      // By a variable, so that bundlers leave alone what is not installed.
      const name = 'pg'
      found = (await import(name)) as object
    } catch (cause) {
      throw new ConfigException(
        null,
        'NO_DRIVER',
        'Cannot open a PostgreSQL store: the driver "pg" is not installed. Install it (npm install pg).',
        { cause },
      )
    }
  }
  const { Client, default: standard } = found as { Client?: unknown; default?: { Client?: unknown } }
  const chosen = Client ?? standard?.Client
  if (typeof chosen === 'function') return chosen as ClientClass
  throw new ConfigException(
    null,
    'BAD_CONFIG',
    'Cannot use the PostgreSQL driver that was given: it has no Client. Give the module "pg".',
  )
}

/** Everything comes back as the text that the server sent: JSON is read by the store, and ids and counts too. */
const TYPES = { getTypeParser: () => (text: string) => text }

export function queryOf(text: string, values: readonly unknown[], name: string | undefined): PostgresQuery {
  return { text, values, rowMode: 'array', types: TYPES, ...(name === undefined ? {} : { name }) }
}
