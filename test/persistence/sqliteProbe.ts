import { sqliteDrivers } from '../sqlite/driver.js'

export interface SqliteDatabase {
  exec(text: string): unknown
  close(): unknown
}

type DatabaseClass = new (filename: string, options?: object) => SqliteDatabase

/** The first SQLite driver that works here, and what tests need of it besides; null where none does. */
export async function sqliteDriverOf(): Promise<SqliteProbe | null> {
  const { drivers } = await sqliteDrivers()
  const module = drivers.values().next().value
  return module === undefined ? null : new SqliteProbe(module)
}

class SqliteProbe {
  readonly module: object
  readonly #Database: DatabaseClass

  constructor(module: object) {
    this.module = module
    const { DatabaseSync } = module as { DatabaseSync?: DatabaseClass }
    this.#Database = DatabaseSync ?? (module as DatabaseClass)
  }

  open(path: string): SqliteDatabase {
    return new this.#Database(path)
  }

  /** The same driver, whose databases tell of what `exec` is given. */
  listening(told: (text: string) => void): object {
    return class extends this.#Database {
      override exec(text: string): unknown {
        told(text)
        return super.exec(text)
      }
    }
  }
}
