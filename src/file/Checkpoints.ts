import type { Folding } from './Folding.js'
import { SnapshotStopped, type WrittenSnapshot } from './SnapshotWriter.js'
import type { StoreFiles } from './StoreFiles.js'
import type { WriteQueue } from './WriteQueue.js'

const FIRST_PAUSE_MS = 1000
const LONGEST_PAUSE_MS = 5 * 60 * 1000

/** Folds beside the work, when the journal has grown past a size. One that fails fails no write and is tried again. */
export class Checkpoints {
  readonly #files: StoreFiles
  readonly #folding: Folding
  readonly #queue: WriteQueue
  readonly #items: () => readonly unknown[]
  readonly #warn: (message: string) => void
  readonly #leastSize: number
  #running: { stopped: boolean; done: Promise<void> } | null = null
  #notBefore = 0
  #pause = 0

  /** `leastSize`: bytes of journal that are never folded; past them, half the size of the file counts. */
  constructor(
    files: StoreFiles,
    folding: Folding,
    queue: WriteQueue,
    items: () => readonly unknown[],
    warn: (message: string) => void,
    leastSize: number,
  ) {
    this.#files = files
    this.#folding = folding
    this.#queue = queue
    this.#items = items
    this.#warn = warn
    this.#leastSize = leastSize
  }

  startIfDue(): void {
    if (this.#running !== null) return
    if (this.#files.journalSize <= Math.max(this.#leastSize, this.#files.fileSize / 2)) return
    if (performance.now() < this.#notBefore) return
    const run = { stopped: false, done: Promise.resolve() }
    this.#running = run
    run.done = this.#run(run).finally(() => {
      this.#running = null
    })
  }

  /** Stops a running one and waits until it is out of the way. May be called from within the queue. */
  async stop(): Promise<void> {
    const running = this.#running
    if (running === null) return
    running.stopped = true
    this.#queue.cancelSteps(new SnapshotStopped())
    await running.done
  }

  async #run(run: { readonly stopped: boolean }): Promise<void> {
    const files = this.#files
    let snapshot: WrittenSnapshot | null = null
    try {
      const { items, sequence } = await this.#step(run, async () => {
        await this.#folding.nextJournal()
        return { items: this.#items(), sequence: files.sequence }
      })
      const written = await files.writeSnapshot(items, () => run.stopped)
      snapshot = written
      await this.#step(run, () => this.#folding.markFolded(written, sequence))
      await files.replaceFile(written)
      snapshot = null
      await files.dropOldJournals()
      this.#pause = 0
    } catch (error) {
      if (snapshot !== null && !(await files.mayBeReplaced(snapshot))) await files.discard(snapshot)
      if (!(error instanceof SnapshotStopped)) this.#tryAgainLater(error)
    }
  }

  /** A step goes before all that waits: a batch more is a batch more to carry over. */
  #step<V>(run: { readonly stopped: boolean }, work: () => Promise<V>): Promise<V> {
    // Whoever stopped it may hold the queue and wait for its end.
    return run.stopped ? Promise.reject(new SnapshotStopped()) : this.#queue.step(work)
  }

  #tryAgainLater(error: unknown): void {
    this.#pause = Math.min(LONGEST_PAUSE_MS, Math.max(FIRST_PAUSE_MS, this.#pause * 2))
    this.#notBefore = performance.now() + this.#pause
    const reason = error instanceof Error ? error.message : String(error)
    this.#warn(
      `Folding the journal of "${this.#files.path}" into the file failed: ${reason}. Nothing is lost; it is tried again in ` +
        `${this.#pause / 1000} s at the earliest.`,
    )
  }
}
