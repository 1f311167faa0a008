import { inspect } from 'node:util'
import type { IConfigurable } from '../component/IConfigurable.js'
import { type CallContext, traceIdOf } from '../component/IContext.js'
import {
  CHANGE_LOG,
  type ChangeLog,
  type ChangeLogOwner,
  type ChangeLogSource,
} from '../contract/ChangeLog.js'
import type { ILoader } from '../contract/ILoader.js'
import type { ISaver } from '../contract/ISaver.js'
import { ConfigException } from '../errors/index.js'
import type { Disk } from './Disk.js'
import { FileEngine } from './FileEngine.js'
import { DEFAULT_FILE_OPTIONS, type Durability, type FileOptions } from './FileOptions.js'
import { nodeDisk } from './NodeDisk.js'

/** How a `JsonFilePersister` keeps its file. `configure` takes the same settings by their config keys. */
export interface JsonFilePersisterOptions {
  /**
   * When a write of a component is acknowledged: `sync` (default): when it is on the disk. `interval`: when the operating
   * system has it; a flush follows within `flushIntervalMs`. `none`: the same without the flush. A killed process loses
   * nothing at any level; a power cut loses nothing at `sync`. Config key `options.durability`.
   */
  readonly durability?: Durability
  /**
   * Milliseconds from the first unflushed write to the start of a flush, with `interval`. Default 1000. A process that
   * has nothing else to do, and did not close the store, ends after that flush and not before.
   * `options.flush_interval_ms`.
   */
  readonly flushIntervalMs?: number
  /**
   * Whether `close` puts everything into the file (default `true`). `false`: the journal stays beside it for the next
   * opening; closing is quicker, but the file alone is not the whole truth. `options.fold_on_close`.
   */
  readonly foldOnClose?: boolean
  /** Milliseconds to wait when another process has the file. Default 0: LOCKED at once. `options.lock_wait_ms`. */
  readonly lockWaitMs?: number
  /**
   * Opens beside an owner, without a lock and without changing a byte; writes are UNSUPPORTED. Default `false`.
   * `options.read_only`.
   */
  readonly readOnly?: boolean
  /**
   * Bytes of journal, at least, before it is folded into the file in the background. Default 4 MiB.
   * `options.checkpoint_size`.
   */
  readonly checkpointSize?: number
  /** @internal The disk; tests put another in the place of the computer's own. */
  readonly disk?: Disk
}

/**
 * Keeps items in a file that holds one JSON array. As loader and saver of a persistence component it takes the
 * component's single writes too, through a journal beside the file; see docs/durability.md for what that promises.
 *
 * Used alone, `load` reads and `save` writes the whole file.
 */
export class JsonFilePersister<T> implements ILoader<T>, ISaver<T>, IConfigurable, ChangeLogSource<T> {
  #path: string | null
  #options: FileOptions
  readonly #disk: Disk
  /** The end of the last save: saves take turns. */
  #saving: Promise<void> = Promise.resolve()
  /** Whether the component that opened a log here has items with ids; undefined when none did. */
  #identified: boolean | undefined

  /**
   * @param path  the data file, absolute or relative to the working directory; may come by `configure` or `path` later
   * @throws ConfigException BAD_CONFIG  an option that does not exist, or a value it cannot have
   */
  constructor(path?: string | null, options?: JsonFilePersisterOptions) {
    this.#path = path ?? null
    const { disk, ...rest } = options ?? {}
    this.#disk = disk ?? nodeDisk
    this.#options = DEFAULT_FILE_OPTIONS
    for (const [name, value] of Object.entries(rest)) {
      if (value !== undefined) this.#options = withOption(this.#options, name, value)
    }
  }

  /** Path of the data file; null when none was given yet. A log that is open keeps the path it was opened with. */
  get path(): string | null {
    return this.#path
  }

  set path(value: string | null) {
    this.#path = value
  }

  /**
   * Takes `path` and the settings of `JsonFilePersisterOptions` by their config keys; what is missing or empty stays.
   * @throws ConfigException BAD_CONFIG  a value that the setting cannot have; then nothing is taken
   */
  configure(config: Pick<Parameters<IConfigurable['configure']>[0], 'getAsNullableString'>): void {
    let options = this.#options
    for (const name of Object.keys(KEYS)) {
      const text = config.getAsNullableString(KEYS[name]!)
      if (text !== null && text !== undefined && text !== '') options = withOption(options, name, text)
    }
    this.#options = options
    const path = config.getAsNullableString('path')
    if (path) this.#path = path
  }

