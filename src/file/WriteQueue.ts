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

/**
 * The one line in which everything that writes stands, in the order of calls. Runs of batches are written together and
 * share a flush; tasks (saves, steps of folds, closing) have the journal for themselves between them.
 */
export class WriteQueue {
  readonly #write: (group: readonly WaitingBatch[]) => Promise<void>
  #entries: Entry[] = []
  #running = false

  /** `write` writes a run of batches and calls back for each; it never rejects. */
  constructor(write: (group: readonly WaitingBatch[]) => Promise<void>) {
    this.#write = write
  }

  batch(batch: WaitingBatch): void {
    this.#entries.push(batch)
    this.#start()
  }

  /** Runs `work` after everything that was asked for before. */
  task<V>(work: () => Promise<V>): Promise<V> {
    return new Promise((resolve, reject) => {
      this.#entries.push({ run: () => work().then(resolve, reject), cancel: null })
      this.#start()
    })
  }

  /** Runs `work` before all that waits. `cancelSteps` takes it out again, if it has not begun. */
  step<V>(work: () => Promise<V>): Promise<V> {
    return new Promise((resolve, reject) => {
      this.#entries.unshift({ run: () => work().then(resolve, reject), cancel: reject })
      this.#start()
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

  #start(): void {
    if (this.#running) return
    this.#running = true
    // Whoever else calls in this turn of the event loop shares the flush.
    queueMicrotask(() => void this.#run())
  }

  async #run(): Promise<void> {
    while (this.#entries.length > 0) {
      const first = this.#entries[0]!
      if (isTask(first)) {
        this.#entries.shift()
        await first.run()
        continue
      }
      const group = this.#takeGroup()
      await this.#write(group)
      // Callers that were just told go on in microtasks; those who write again at once shall share the next flush.
      if (group.length > 1) await new Promise((resume) => setImmediate(resume))
    }
    this.#running = false
  }

  /** The batches up to the next task; the first entry is a batch. */
  #takeGroup(): WaitingBatch[] {
    const end = this.#entries.findIndex(isTask)
    const group = end === -1 ? this.#entries : this.#entries.slice(0, end)
    this.#entries = end === -1 ? [] : this.#entries.slice(end)
    return group as WaitingBatch[]
  }
}

function isTask(entry: Entry): entry is Task {
  return 'run' in entry
}

function isBatch(entry: Entry): entry is WaitingBatch {
  return !isTask(entry)
}
