import { setImmediate } from '../core/timers.js'
import { FRAME_HEADER_SIZE, frameSizeAtMost } from './frame.js'

/** A batch that waits to be written. */
export interface WaitingBatch {
  readonly text: string | readonly string[]
  readonly context: unknown
  readonly done: (error: Error | null) => void
}

/** Something else that waits for its turn. */
interface Task {
  readonly run: () => Promise<void>
  /** Of a step: rejects it. */
  readonly cancel: ((error: Error) => void) | null
}

type Entry = WaitingBatch | Task

/** A run of batches that is being written, or whose callers are not yet told. */
interface Flight {
  readonly group: readonly WaitingBatch[]
  readonly written: Promise<void>
  /** Null while it is under way. */
  outcome: Outcome | null
}

/** How the writing of a group ended. */
interface Outcome {
  readonly failed: boolean
  readonly error?: unknown
}

const WRITTEN: Outcome = { failed: false }

/** What is to be called soon is made to follow this, which costs Node.js less than queueMicrotask. */
const NOW = Promise.resolve()

/** What the queue drives. */
export interface GroupWriter {
  /** How many groups may be under way at once. */
  lanes(): number
  /** Told of the bytes of a group, at most, before it is begun; it may ask for a step, which then goes before. */
  coming(bytes: number): void
  /** Begins, in the call, to write a group. One that was begun later may settle before. */
  write(group: readonly WaitingBatch[]): Promise<void>
  /** Told of batches that are written, in order. */
  written(batches: readonly WaitingBatch[]): void
  /** Told of a group that failed, with those begun after it; none is under way any more. Never rejects. */
  failed(groups: readonly WaitingBatch[], error: unknown): Promise<void>
}

/**
 * The one line in which everything that writes stands, in the order of calls. Runs of batches are written together and
 * share a flush; where the writer has two lanes, a second run goes to the disk while callers of the first are told and go
 * on. Tasks (saves, steps of folds, closing) have the journal for themselves: nothing is under way, and all that was
 * written is acknowledged.
 */
export class WriteQueue {
  readonly #writer: GroupWriter
  readonly #large: number
  #entries: Entry[] = []
  readonly #flights: Flight[] = []
  /**
   * What waits is not begun with before this turn of the event loop is over, a task has run, or a failure is dealt
   * with.
   */
  #held = false
  /** The callers of a flight are being told. */
  #landing = false
  #woken = false

  /**
   * @param large  bytes that a group stays below, unless it is a single large batch: then it is one write of the journal,
   *   and none that extends the file itself
   */
  constructor(writer: GroupWriter, large: number) {
    this.#writer = writer
    this.#large = large
  }

  batch(batch: WaitingBatch): void {
    this.#entries.push(batch)
    this.#wake()
  }

  /** Runs `work` after everything that was asked for before. */
  task<V>(work: () => Promise<V>): Promise<V> {
    return new Promise((resolve, reject) => {
      this.#entries.push({ run: () => work().then(resolve, reject), cancel: null })
      this.#wake()
    })
  }

  /** Runs `work` before all that waits. `cancelSteps` takes it out again, if it has not begun. */
  step<V>(work: () => Promise<V>): Promise<V> {
    return new Promise((resolve, reject) => {
      this.#entries.unshift({ run: () => work().then(resolve, reject), cancel: reject })
      this.#wake()
    })
  }

  /** Rejects the steps that wait, with `error`. */
  cancelSteps(error: Error): void {
    const steps = this.#entries.filter(isTask).filter(({ cancel }) => cancel !== null)
    this.#entries = this.#entries.filter((entry) => isBatch(entry) || entry.cancel === null)
    for (const { cancel } of steps) cancel?.(error)
  }

  /** Takes out all batches that wait, behind tasks too; the tasks stay. */
  takeBatches(): WaitingBatch[] {
    const batches = this.#entries.filter(isBatch)
    this.#entries = this.#entries.filter(isTask)
    return batches
  }

  #wake(): void {
    if (this.#woken) return
    this.#woken = true
    // Whoever else calls in this turn of the event loop shares the flush.
    NOW.then(this.#awake)
  }

  readonly #awake = () => {
    this.#woken = false
    this.#begin()
  }

