import { storeFailed } from './fileErrors.js'
import type { StoreFiles } from './StoreFiles.js'

/** Least time, in milliseconds, between two attempts to write fresh files. */
const REBUILD_PAUSE_MS = 1000

/**
 * Whether the journal can be trusted. A flush that failed is never tried again on that file: the system may have dropped
 * the pages and forgotten the error. Everything is written to new files instead, and nothing else until that worked.
 */
export class JournalHealth {
  readonly #files: StoreFiles
  readonly #items: () => readonly unknown[]
  readonly #acknowledged: () => number
  readonly #warn: (message: string) => void
  #failure: { readonly cause: unknown; readonly triedAt: number } | null = null
  /** The failure of a flush behind acknowledged writes: the next write, flush or close is told. */
  #owed: unknown = null

  constructor(
    files: StoreFiles,
    items: () => readonly unknown[],
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
    this.#failure = { cause, triedAt: Number.NEGATIVE_INFINITY }
  }

  /** The same behind acknowledged writes, whose callers cannot be told any more. */
  failedBehind(cause: unknown): void {
    this.#owed = cause
    if (this.#failure === null) this.failed(cause)
  }

  /** Hands out, once, what the next caller is to be told; null when nothing. */
  takeOwed(): Error | null {
    const owed = this.#owed
    this.#owed = null
    return owed === null ? null : storeFailed(this.#files.path, owed)
  }

  /** Whether writing can go on: nothing failed, or fresh files could be written just now. In the queue only. */
  async usable(stopCheckpoint: () => Promise<void>): Promise<boolean> {
    if (this.#failure === null) return true
    if (performance.now() - this.#failure.triedAt < REBUILD_PAUSE_MS) return false
    await stopCheckpoint()
    const { path } = this.#files
    try {
      await this.#files.rebuild(this.#items(), this.#acknowledged())
      this.#failure = null
      this.#warn(`A flush of the journal of "${path}" failed; all data was written to new files.`)
      return true
    } catch (cause) {
      this.#failure = { cause, triedAt: performance.now() }
      const reason = cause instanceof Error ? cause.message : String(cause)
      this.#warn(
        `A flush of the journal of "${path}" failed, and fresh files could not be written: ${reason}`,
      )
      return false
    }
  }
}
