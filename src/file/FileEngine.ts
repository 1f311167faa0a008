import { dirname, resolve } from 'node:path'
import { traceIdOf } from '../component/IContext.js'
import type { Batch } from '../contract/Change.js'
import type { ChangeLog, ChangeLogOwner, RecoveryReport } from '../contract/ChangeLog.js'
import { ApplicationException, UnsupportedException } from '../errors/index.js'
import { encodeBatch } from './changeText.js'
import type { Disk } from './Disk.js'
import type { FileOptions } from './FileOptions.js'
import { notOpened, outcomeUnknown, readFailed, storeFailed, writeFailed } from './fileErrors.js'
import { findFiles, makeFolders } from './fileSet.js'
import { KIND_BATCH } from './frame.js'
import type { JournalMark } from './Journal.js'
import { acquireLock, type Lock } from './Lock.js'
import { readOnlyOpening } from './readOnlyOpening.js'
import { recover } from './recovery.js'
import { reportRecovery } from './reportRecovery.js'
import { SnapshotStopped, type WrittenSnapshot } from './SnapshotWriter.js'
import { StoreFiles } from './StoreFiles.js'
import { writeNew } from './writeNew.js'

/** A journal is folded in the background when it passes this, or half of the file, whichever is more. */
const CHECKPOINT_SIZE = 4 * 1024 * 1024
/** Least time between two attempts to write fresh files after a flush that failed. */
const REBUILD_PAUSE_MS = 1000
const LONGEST_CHECKPOINT_PAUSE_MS = 5 * 60 * 1000

type Done = (error: Error | null) => void
type Entry =
  | {
      readonly kind: 'batch'
      readonly text: string | readonly string[]
      readonly context: unknown
      readonly done: Done
    }
  | {
      readonly kind: 'task'
      readonly run: () => Promise<void>
      readonly cancel: ((error: Error) => void) | null
    }

/**
 * The change log of a JSON file. Everything that writes goes through one queue, in the order of calls: runs of batches
 * are written together and share a flush; saves, the steps of folds that touch the journal, and closing come between
 * them. See docs/file-format.md for the files, and docs/durability.md for what is promised.
 */
export class FileEngine<T> implements ChangeLog<T> {
  readonly #disk: Disk
  readonly #path: string
  readonly #options: FileOptions
  readonly #owner: ChangeLogOwner<T>

  #state: 'new' | 'open' | 'readOnly' | 'closed' = 'new'
  #lock: Lock | null = null
  #files: StoreFiles | null = null
  #report: RecoveryReport | null = null

  #queue: Entry[] = []
  #running = false
  /** Sequence number of the last acknowledged batch. */
  #acknowledged = 0

  /** A flush failed and no fresh files could be written since: nothing is written until they can. */
  #failure: { readonly cause: unknown; readonly triedAt: number } | null = null
  /** A flush failed behind acknowledged writes: the next write, flush or close is told. */
  #owed: unknown = null

  #flushTimer: NodeJS.Timeout | null = null
  #flushing: Promise<void> | null = null

  #checkpoint: Checkpoint | null = null
  #checkpointAfter = 0
  #checkpointPause = 0

  constructor(disk: Disk, path: string, options: FileOptions, owner: ChangeLogOwner<T>) {
    this.#disk = disk
    this.#path = path
    this.#options = options
    this.#owner = owner
  }

