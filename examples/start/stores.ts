import { join } from 'node:path'
import { findPostgres } from '../support/postgres.js'
import { findSqliteDriver } from '../support/sqlite.js'
import { CitiesPersistence } from './CitiesPersistence.js'
import { DummyFilePersistence } from './DummyFilePersistence.js'
import { DummyMemoryPersistence } from './DummyMemoryPersistence.js'
import { DummyUrlPersistence } from './DummyUrlPersistence.js'
import type { Dummies } from './tutorial.js'

/** A place to keep items: the one thing that differs between the runs of this example. */
export interface ExampleStore {
  /** Items are still there for a new component after the first was closed. */
  readonly keeps: boolean
  /** The cities' file; null where they are in none. */
  readonly file: string | null
  /** A component over the same data at each call. */
  dummies(): Dummies
  cities(): CitiesPersistence
  /** Lets go of what was started for the store. */
  release(): Promise<void>
}

/** Where a store may put its items. */
export interface Places {
  /** Removed at the end. */
  readonly folder: string
  /** File for the cities; null: one in the folder. */
  readonly path: string | null
  /** PostgreSQL server; null: one that is started for this run. */
  readonly url: string | null
}

/** A store that this machine cannot run. The message says why, and is for the user. */
export class UnavailableError extends Error {}

/** For stores that nothing was started for. */
const release = async () => undefined

/** Every store that the example runs on, by the name it has on the command line. */
const stores: Record<string, (places: Places) => Promise<ExampleStore>> = {
  memory: async () => ({
    keeps: false,
    file: null,
    dummies: () => new DummyMemoryPersistence(),
    cities: () => new CitiesPersistence({ url: 'memory:' }),
    release,
  }),

  file: async ({ folder, path }) => {
    const file = path ?? join(folder, 'cities.json')
    return {
      keeps: true,
      file,
      dummies: () => new DummyFilePersistence(join(folder, 'dummies.json')),
      cities: () => new CitiesPersistence({ url: `file:${file}` }),
      release,
    }
  },

  sqlite: async ({ folder, path }) => {
    const found = await findSqliteDriver()
    if ('reason' in found) throw new UnavailableError(`SQLite cannot be used here: ${found.reason}`)
    const { driver } = found
    const file = path ?? join(folder, 'cities.db')
    return {
      keeps: true,
      file,
      dummies: () => new DummyUrlPersistence({ url: `sqlite:${join(folder, 'dummies.db')}`, driver }),
      cities: () => new CitiesPersistence({ url: `sqlite:${file}`, driver }),
      release,
    }
  },

  postgres: async ({ url }) => {
    const found = await findPostgres(url)
    if ('reason' in found) {
      throw new UnavailableError(
        `A PostgreSQL server cannot be started here: ${found.reason}\nName one of yours by --url.`,
      )
    }
    return {
      keeps: true,
      file: null,
      dummies: () => new DummyUrlPersistence({ url: found.url }),
      cities: () => new CitiesPersistence({ url: found.url }),
      release: found.release,
    }
  },
}

export const storeNames = Object.keys(stores)

/** @throws UnavailableError */
export function openStore(name: string, places: Places): Promise<ExampleStore> {
  const store = stores[name]
  if (store === undefined) throw new Error(`There is no store "${name}".`)
  return store(places)
}