  /** Begins with what waits, as far as that may be under way together. */
  #begin(): void {
    while (!this.#held && this.#entries.length > 0) {
      const first = this.#entries[0]!
      if (isTask(first)) {
        if (this.#flights.length > 0 || this.#landing) return
        this.#entries.shift()
        this.#held = true
        void first.run().then(() => this.#release())
        return
      }
      const last = this.#flights.at(-1)
      if (last !== undefined && this.#isLarge(last.group[0]!)) return
      if (this.#flights.length >= this.#writer.lanes()) return
      const { count, bytes } = this.#nextGroup()
      this.#writer.coming(bytes)
      if (this.#entries[0] === first) this.#fly(this.#take(count))
    }
  }

  #fly(group: readonly WaitingBatch[]): void {
    const flight: Flight = { group, written: this.#writer.write(group), outcome: null }
    this.#flights.push(flight)
    const over = (outcome: Outcome) => {
      flight.outcome = outcome
      // It is looked at when it is its turn, which may be later.
      if (!this.#landing) this.#land()
    }
    flight.written.then(
      () => over(WRITTEN),
      (error) => over({ failed: true, error }),
    )
  }

  #release(): void {
    this.#held = false
    this.#begin()
  }

  /** Tells the callers of flights that are over, one flight after the other. */
  #land(): void {
    this.#landing = true
    for (let first = this.#flights[0]; first !== undefined; first = this.#flights[0]) {
      const { group, outcome } = first
      if (outcome === null) break
      if (outcome.failed) return void this.#crash(outcome.error).then(() => this.#land())
      this.#flights.shift()
      if (group.length > 1) return void this.#tell(group).then(() => this.#land())
      this.#writer.written(group)
      this.#begin()
    }
    this.#landing = false
    this.#begin()
  }

  /**
   * Tells the callers of a group. They go on in microtasks, and those who write again at once shall share the next flush;
   * with lanes to spare one part of them is on its way while the next part is told.
   */
  async #tell(group: readonly WaitingBatch[]): Promise<void> {
    const size = Math.ceil(group.length / Math.max(1, this.#writer.lanes() - this.#flights.length))
    for (let from = 0; from < group.length; from += size) {
      this.#held = true
      this.#writer.written(group.slice(from, from + size))
      await new Promise((resume) => setImmediate(resume))
      this.#release()
    }
  }

  /**
   * Entries of a group at most. Beside another group half of all: the same callers write again together when theirs is
   * done, and a small group and a large one would go on as such, with nothing to do while the disk has the large one.
   */
  #share(): number {
    const waiting = this.#entries.length
    if (this.#flights.length === 0) return waiting
    const flying = this.#flights.reduce((sum, { group }) => sum + group.length, 0)
    return Math.min(waiting, Math.ceil((waiting + flying) / this.#writer.lanes()))
  }

  async #crash(error: unknown): Promise<void> {
    this.#held = true
    await Promise.allSettled(this.#flights.map(({ written }) => written))
    const groups = this.#flights.splice(0).flatMap(({ group }) => group)
    await this.#writer.failed(groups, error)
    this.#release()
  }

  /** The batches up to the next task or large one, as many as a group may have; the first entry is a batch. */
  #nextGroup(): { count: number; bytes: number } {
    const first = this.#entries[0] as WaitingBatch
    if (this.#isLarge(first)) return { count: 1, bytes: sizeOf(first) }
    const most = this.#share()
    let bytes = 0
    let count = 0
    for (; count < most; count++) {
      const entry = this.#entries[count]!
      if (isTask(entry)) break
      const more = this.#sizeAtMost(entry)
      if (bytes + more >= this.#large) break
      bytes += more
    }
    return { count, bytes }
  }

  #take(count: number): WaitingBatch[] {
    const taken = this.#entries
    // Mostly these are all that wait.
    this.#entries = count === taken.length ? [] : taken.splice(count)
    return taken as WaitingBatch[]
  }

  /** Such a batch is a group of its own, and may take several writes; no other is begun before it is written. */
  #isLarge(batch: WaitingBatch): boolean {
    return this.#sizeAtMost(batch) >= this.#large
  }

  /** Bytes that a batch takes in the journal, at most; of several texts it is enough to know that they are many. */
  #sizeAtMost({ text }: WaitingBatch): number {
    return typeof text === 'string' ? frameSizeAtMost(text) : this.#large
  }
}

function isTask(entry: Entry): entry is Task {
  return 'run' in entry
}

function isBatch(entry: Entry): entry is WaitingBatch {
  return !isTask(entry)
}

/** Bytes that a batch takes in the journal, but for some headers of frames. */
function sizeOf({ text }: WaitingBatch): number {
  const texts = typeof text === 'string' ? [text] : text
  return texts.reduce((sum, it) => sum + FRAME_HEADER_SIZE + Buffer.byteLength(it), 0)
}
