import { clearTimeout, setTimeout } from '../core/timers.js'
import type { JournalHealth } from './JournalHealth.js'
import type { StoreFiles } from './StoreFiles.js'

/** Flushes behind acknowledged writes, beside the queue. One that fails is kept for the next caller. */
export class LaterFlushes {
  readonly #files: StoreFiles
  readonly #health: JournalHealth
  readonly #intervalMs: number
  readonly #mend: () => void
  #timer: NodeJS.Timeout | null = null
  #running: Promise<void> | null = null
  /** Begins when the one under way is over. */
  #next: Promise<void> | null = null

  /** @param mend  called when one failed, or when one is due and the journal was given up */
  constructor(files: StoreFiles, health: JournalHealth, intervalMs: number, mend: () => void) {
    this.#files = files
    this.#health = health
    this.#intervalMs = intervalMs
    this.#mend = mend
  }

  /** One within the interval. */
  soon(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = null
      void this.now()
    }, this.#intervalMs)
  }

  /** Flushes all that was written before the call. Never rejects. */
  now(): Promise<void> {
    // Whoever calls while one is under way shares the next: that covers what each of them wrote.
    this.#next ??= (this.#running ?? Promise.resolve()).then(() => {
      this.#next = null
      this.#running = this.#flush().finally(() => {
        this.#running = null
      })
      return this.#running
    })
    return this.#next
  }

  /** Resolves when none is under way. */
  async settled(): Promise<void> {
    for (;;) {
      const last = this.#next ?? this.#running
      if (last === null) return
      await last
    }
  }

  /** Begins none by itself any more. */
  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
  }

  async #flush(): Promise<void> {
    // Of a journal that is given up, what was acknowledged and not flushed is to go to new files as soon.
    if (this.#health.failure !== null) return this.#mend()
    const { journal } = this.#files
    if (journal === null) return
    try {
      await journal.sync()
    } catch (cause) {
      // A journal that was left for a newer one was flushed before, and owes nothing.
      if (this.#files.journal !== journal) return
      this.#health.failedBehind(cause)
      this.#mend()
    }
  }
}
