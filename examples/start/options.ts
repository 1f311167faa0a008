import { parseArgs } from 'node:util'
import { storeNames } from './stores.js'

export interface Options {
  /** Where tutorial and cities go; null: the tutorial on memory and on a file, the cities in a file. */
  readonly store: string | null
  /** The cities' file; null: a temporary one. */
  readonly path: string | null
  readonly help: boolean
}

/** Arguments that cannot be understood. The message says what and is for the user. */
export class UsageError extends Error {}

export const usage = `Usage: npm start -- [options]

  --store ${storeNames.join('|')}   where the items are kept; without it the tutorial runs on each
                        store, and the cities are kept in a file
  --path FILE           the file for the cities (default: a temporary one, removed at the end)
  --help                this text`

export function parseOptions(args: string[]): Options {
  const { store, path, help } = parse(args)
  if (store !== undefined && !storeNames.includes(store)) {
    throw new UsageError(`Unknown store "${store}". Choose one of: ${storeNames.join(', ')}.`)
  }
  if (path !== undefined && store !== undefined && store !== 'file') {
    throw new UsageError(
      `--path names a file, and the store "${store}" keeps none. Leave it out, or use --store file.`,
    )
  }
  if (path === '') throw new UsageError('--path is empty. Name a file.')
  return { store: store ?? null, path: path ?? null, help: help ?? false }
}

function parse(args: string[]) {
  try {
    const options = {
      store: { type: 'string' },
      path: { type: 'string' },
      help: { type: 'boolean' },
    } as const
    return parseArgs({ args, options, allowPositionals: false }).values
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}
