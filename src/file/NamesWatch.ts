import { performance } from '../core/timers.js'
import { LockLost } from './fileErrors.js'
import type { Lock } from './Lock.js'
import type { StoreFiles } from './StoreFiles.js'

/** Milliseconds between two looks beside writes. */
const PAUSE_MS = 1000

/**
 * Whether the names of lock and journal still mean this store: who writes to a descriptor does not notice that its file
 * was removed or moved away.
 */
export class NamesWatch {
  readonly #lock: Lock
  readonly #files: StoreFiles
  #lookedAt = Number.NEGATIVE_INFINITY

  constructor(lock: Lock, files: StoreFiles) {
    this.#lock = lock
    this.#files = files
  }

  /** Why what is written now would not be found; null when all is well, or nobody can say. Never rejects. */
  async look(): Promise<Error | null> {
    try {
      await this.#lock.check()
      const inPlace = await this.#files.journalInPlace()
      return inPlace ? null : new Error('somebody removed or replaced its journal')
    } catch (error) {
      return error instanceof LockLost ? error : null
    }
  }

  /** `look` to go on beside a write, once a second; else null. */
  lookIfDue(): Promise<Error | null> | null {
    const now = performance.now()
    if (now - this.#lookedAt < PAUSE_MS) return null
    this.#lookedAt = now
    return this.look()
  }
}
