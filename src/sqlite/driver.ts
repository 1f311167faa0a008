import { ConfigException } from '../errors/index.js'

/** What the store calls of a database, whichever driver opened it: better-sqlite3 or `node:sqlite`. */
export interface SqliteDatabase {
  prepare(text: string): SqliteStatement
  exec(text: string): unknown
  function(name: string, options: { deterministic: boolean }, body: (text: unknown) => unknown): unknown
  close(): unknown
}

/** A prepared statement. */
export interface SqliteStatement {
  get(...values: unknown[]): SqliteRow | undefined
  all(...values: unknown[]): SqliteRow[]
  run(...values: unknown[]): { changes: number | bigint }
  /** Has better-sqlite3: from now on the first column of a row in the place of the row. */
  pluck?(): unknown
  /** Has `node:sqlite` since Node.js 22.16: from now on rows are arrays. */
  setReturnArrays?(enabled: boolean): void
}

/** Reads the documents that a statement returns in its only column, `data`. */
export interface DocumentReader {
  get(...values: unknown[]): string | undefined
  all(...values: unknown[]): string[]
}

/** A row: values by the names of columns. */
export type SqliteRow = Readonly<Record<string, unknown>>

/** The reader of a statement that nobody else uses. Makes no object for each row where the driver can do without. */
export function documentReader(statement: SqliteStatement): DocumentReader {
  const read = withoutObjects(statement)
  if (read === null) return statement as unknown as DocumentReader
  return {
    get: (...values) => {
      const row = statement.get(...values)
      return row === undefined ? undefined : read(row)
    },
    all: (...values) => statement.all(...values).map(read),
  }
}

/** How to read a row; `null`: it is the document itself. */
function withoutObjects(statement: SqliteStatement): ((row: SqliteRow) => string) | null {
  if (statement.pluck !== undefined) {
    statement.pluck()
    return null
  }
  if (statement.setReturnArrays === undefined) return (row) => row.data as string
  statement.setReturnArrays(true)
  return (row) => row[0] as string
}

/** A driver's module, or its class of databases. */
export type SqliteDriver = object

type Open = new (filename: string, options?: object) => SqliteDatabase

/**
 * Opens the database file with `driver`, or else with better-sqlite3 where it is installed and built for this Node.js,
 * or else with the `node:sqlite` of Node.js itself.
 *
 * @throws ConfigException NO_DRIVER  neither is there
 */
export async function openDatabase(filename: string, driver: SqliteDriver | null): Promise<SqliteDatabase> {
  if (driver !== null) return construct(classOf(driver), filename)
  const problems: unknown[] = []
  for (const name of ['better-sqlite3', 'node:sqlite']) {
    let Database: Open
    try {
      Database = classOf((await import(name)) as object)
      // better-sqlite3 loads its native part with the first database: only then it shows that it was not built.
      construct(Database, ':memory:').close()
    } catch (problem) {
      problems.push(problem)
      continue
    }
    return construct(Database, filename)
  }
  throw new ConfigException(
    null,
    'NO_DRIVER',
    `Cannot open the SQLite database "${filename}": there is no driver for it. Install one (npm install better-sqlite3), ` +
      'or run a Node.js that has node:sqlite (22.13 and newer).',
    { cause: new AggregateError(problems, problems.map(String).join('; ')) },
  )
}

function classOf(driver: object): Open {
  const { default: standard, DatabaseSync } = driver as { default?: unknown; DatabaseSync?: unknown }
  for (const candidate of [
    DatabaseSync,
    (standard as { DatabaseSync?: unknown })?.DatabaseSync,
    standard,
    driver,
  ]) {
    if (typeof candidate === 'function') return candidate as Open
  }
  throw new ConfigException(
    null,
    'BAD_CONFIG',
    'Cannot use the SQLite driver that was given: it is neither better-sqlite3 nor node:sqlite. Give one of the modules.',
  )
}

function construct(Database: Open, filename: string): SqliteDatabase {
  // Both drivers wait for a locked file inside the call and hold the whole process up; the store waits by itself.
  return new Database(filename, { timeout: 0 })
}
