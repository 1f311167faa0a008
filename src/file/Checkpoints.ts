import type { ItemsSince } from '../contract/ChangeLog.js'
import { messageOf } from '../core/messageOf.js'
import { performance } from '../core/timers.js'
import type { Folding } from './Folding.js'
import type { Unchanged } from './OldLines.js'
import { Pace } from './Pace.js'
import { letOthersRun, type WrittenSnapshot } from './SnapshotWriter.js'
import type { StoreFiles } from './StoreFiles.js'
import type { WriteQueue } from './WriteQueue.js'

const FIRST_PAUSE_MS = 1000
const LONGEST_PAUSE_MS = 5 * 60 * 1000

/** Ends a checkpoint that was stopped: no failure. */
class Stopped extends Error {}

/** A checkpoint under way. */
interface Run {
  stopped: boolean
  done: Promise<void>
  /** The writing of its snapshot, from when that began. */
  writing: Promise<WrittenSnapshot> | null
  /** Bytes that the new journal may have before the snapshot is written. */
  allowed: number
  /** Writes wait for the snapshot. */
  held: boolean
}

/** Folds beside the work, when the journal has grown past a size. One that fails fails no write and is tried again. */
export class Checkpoints {
  readonly #files: StoreFiles
  readonly #folding: Folding
  readonly #queue: WriteQueue
  readonly #items: () => ItemsSince<unknown>
  readonly #check: () => Promise<void>
  readonly #warn: (message: string) => void
  readonly #leastSize: number
  #running: Run | null = null
  /** What the last checkpoint wrote of the items that it was given; null when it failed, or there was none. */
  #last: WrittenSnapshot | null = null
  #notBefore = 0
  #pause = 0

  /**
   * @param check  rejects when a file of the items as they are now would not open again
   * @param leastSize  bytes of journal that are never folded; past them, half the size of the file counts
   */
  constructor(
    files: StoreFiles,
    folding: Folding,
    queue: WriteQueue,
    items: () => ItemsSince<unknown>,
    check: () => Promise<void>,
    warn: (message: string) => void,
    leastSize: number,
  ) {
    this.#files = files
    this.#folding = folding
    this.#queue = queue
    this.#items = items
    this.#check = check
    this.#warn = warn
    this.#leastSize = leastSize
  }

  /** Called after each group of writes. */
  startIfDue(): void {
    if (this.#running !== null) {
      this.#holdWrites(this.#running)
      return
    }
    if (this.#files.journalSize <= this.#dueSize) return
    if (performance.now() < this.#notBefore) return
    const run: Run = { stopped: false, done: Promise.resolve(), writing: null, allowed: 0, held: false }
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
    this.#queue.cancelSteps(new Stopped())
    await running.done
  }

  /** Bytes of journal that make a checkpoint due. */
  get #dueSize(): number {
    return Math.max(this.#leastSize, this.#files.fileSize / 2)
  }

  async #run(run: Run): Promise<void> {
    const files = this.#files
    let snapshot: WrittenSnapshot | null = null
    try {
      // Before anything is made, so that what is refused again and again leaves no row of journals.
      await this.#check()
      const { items, unchanged, sequence } = await this.#step(run, async () => {
        await this.#folding.nextJournal()
        return { ...this.#takeItems(), sequence: files.sequence }
      })
      const written = await this.#writeSnapshot(run, items, unchanged)
      snapshot = written
      // The items could be edited while they were written; what is written stays.
      await this.#check()
      await this.#step(run, () => this.#folding.markFolded(written, sequence))
      await files.replaceFile(written)
      snapshot = null
      this.#last = written
      await files.dropOldJournals()
      this.#pause = 0
    } catch (error) {
      if (snapshot !== null && !(await files.mayBeReplaced(snapshot))) await files.discard(snapshot)
      if (!(error instanceof Stopped)) this.#tryAgainLater(error)
    }
  }

  /** The items as they are now, and what of them the file holds already. */
  #takeItems(): { items: readonly unknown[]; unchanged: Unchanged | null } {
    const { items, positions } = this.#items()
    const lines = this.#last
    // Positions are told from one call to the next: they mean lines of the file only if that holds what came last.
    this.#last = null
    if (lines === null || positions === null || !this.#files.isFile(lines)) return { items, unchanged: null }
    return { items, unchanged: { lines, positions } }
  }

  /** Writes the snapshot in its own time; without rests while the new journal grows faster than it. */
  #writeSnapshot(run: Run, items: readonly unknown[], unchanged: Unchanged | null): Promise<WrittenSnapshot> {
    run.allowed = this.#dueSize
    const pace = new Pace(() => this.#files.journal!.size)
    run.writing = this.#files.writeSnapshot(
      items,
      async (worked, done) => {
        if (this.#files.journal!.size > run.allowed * done) await letOthersRun(worked, done)
        else await pace.rest(worked)
        if (run.stopped) throw new Stopped()
      },
      unchanged,
    )
    return run.writing
  }

  /**
   * When the new journal is as long as the one that is being folded, writes wait for the snapshot: else neither the use
   * of the disk nor the length of a checkpoint had a bound.
   */
  #holdWrites(run: Run): void {
    if (run.writing === null || run.held || this.#files.journal!.size <= run.allowed) return
    run.held = true
    const { writing } = run
    this.#step(run, () => writing.then(nothing, nothing)).catch(nothing)
  }

  /** A step goes before all that waits: a batch more is a batch more to carry over. */
  #step<V>(run: Run, work: () => Promise<V>): Promise<V> {
    // Whoever stopped it may hold the queue and wait for its end.
    return run.stopped ? Promise.reject(new Stopped()) : this.#queue.step(work)
  }

  #tryAgainLater(error: unknown): void {
    this.#pause = Math.min(LONGEST_PAUSE_MS, Math.max(FIRST_PAUSE_MS, this.#pause * 2))
    this.#notBefore = performance.now() + this.#pause
    this.#warn(
      `Folding the journal of "${this.#files.path}" into the file failed: ${messageOf(error)}. Nothing is lost; it is ` +
        `tried again in ${this.#pause / 1000} s at the earliest.`,
    )
  }
}

function nothing(): void {}
