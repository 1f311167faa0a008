import { messageOf } from '../core/messageOf.js'
import { performance } from '../core/timers.js'
import type { StoreFiles } from './StoreFiles.js'

/** Least time, in milliseconds, between two attempts to write fresh files. */
const REBUILD_PAUSE_MS = 1000

/**
 * Whether the journal can be trusted. A flush that failed is never tried again on that file: the system may have dropped
 * the pages and forgotten the error. Everything is written to new files instead, and nothing else until that worked.
 */
export class JournalHealth {
  readonly #files: StoreFiles
  readonly #items: () => Promise<readonly unknown[]>
  readonly #acknowledged: () => number
  readonly #warn: (message: string) => void
  #failure: { readonly cause: unknown; readonly triedAt: number } | null = null
  /** What the failure was, for the log. */
  #what = ''
  /** The failure of a flush behind acknowledged writes: the next write, flush or close is told. */
  #owed: unknown = null

  constructor(
    files: StoreFiles,
    items: () => Promise<readonly unknown[]>,
    acknowledged: () => number,
    warn: (message: string) => void,
  ) {
    this.#files = files
    this.#items = items
    this.#acknowledged = acknowledged
    this.#warn = warn
  }

  /** Nothing failed, and nobody has to be told of anything. */
  get isGood(): boolean {
    return this.#failure === null && this.#owed === null
  }

  /** What went wrong last; null while all is well. */
  get failure(): unknown {
    return this.#failure?.cause ?? null
  }

  /** A flush failed, or nobody knows any more what a file holds. */
  failed(cause: unknown): void {
    this.#fail(cause, `A flush of the journal of "${this.#files.path}" failed`)
  }

  /** The lock is lost, or the journal is not at its path any more. */
  lost(cause: unknown): void {
    this.#fail(cause, `Somebody removed the journal of "${this.#files.path}", or its lock`)
  }

  /** An opening could not make sure that what it read is on the disk. */
  doubted(cause: unknown): void {
    this.#fail(cause, `It is not certain that all that was read of "${this.#files.path}" is on the disk`)
    this.#warn(`${this.#what}: ${messageOf(cause)}. Before the first write all data is written to new files.`)
  }

  /** The same behind acknowledged writes, whose callers cannot be told any more. */
  failedBehind(cause: unknown): void {
    this.#owed = cause
    if (this.#failure === null) this.failed(cause)
  }

  /** Hands out, once, the cause of what the next caller is to be told with `flushFailed`; null when nothing. */
  takeOwed(): unknown {
    const owed = this.#owed
    this.#owed = null
    return owed
  }

  /** Whether writing can go on: nothing failed, or fresh files could be written just now. In the queue only. */
  async usable(stopCheckpoint: () => Promise<void>): Promise<boolean> {
    if (this.#failure === null) return true
    if (performance.now() - this.#failure.triedAt < REBUILD_PAUSE_MS) return false
    await stopCheckpoint()
    try {
      await this.#files.rebuild(await this.#items(), this.#acknowledged())
      this.#failure = null
      this.#warn(`${this.#what}; all data was written to new files.`)
      return true
    } catch (cause) {
      this.#failure = { cause, triedAt: performance.now() }
      this.#warn(`${this.#what}, and fresh files could not be written: ${messageOf(cause)}`)
      return false
    }
  }

  #fail(cause: unknown, what: string): void {
    this.#failure = { cause, triedAt: Number.NEGATIVE_INFINITY }
    this.#what = what
  }
}