  get recovery(): RecoveryReport | null {
    if (this.#report === null || this.#files === null) return this.#report
    return { ...this.#report, conflictPaths: [...this.#files.conflictPaths] }
  }

  async open(context: unknown): Promise<T[]> {
    return traced(context, async () => {
      const path = resolve(this.#path)
      if (this.#options.readOnly) {
        const { recovered, journalFound } = await readOnlyOpening<T>(this.#disk, path)
        this.#report = reportRecovery(path, recovered, journalFound, null, true, this.#owner)
        this.#state = 'readOnly'
        return recovered.items
      }
      const real = await prepare(this.#disk, path)
      const lock = await acquireLock(this.#disk, real, { waitMs: this.#options.lockWaitMs })
      try {
        const set = await findFiles(this.#disk, real).catch((error) => {
          throw readFailed(real, error)
        })
        const recovered = await recover<T>(this.#disk, real, set)
        const warn = (message: string) => this.#owner.warn(message)
        const files = new StoreFiles(this.#disk, real, recovered, set.journals.at(-1) ?? 0, warn)
        const torn = await attempt(real, async () => {
          for (const path of set.leftovers) await this.#disk.unlink(path)
          return files.adopt(recovered)
        })
        this.#report = reportRecovery(real, recovered, set.journals.length > 0, torn, false, this.#owner)
        this.#files = files
        this.#lock = lock
        this.#acknowledged = recovered.sequence
        this.#state = 'open'
        return recovered.items
      } catch (error) {
        await lock.release()
        throw error
      }
    })
  }

  append(context: unknown, batch: Batch<T>, done: Done): void {
    const text = this.#state === 'open' ? encodeBatch(batch) : ''
    this.#enqueue({ kind: 'batch', text, context, done })
  }

  async save(context: unknown, items: readonly T[]): Promise<void> {
    await traced(context, () => this.#task('save', () => this.#save([...items])))
  }

  async flush(context: unknown): Promise<void> {
    await traced(context, async () => {
      if (this.#state === 'readOnly') return
      const files = this.#opened('flush')
      if (this.#options.durability === 'sync' && this.#failure === null) return
      if (this.#owed === null && this.#failure === null) await this.#flushNow()
      this.#throwOwed()
      if (this.#failure !== null) throw storeFailed(files.path, this.#failure.cause)
    })
  }

  async backup(context: unknown, path: string): Promise<void> {
    await traced(context, async () => {
      if (this.#state !== 'open' && this.#state !== 'readOnly') throw notOpened(this.#path, 'back up')
      await writeNew(this.#disk, resolve(path), this.#owner.items())
    })
  }

  async close(context: unknown): Promise<void> {
    await traced(context, async () => {
      if (this.#state === 'readOnly') {
        this.#state = 'closed'
        return
      }
      if (this.#state !== 'open') return
      await this.#task('close', () => this.#close())
    })
  }

  // ---- the queue

  #enqueue(entry: Entry): void {
    this.#queue.push(entry)
    this.#start()
  }

  #start(): void {
    if (this.#running) return
    this.#running = true
    // Whoever else calls in this turn of the event loop shares the flush.
    queueMicrotask(() => void this.#run())
  }

  /** Runs `work` between batches, after everything that was asked for before. */
  #task<V>(what: string, work: () => Promise<V>): Promise<V> {
    if (this.#state === 'readOnly') return Promise.reject(readOnly(this.#path, what))
    if (this.#state !== 'open') return Promise.reject(notOpened(this.#path, what))
    return new Promise((resolve, reject) => {
      this.#enqueue({ kind: 'task', run: () => work().then(resolve, reject), cancel: null })
    })
  }

  /** Runs a step of a checkpoint between batches, before all that waits: a batch more is a batch more to carry over. */
  #step<V>(checkpoint: Checkpoint, work: () => Promise<V>): Promise<V> {
    // Whoever stopped it may hold the queue and wait for its end.
    if (checkpoint.stopped) return Promise.reject(new SnapshotStopped())
    return new Promise((resolve, reject) => {
      this.#enqueueFirst({ kind: 'task', run: () => work().then(resolve, reject), cancel: reject })
    })
  }

  #enqueueFirst(entry: Entry): void {
    this.#queue.unshift(entry)
    this.#start()
  }

  async #run(): Promise<void> {
    while (this.#queue.length > 0) {
      const first = this.#queue[0]!
      if (first.kind === 'task') {
        this.#queue.shift()
        await first.run()
        continue
      }
      const end = this.#queue.findIndex((entry) => entry.kind === 'task')
      const group = this.#queue.splice(0, end === -1 ? this.#queue.length : end) as BatchEntry[]
      await this.#commit(group)
      // Callers that were just told go on in microtasks; those who write again at once shall share the next flush.
      if (group.length > 1) await new Promise((resume) => setImmediate(resume))
    }
    this.#running = false
  }

  // ---- batches

  async #commit(group: readonly BatchEntry[]): Promise<void> {
    if (this.#state !== 'open') {
      const error =
        this.#state === 'readOnly' ? readOnly(this.#path, 'write to') : notOpened(this.#path, 'write to')
      return this.#fail(group, () => error)
    }
    const files = this.#files!
    if (this.#owed !== null) {
      const owed = this.#owed
      this.#owed = null
      return this.#fail(group, () => storeFailed(files.path, owed))
    }
    if (!(await this.#usable())) {
      const { cause } = this.#failure!
      return this.#fail(group, () => storeFailed(files.path, cause))
    }
    try {
      if (files.journal === null) await this.#begin(files)
    } catch (error) {
      return this.#fail(group, () => writeFailed(files.path, error))
    }
    const journal = files.journal!
    const mark = journal.mark()
    try {
      await journal.append(
        group.map(({ text }) => text),
        KIND_BATCH,
      )
    } catch (error) {
      try {
        await journal.cut(mark)
      } catch (cause) {
        return this.#flushFailed(group, cause)
      }
      return this.#fail(group, () => writeFailed(files.path, error))
    }
    if (this.#options.durability === 'sync') {
      try {
        await journal.sync()
      } catch (cause) {
        return this.#flushFailed(group, cause)
      }
    } else if (this.#options.durability === 'interval') this.#flushSoon()
    this.#acknowledged = journal.next - 1
    for (const { done } of group) tell(done, null)
    this.#checkpointIfDue(files)
  }

  /** The first write of this opening. */
  async #begin(files: StoreFiles): Promise<void> {
    // A journal vouches for the file it builds on, so that has to be the one that was read.
    if (await files.changedByOthers()) await files.rebuild(this.#owner.items(), this.#acknowledged)
    else await files.beginJournal()
  }

  /** Rejects a group and all that waits behind it: those batches were checked against a state that holds the group. */
  #fail(group: readonly BatchEntry[], error: () => ApplicationException): void {
    const waiting = this.#queue.filter((entry) => entry.kind === 'batch') as BatchEntry[]
    this.#queue = this.#queue.filter((entry) => entry.kind === 'task')
    for (const { done, context } of [...group, ...waiting])
      tell(done, error().withTraceId(traceIdOf(context)))
  }

  // ---- flushes, and their failure

  #flushSoon(): void {
    if (this.#flushTimer !== null) return
    this.#flushTimer = setTimeout(() => {
      this.#flushTimer = null
      void this.#flushNow()
    }, this.#options.flushIntervalMs)
  }

  /** Flushes beside the queue. A failure is kept for the next caller, and the queue writes fresh files. */
  async #flushNow(): Promise<void> {
    while (this.#flushing !== null) await this.#flushing
    const journal = this.#files?.journal
    if (journal === null || journal === undefined || this.#failure !== null) return
    this.#flushing = journal
      .sync()
      .catch((cause) => {
        // A journal that was left in the meantime, for a newer one that was made after a flush, owes nothing.
        if (this.#files?.journal !== journal) return
        this.#owed = cause
        this.#failure ??= { cause, triedAt: Number.NEGATIVE_INFINITY }
        this.#enqueueFirst({ kind: 'task', run: async () => void (await this.#usable()), cancel: null })
      })
      .finally(() => {
        this.#flushing = null
      })
    await this.#flushing
  }

  async #flushFailed(group: readonly BatchEntry[], cause: unknown): Promise<void> {
    const { path } = this.#files!
    this.#failure = { cause, triedAt: Number.NEGATIVE_INFINITY }
    this.#fail(group, () => outcomeUnknown(path, cause))
    await this.#usable()
  }

  /** Whether the journal can be trusted; after a failed flush, when fresh files could be written. In the queue only. */
  async #usable(): Promise<boolean> {
    if (this.#failure === null) return true
    if (performance.now() - this.#failure.triedAt < REBUILD_PAUSE_MS) return false
    await this.#stopCheckpoint()
    const files = this.#files!
    try {
      await files.rebuild(this.#owner.items(), this.#acknowledged)
      this.#failure = null
      this.#owner.warn(`A flush of the journal of "${files.path}" failed; all data was written to new files.`)
      return true
    } catch (cause) {
      this.#failure = { cause, triedAt: performance.now() }
      const reason = cause instanceof Error ? cause.message : String(cause)
      this.#owner.warn(
        `A flush of the journal of "${files.path}" failed, and fresh files could not be written: ${reason}`,
      )
      return false
    }
  }

  #throwOwed(): void {
    if (this.#owed === null) return
    const owed = this.#owed
    this.#owed = null
    throw storeFailed(this.#files!.path, owed)
  }

  // ---- folds

  #checkpointIfDue(files: StoreFiles): void {
    if (this.#checkpoint !== null || performance.now() < this.#checkpointAfter) return
    if (files.journalSize <= Math.max(this.#options.checkpointSize ?? CHECKPOINT_SIZE, files.fileSize / 2))
      return
    const stop = { stopped: false, done: Promise.resolve() }
    this.#checkpoint = stop
    stop.done = this.#runCheckpoint(files, stop).finally(() => {
      this.#checkpoint = null
    })
  }

  async #runCheckpoint(files: StoreFiles, stop: Checkpoint): Promise<void> {
    let snapshot: WrittenSnapshot | null = null
    try {
      const { items, sequence } = await this.#step(stop, async () => {
        await this.#nextJournal(files)
        return { items: this.#owner.items(), sequence: files.sequence }
      })
      const written = await files.writeSnapshot(items, () => stop.stopped)
      snapshot = written
      await this.#step(stop, () => this.#markFolded(files, written, sequence))
      await files.replaceFile(written)
      snapshot = null
      await files.dropOldJournals()
      this.#checkpointPause = 0
      this.#checkpointAfter = 0
    } catch (error) {
      if (snapshot !== null) await files.discard(snapshot)
      if (error instanceof SnapshotStopped) return
      this.#checkpointPause = Math.min(LONGEST_CHECKPOINT_PAUSE_MS, Math.max(1000, this.#checkpointPause * 2))
      this.#checkpointAfter = performance.now() + this.#checkpointPause
      const reason = error instanceof Error ? error.message : String(error)
      this.#owner.warn(
        `Folding the journal of "${files.path}" into the file failed: ${reason}. Nothing is lost; it is tried again in ` +
          `${this.#checkpointPause / 1000} s at the earliest.`,
      )
    }
  }

  /** Stops a running checkpoint and waits until it is out of the way. */
  async #stopCheckpoint(): Promise<void> {
    const running = this.#checkpoint
    if (running === null) return
    running.stopped = true
    for (const entry of this.#queue) if (entry.kind === 'task') entry.cancel?.(new SnapshotStopped())
    this.#queue = this.#queue.filter((entry) => entry.kind === 'batch' || entry.cancel === null)
    await running.done
  }

  /** Step 1, with the flush before it. */
  async #nextJournal(files: StoreFiles): Promise<void> {
    // A flush beside the queue uses the journal's file: it has to end before the journal is left.
    while (this.#flushing !== null) await this.#flushing
    await this.#syncInQueue(files)
    await files.nextJournal()
  }

  /** Flushes the journal from within the queue; a failure gives the journal up. */
  async #syncInQueue(files: StoreFiles): Promise<void> {
    if (this.#failure !== null) throw this.#failure.cause
    try {
      await files.journal?.sync()
    } catch (cause) {
      // In the order of the queue no write waits for this flush, but acknowledged ones may have at the weaker levels.
      if (this.#options.durability !== 'sync') this.#owed = cause
      this.#failure = { cause, triedAt: Number.NEGATIVE_INFINITY }
      throw cause
    }
  }

  /** Step 3, with its flush. When it fails it leaves no trace, or the journal is given up. */
  async #markFolded(files: StoreFiles, snapshot: WrittenSnapshot, sequence: number): Promise<void> {
    if (this.#failure !== null) throw this.#failure.cause
    const mark = files.journal!.mark()
    try {
      await files.markFolded(snapshot, sequence)
    } catch (error) {
      await this.#cutBack(files, mark)
      throw error
    }
    await this.#syncInQueue(files)
  }

  async #cutBack(files: StoreFiles, mark: JournalMark): Promise<void> {
    try {
      await files.journal!.cut(mark)
    } catch (cause) {
      this.#failure = { cause, triedAt: Number.NEGATIVE_INFINITY }
    }
  }

  async #save(items: readonly T[]): Promise<void> {
    await this.#stopCheckpoint()
    const files = this.#files!
    if (!(await this.#usable())) throw storeFailed(files.path, this.#failure!.cause)
    await this.#fold(files, items, true)
  }

  /** A whole fold while the queue stands still. */
  async #fold(files: StoreFiles, items: readonly T[], ownJournal: boolean): Promise<void> {
    let snapshot: WrittenSnapshot | null = null
    let mark: JournalMark | null = null
    try {
      // Without a journal the file alone is the truth, and putting another in its place is a whole fold.
      if (ownJournal && files.journal !== null) await this.#nextJournal(files)
      const sequence = files.sequence
      snapshot = await files.writeSnapshot(items, () => false)
      if (files.journal !== null) {
        const before = files.journal.mark()
        await this.#markFolded(files, snapshot, sequence)
        mark = before
      }
      await files.replaceFile(snapshot)
    } catch (error) {
      if (snapshot !== null && (await files.mayBeReplaced(snapshot))) {
        // After a crash the old or the new file may stand there: only fresh files make it certain again.
        this.#failure = { cause: error, triedAt: Number.NEGATIVE_INFINITY }
        await this.#usable()
        throw outcomeUnknown(files.path, error)
      }
      if (snapshot !== null) await files.discard(snapshot)
      // The journal must not vouch for what was refused.
      if (mark !== null && this.#failure === null) await this.#cutBack(files, mark)
      if (this.#failure === null) throw writeFailed(files.path, error)
      this.#owed = null
      await this.#usable()
      throw storeFailed(files.path, error)
    }
    if (ownJournal) await files.dropOldJournals().catch(() => {})
  }

  async #close(): Promise<void> {
    // A second close that waited for the first has nothing left to do.
    if (this.#state !== 'open') return
    const files = this.#files!
    await this.#stopCheckpoint()
    while (this.#flushing !== null) await this.#flushing
    const usable = await this.#usable()
    this.#throwOwed()
    if (!usable) throw storeFailed(files.path, this.#failure!.cause)
    if (this.#options.foldOnClose) {
      if (!files.folded) await this.#fold(files, this.#owner.items(), false)
      await attempt(files.path, () => files.dropAllJournals())
    } else if (files.journal !== null) {
      try {
        await this.#syncInQueue(files)
      } catch (cause) {
        if (!(await this.#usable())) throw storeFailed(files.path, cause)
        this.#throwOwed()
      }
      await files.leave()
    }
    if (this.#flushTimer !== null) clearTimeout(this.#flushTimer)
    this.#flushTimer = null
    this.#state = 'closed'
    await this.#lock?.release()
    this.#lock = null
  }

  #opened(what: string): StoreFiles {
    if (this.#state !== 'open') throw notOpened(this.#path, what)
    return this.#files!
  }
}

interface Checkpoint {
  stopped: boolean
  done: Promise<void>
}

type BatchEntry = Extract<Entry, { readonly kind: 'batch' }>

/** Calls back. What a callback throws is its own affair, and must not stop the queue. */
function tell(done: Done, error: Error | null): void {
  try {
    done(error)
  } catch (thrown) {
    queueMicrotask(() => {
      throw thrown
    })
  }
}

/** Makes the folder, follows links, and refuses what a fold could not replace. The path to use from here on. */
async function prepare(disk: Disk, path: string): Promise<string> {
  return attempt(path, async () => {
    await makeFolders(disk, dirname(path))
    const real = await disk.realPath(path)
    if (!(await disk.canReplace(real))) {
      throw new Error(
        'no other file can be put in its place, as with a single file mounted into a container; mount its folder instead',
      )
    }
    return real
  })
}

async function attempt<V>(path: string, work: () => Promise<V>): Promise<V> {
  try {
    return await work()
  } catch (error) {
    throw error instanceof ApplicationException ? error : writeFailed(path, error)
  }
}

/** Errors leave with the trace id of the call. */
async function traced<V>(context: unknown, work: () => Promise<V>): Promise<V> {
  try {
    return await work()
  } catch (error) {
    throw error instanceof ApplicationException && error.trace_id === null
      ? error.withTraceId(traceIdOf(context))
      : error
  }
}

function readOnly(path: string, what: string): UnsupportedException {
  return new UnsupportedException(
    null,
    'UNSUPPORTED',
    `Cannot ${what} "${path}": it was opened with options.read_only.`,
  )
}
