import { parseArgs } from 'node:util'
import { storeNames } from './stores.js'

export interface Options {
  /** Where tutorial and cities go; null: the tutorial on memory and on a file, the cities in a file. */
  readonly store: string | null
  /** The cities' file; null: a temporary one. */
  readonly path: string | null
  /** The PostgreSQL server; null: one that is started for this run. */
  readonly url: string | null
  /** Loads each city whose number this divides. */
  readonly every: number
  readonly help: boolean
}

/** Arguments that cannot be understood. The message says what and is for the user. */
export class UsageError extends Error {}

export const usage = `Usage: npm start -- [options]

  --store ${storeNames.join('|')}
                 where the items are kept; without it the tutorial runs on
                 memory and on a file, and the cities are kept in a file
  --path FILE    file or sqlite: the file for the cities (default: a temporary
                 one, removed at the end)
  --url URL      postgres: the server, postgres://user:password@host/database;
                 the items stay there, in tables that begin with
                 holdfast_example_ (default: a server started for this run)
  --every N      loads every Nth city only (default: 1)
  --help         this text`

/** Stores that keep the cities in a file. */
const IN_FILES: readonly (string | undefined)[] = ['file', 'sqlite', undefined]

export function parseOptions(args: string[]): Options {
  const { store, path, url, every = '1', help } = parse(args)
  if (store !== undefined && !storeNames.includes(store)) {
    throw new UsageError(`Unknown store "${store}". Choose one of: ${storeNames.join(', ')}.`)
  }
  if (path !== undefined && !IN_FILES.includes(store)) {
    throw new UsageError(
      `--path names a file, and the store "${store}" keeps none. Leave it out, or use --store file or sqlite.`,
    )
  }
  if (path === '') throw new UsageError('--path is empty. Name a file.')
  if (url !== undefined && store !== 'postgres') {
    throw new UsageError('--url names a PostgreSQL server. Use it with --store postgres.')
  }
  if (url === '') throw new UsageError('--url is empty. Name a server.')
  if (!/^[1-9][0-9]{0,5}$/.test(every)) throw new UsageError(`--every "${every}" is not a number from 1 on.`)
  return {
    store: store ?? null,
    path: path ?? null,
    url: url ?? null,
    every: Number(every),
    help: help ?? false,
  }
}

function parse(args: string[]) {
  try {
    const options = {
      store: { type: 'string' },
      path: { type: 'string' },
      url: { type: 'string' },
      every: { type: 'string' },
      help: { type: 'boolean' },
    } as const
    return parseArgs({ args, options, allowPositionals: false }).values
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}
