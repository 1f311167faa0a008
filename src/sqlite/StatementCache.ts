import type { SqliteDatabase, SqliteStatement } from './driver.js'

/** Statements kept prepared: filters of one code base are few, but those made from requests may be any. */
const MAX_STATEMENTS = 200

/** Prepared statements by their text, the least recently used dropped first. */
export class StatementCache {
  readonly #database: SqliteDatabase
  readonly #statements = new Map<string, SqliteStatement>()

  constructor(database: SqliteDatabase) {
    this.#database = database
  }

  get(text: string): SqliteStatement {
    const known = this.#statements.get(text)
    if (known !== undefined) {
      // To the end of the map, which is in the order of insertion: the first entry is the one to drop.
      this.#statements.delete(text)
      this.#statements.set(text, known)
      return known
    }
    const statement = this.#database.prepare(text)
    if (this.#statements.size >= MAX_STATEMENTS) {
      this.#statements.delete(this.#statements.keys().next().value as string)
    }
    this.#statements.set(text, statement)
    return statement
  }
}
