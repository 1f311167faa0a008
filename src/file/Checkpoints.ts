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
/** Bytes that may be written beside a checkpoint, however early one is due. */
const LEAST_BESIDE = 4096

/** Ends a checkpoint that was stopped: no failure. */
class Stopped extends Error {}

/** A checkpoint under way. */
interface Run {
  stopped: boolean
  done: Promise<void>
  /** Bytes that the journals may have together before writes wait for its end. */
  readonly limit: number
  /** It is through, and the journal holds what a fold would take out of it. */
  leftSome: boolean
  /** Writes wait for its end, in a step of the queue: one that is asked for, or has begun. */
  hold: 'none' | 'asked' | 'begun'
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
  readonly #mostAhead: number
  #running: Run | null = null
  /** What the last checkpoint wrote of the items that it was given; null when it failed, or there was none. */
  #last: WrittenSnapshot | null = null
  #notBefore = 0
  #pause = 0
  /** The journal that an opening found was looked at. */
  #looked = false

  /**
   * @param check  rejects when a file of the items as they are now would not open again
   * @param leastSize  bytes of journal that are never folded; past them, half the size of the file counts
   * @param mostAhead  bytes that may be written ahead of a journal
   */
  constructor(
    files: StoreFiles,
    folding: Folding,
    queue: WriteQueue,
    items: () => ItemsSince<unknown>,
    check: () => Promise<void>,
    warn: (message: string) => void,
    leastSize: number,
    mostAhead: number,
  ) {
    this.#files = files
    this.#folding = folding
    this.#queue = queue
    this.#items = items
    this.#check = check
    this.#warn = warn
    this.#leastSize = leastSize
    this.#mostAhead = mostAhead
  }

  /** Called after each group of writes. */
  startIfDue(): void {
    this.#startIfDue(LEAST_BESIDE)
  }

  /** @param least  bytes that may be written beside it, however early it is due */
  #startIfDue(least: number): void {
    const size = this.#files.journalSize
    if (this.#running !== null || size <= this.#dueSize || performance.now() < this.#notBefore) return
    // Where folds have failed there may be more than the bound already, and writes are not to wait for each that is tried.
    const beside = this.#pause === 0 ? least : this.#dueSize / 4
    const limit = Math.max(this.#bound, size + beside)
    const run: Run = { stopped: false, done: Promise.resolve(), limit, leftSome: false, hold: 'none' }
    this.#running = run
    run.done = this.#run(run).finally(() => {
      this.#running = null
      // What it left may be much to a file that has become smaller, and perhaps nobody writes again for long.
      if (run.leftSome && !run.stopped) this.startIfDue()
    })
  }

  /**
   * Called before so many bytes are written. Where the journals would be longer than they may be, that waits until the
   * checkpoint is through: else neither the use of the disk nor the length of a checkpoint had a bound.
   */
  makeRoom(bytes: number): void {
    if (!this.#looked) {
      this.#looked = true
      // Openings that end before a fold does hand on a journal that is due, and none of them might come to one. But once
      // only: what a fold leaves may be more than a tiny `leastSize`, and a write would wait for one fold after the other.
      // Nothing goes past the bound beside it, for each of them would add that.
      this.#startIfDue(0)
    }
    const run = this.#running
    if (run === null || run.hold !== 'none' || this.#files.journalSize + bytes <= run.limit) return
    run.hold = 'asked'
    const wait = async () => {
      run.hold = 'begun'
      await run.done
    }
    this.#queue.step(wait).catch(nothing)
  }

  /**
   * Stops a running one and waits until it is out of the way, for a whole fold, after which none has to pause. May be called
   * from within the queue.
   */
  async stop(): Promise<void> {
    const running = this.#running
    if (running !== null) {
      running.stopped = true
      this.#queue.cancelSteps(new Stopped())
      await running.done
    }
    this.#pause = 0
    this.#notBefore = 0
  }

  /** Bytes of journal that make a checkpoint due. */
  get #dueSize(): number {
    return Math.max(this.#leastSize, this.#files.fileSize / 2)
  }

  /** Bytes that journals may have together: with what is written ahead, as many as the file, or twice the least size. */
  get #bound(): number {
    const due = this.#dueSize
    return 2 * due - Math.min(this.#mostAhead, due / 2)
  }

  async #run(run: Run): Promise<void> {
    const files = this.#files
    let snapshot: WrittenSnapshot | null = null
    try {
      // Before anything is made, so that what is refused again and again leaves no row of journals.
      await this.#check()
      const { items, unchanged, sequence, isNew } = await this.#step(run, async () => {
        const before = files.journal
        await this.#folding.nextJournal()
        return { ...this.#takeItems(), sequence: files.sequence, isNew: files.journal !== before }
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
      // That it was folded has a number of its own. A journal that was gone on with is as long as it was.
      run.leftSome = !isNew || files.sequence > sequence + 1
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
    const room = run.limit - this.#files.journalSize
    const pace = new Pace(() => this.#files.journal!.size)
    return this.#files.writeSnapshot(
      items,
      async (worked, done) => {
        const hurry = run.hold !== 'none' || this.#files.journal!.size > room * done
        await (hurry ? letOthersRun(worked, done) : pace.rest(worked))
        if (run.stopped) throw new Stopped()
      },
      unchanged,
    )
  }

  /** A step goes before all that waits: a batch more is a batch more to carry over. */
  async #step<V>(run: Run, work: () => Promise<V>): Promise<V> {
    // Whoever stopped it may hold the queue and wait for its end.
    if (run.stopped) throw new Stopped()
    // The queue waits for this run, and has nothing under way.
    return run.hold === 'begun' ? work() : this.#queue.step(work)
  }

  #tryAgainLater(error: unknown): void {
    this.#pause = Math.min(LONGEST_PAUSE_MS, Math.max(FIRST_PAUSE_MS, this.#pause * 2))
    this.#notBefore = performance.now() + this.#pause
    this.#warn(
      `Folding the journal of "${this.#files.path}" into the file failed: ${messageOf(error).replace(/\.$/, '')}. Nothing is lost; it is ` +
        `tried again in ${this.#pause / 1000} s at the earliest.`,
    )
  }
}

function nothing(): void {}