  /**
   * Reads all items, what stands in a journal included, without a lock and without changing a byte; so it works beside
   * the file's owner too. No file and no journal: no items.
   * @throws ConfigException NO_PATH
   * @throws FileException READ_FAILED  the system does not let it be read
   * @throws FileException DATA_CORRUPTED  it is not a JSON array, or journal and file do not fit together
   */
  async load(context: CallContext): Promise<T[]> {
    // A component that loads again is told what its opening was told: in one without ids a field of that name is none.
    const owner = { ...ALONE, ...(this.#identified !== undefined && { identified: this.#identified }) }
    const options = { ...this.#options, readOnly: true }
    const log = this.#engine(context, 'load', options, owner as ChangeLogOwner<T>)
    const items = await log.open(context)
    await log.close(context)
    return items
  }

  /**
   * Puts `items` in the place of what the file holds; when it resolves they are on the disk. Until then, and when it
   * rejects, the file is as it was. Saves take turns. Missing folders are made.
   *
   * The list is taken in the call: adding and removing elements afterwards changes nothing. The elements themselves are
   * read when they are written, for copies of all would need their memory once more: do not edit them meanwhile.
   * @throws BadRequestException INVALID_ITEM  JSON would alter or cannot hold something in `items`; the message says where
   * @throws ConfigException NO_PATH
   * @throws FileException LOCKED  another process, a component, or a save of another persister in this one has the file open
   * @throws FileException DATA_CORRUPTED  what stands there cannot be understood, and is not touched
   * @throws FileException WRITE_FAILED, STORAGE_FULL
   * @throws InvalidStateException OUTCOME_UNKNOWN  the last flush failed: after a crash it is the old file or the new
   * @throws InvalidStateException STORE_FAILED  a journal of a process that was killed is there, and nothing can be written
   */
  async save(context: CallContext, items: readonly T[]): Promise<void> {
    // What is no list is refused in its turn.
    const list = Array.isArray(items) ? [...items] : items
    const turn = this.#saving.then(async () => {
      // Until the save has succeeded, what was found is what a fold may write: a save that rejects leaves no trace.
      let acknowledged: readonly T[] = []
      const owner: ChangeLogOwner<T> = { items: () => [...acknowledged], warn: ALONE.warn }
      const log = this.#engine(context, 'save', { ...this.#options, foldOnClose: true }, owner)
      acknowledged = await log.open(context)
      try {
        await log.save(context, list)
        acknowledged = list
      } finally {
        // Nobody holds the log from here on, so it is let go of whether or not it can be closed. Nor does that change
        // what came of the save.
        await log.close(context).catch((error: { code: string }) => {
          ALONE.warn(
            `The journals of "${this.#path}" cannot be removed (${error.code}), and stay for the next opening.`,
          )
        })
        await log.abandon()
      }
    })
    this.#saving = turn.catch(() => {})
    await turn
  }

  [CHANGE_LOG](owner: ChangeLogOwner<T>): ChangeLog<T> {
    this.#identified = owner.identified
    return this.#engine(null, 'open', this.#options, owner)
  }

  #engine(context: unknown, what: string, options: FileOptions, owner: ChangeLogOwner<T>): FileEngine<T> {
    if (!this.#path) {
      throw new ConfigException(
        traceIdOf(context),
        'NO_PATH',
        `Cannot ${what}: no path is set. Give it to the constructor, or configure "path".`,
      )
    }
    return new FileEngine(this.#disk, this.#path, options, owner)
  }
}

/** The options with that one set. @throws ConfigException BAD_CONFIG */
function withOption(options: FileOptions, name: string, value: unknown): FileOptions {
  const parse = PARSERS[name as keyof FileOptions] as ((value: unknown) => unknown) | undefined
  const parsed = Object.hasOwn(PARSERS, name) ? parse!(value) : undefined
  if (parsed === undefined) {
    const key = Object.hasOwn(KEYS, name) ? KEYS[name] : undefined
    throw new ConfigException(
      null,
      'BAD_CONFIG',
      key === undefined
        ? `JsonFilePersister has no option "${name}". It has: ${Object.keys(KEYS).join(', ')}.`
        : `"${key}" (${name}) cannot be ${inspect(value)}: it takes ${VALUES[name]}.`,
    )
  }
  return { ...options, [name]: parsed }
}

/** Who owns a log when no component does. */
const ALONE: ChangeLogOwner<unknown> = {
  items: () => [],
  warn: (message) => process.emitWarning(message, 'HoldfastWarning'),
}

const KEYS: Readonly<Record<string, string>> = {
  durability: 'options.durability',
  flushIntervalMs: 'options.flush_interval_ms',
  foldOnClose: 'options.fold_on_close',
  lockWaitMs: 'options.lock_wait_ms',
  readOnly: 'options.read_only',
  checkpointSize: 'options.checkpoint_size',
}

const VALUES: Readonly<Record<string, string>> = {
  durability: 'sync, interval or none',
  flushIntervalMs: 'milliseconds, 1 to 2147483647',
  foldOnClose: 'true or false',
  lockWaitMs: 'milliseconds, 0 to 2147483647',
  readOnly: 'true or false',
  checkpointSize: 'bytes, 1 or more',
}

/** Each takes a value or its text; undefined when it cannot be that. */
const PARSERS: { readonly [Name in keyof FileOptions]: (value: unknown) => FileOptions[Name] | undefined } = {
  durability: (value) => (['sync', 'interval', 'none'] as const).find((level) => level === value),
  flushIntervalMs: (value) => wholeNumber(value, 1, 0x7fffffff),
  foldOnClose: truth,
  lockWaitMs: (value) => wholeNumber(value, 0, 0x7fffffff),
  readOnly: truth,
  checkpointSize: (value) => wholeNumber(value, 1, Number.MAX_SAFE_INTEGER),
}

function wholeNumber(value: unknown, least: number, most: number): number | undefined {
  const number = typeof value === 'string' && /^[0-9]{1,16}$/.test(value) ? Number(value) : value
  return Number.isSafeInteger(number) && (number as number) >= least && (number as number) <= most
    ? (number as number)
    : undefined
}

function truth(value: unknown): boolean | undefined {
  if (typeof value === 'boolean') return value
  if (value === 'true' || value === '1') return true
  return value === 'false' || value === '0' ? false : undefined
}
