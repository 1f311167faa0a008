import { flushFailed, isFull, outcomeUnknown, writeFailed } from './fileErrors.js'
import type { JournalMark } from './Journal.js'
import type { JournalHealth } from './JournalHealth.js'
import type { WrittenSnapshot } from './SnapshotWriter.js'
import type { StoreFiles } from './StoreFiles.js'

/** Steps of folds that touch the journal, and whole folds. Everything here runs in the queue, between batches. */
export class Folding {
  readonly #files: StoreFiles
  readonly #health: JournalHealth
  /** Whether acknowledged writes may wait for a flush. */
  readonly #writesBehind: boolean

  constructor(files: StoreFiles, health: JournalHealth, writesBehind: boolean) {
    this.#files = files
    this.#health = health
    this.#writesBehind = writesBehind
  }

  /** Flushes the journal; a failure gives it up. */
  async sync(): Promise<void> {
    if (this.#health.failure !== null) throw this.#health.failure
    try {
      await this.#files.journal?.sync()
    } catch (cause) {
      if (this.#writesBehind) this.#health.failedBehind(cause)
      else this.#health.failed(cause)
      throw cause
    }
  }

  /** The same for a closing that leaves the journal. @throws InvalidStateException STORE_FAILED */
  async lastSync(): Promise<void> {
    try {
      await this.sync()
    } catch (cause) {
      throw this.#flushFailed(cause)
    }
  }

  /** Step 1, with the flush before it. */
  async nextJournal(): Promise<void> {
    await this.sync()
    // The fold may need that room, and should it fail, the journal stays for long. Not later, and flushed: the end of a
    // journal that another one follows has to be certain.
    await this.#giveBack()
    await this.#files.nextJournal()
  }

  /** Step 3, with its flush. When it fails it leaves no trace, or the journal is given up. */
  async markFolded(snapshot: WrittenSnapshot, sequence: number): Promise<void> {
    if (this.#health.failure !== null) throw this.#health.failure
    const mark = this.#files.journal!.mark()
    try {
      await this.#files.markFolded(snapshot, sequence)
    } catch (error) {
      await this.#cutBack(mark)
      throw error
    }
    await this.sync()
  }

  /**
   * A whole fold while the queue stands still, of `items`. `inNewJournal`: from step 1, for a save; else FOLDED goes into
   * the journal that is there, for a closing, which has to drop the journals then.
   */
  async all(items: readonly unknown[], inNewJournal: boolean): Promise<void> {
    const files = this.#files
    let snapshot: WrittenSnapshot | null = null
    let mark: JournalMark | null = null
    try {
      // Without a journal the file alone is the truth, and putting another in its place is a whole fold. What a closing
      // could not remove builds on the file as it is, so it has to go before.
      if (files.journal === null) await files.dropAllJournals()
      else if (inNewJournal) await this.nextJournal()
      const sequence = files.sequence
      snapshot = await files.writeSnapshot(items).catch(async (error: unknown) => {
        if (!isFull(error) || !(await this.#giveBack())) throw error
        return files.writeSnapshot(items)
      })
      if (files.journal !== null) {
        const before = files.journal.mark()
        await this.markFolded(snapshot, sequence)
        mark = before
      }
      await files.replaceFile(snapshot)
    } catch (error) {
      throw await this.#takeBack(error, snapshot, mark)
    }
    files.noteFolded()
    // What cannot be removed is no danger beside the newer journal, and the next fold tries again.
    if (inNewJournal) await files.dropOldJournals().catch(() => {})
  }

  /** Leaves no trace of a fold that failed; the error to reject with. */
  async #takeBack(
    error: unknown,
    snapshot: WrittenSnapshot | null,
    mark: JournalMark | null,
  ): Promise<Error> {
    const { path } = this.#files
    if (snapshot !== null && (await this.#files.mayBeReplaced(snapshot))) {
      // After a crash the old or the new file may stand there: only fresh files make it certain again.
      this.#health.failed(error)
      return outcomeUnknown(path, error)
    }
    if (snapshot !== null) await this.#files.discard(snapshot)
    // The journal must not vouch for what was refused.
    if (mark !== null && this.#health.failure === null) await this.#cutBack(mark)
    if (this.#health.failure === null) return writeFailed(path, error)
    return this.#flushFailed(error)
  }

  /** For a caller who is told now, and not the next one. */
  #flushFailed(cause: unknown): Error {
    this.#health.takeOwed()
    return flushFailed(this.#files.path, cause)
  }

  /** Gives back the space written ahead; false when there is none. A failure gives the journal up. */
  async #giveBack(): Promise<boolean> {
    const { journal } = this.#files
    if (journal === null || journal.ahead === 0) return false
    await this.#cutBack(journal.mark())
    if (this.#health.failure !== null) throw this.#health.failure
    return true
  }

  async #cutBack(mark: JournalMark): Promise<void> {
    try {
      await this.#files.journal!.cut(mark)
    } catch (cause) {
      this.#health.failed(cause)
    }
  }
}
