import { traceIdOf } from '../component/IContext.js'
import type { Batch } from '../contract/Change.js'
import type { ChangeLog, ChangeLogOwner, RecoveryReport } from '../contract/ChangeLog.js'
import { LONE_SURROGATE } from '../core/jsonValue.js'
import { ApplicationException } from '../errors/index.js'
import type { SlotTable } from '../memory/SlotTable.js'
import { Checkpoints } from './Checkpoints.js'
import { encodeBatch } from './changeText.js'
import { checkEdits, checkItems, checkSavable } from './checkItems.js'
import type { Disk } from './Disk.js'
import type { FileOptions } from './FileOptions.js'
import { Folding } from './Folding.js'
import {
  flushFailed,
  notAPath,
  notOpened,
  openedReadOnly,
  outcomeUnknown,
  storeFailed,
  withoutText,
  writeFailed,
} from './fileErrors.js'
import { KIND_BATCH } from './frame.js'
import { fullPath } from './fullPath.js'
import { longWrite, mostAhead } from './JournalFile.js'
import { JournalHealth } from './JournalHealth.js'
import { LaterFlushes } from './LaterFlushes.js'
import type { Lock } from './Lock.js'
import { NamesWatch } from './NamesWatch.js'
import { openStore, orWriteFailed } from './openStore.js'
import { readOnlyOpening } from './readOnlyOpening.js'
import { reportRecovery } from './reportRecovery.js'
import type { StoreFiles } from './StoreFiles.js'
import { type WaitingBatch, WriteQueue } from './WriteQueue.js'
import { writeNew } from './writeNew.js'

/**
 * The change log of a JSON file. Everything that writes goes through one queue, in the order of calls. See
 * docs/file-format.md for the files, and docs/durability.md for what is promised.
 */
export class FileEngine<T> implements ChangeLog<T> {
  readonly #disk: Disk
  readonly #path: string
  readonly #options: FileOptions
  readonly #owner: ChangeLogOwner<T>
  readonly #queue: WriteQueue

  #state: 'new' | 'open' | 'readOnly' | 'closed' = 'new'
  /** There while it is open for writing. */
  #store: Store | null = null
  /** The data file as it was opened, links followed; null before. */
  #realPath: string | null = null
  #report: RecoveryReport | null = null
  /** Until taken. */
  #slots: SlotTable | null = null
  #conflictPaths: readonly string[] = []
  /** Sequence number of the last batch that is written as `durability` asks. */
  #acknowledged = 0
  /** What the first write of all needs, or one after a failure, is under way. */
  #preparing = false

  constructor(disk: Disk, path: string, options: FileOptions, owner: ChangeLogOwner<T>) {
    this.#disk = disk
    this.#path = path
    this.#options = options
    this.#owner = owner
    this.#queue = new WriteQueue(
      {
        lanes: () => this.#lanes,
        coming: (bytes) => this.#coming(bytes),
        write: (group) => this.#write(group),
        written: (batches) => this.#written(batches),
        failed: (group, error) => this.#failed(group, error),
      },
      longWrite(aheadOf(options.checkpointSize)),
    )
  }

  get isReadOnly(): boolean {
    return this.#options.readOnly
  }

  get isInDoubt(): boolean {
    return this.#store !== null && this.#store.health.failure !== null
  }

  get recovery(): RecoveryReport | null {
    return this.#report === null ? null : { ...this.#report, conflictPaths: [...this.#conflictPaths] }
  }

  async open(context: unknown): Promise<T[]> {
    return traced(context, async () => {
      // Of half a surrogate pair the system makes another character, under which nobody would find the lock.
      if (typeof this.#path !== 'string' || LONE_SURROGATE.test(this.#path)) throw notAPath(this.#path)
      const path = fullPath(this.#path)
      if (this.#options.readOnly) {
        const { recovered, journalFound, path: real } = await readOnlyOpening<T>(this.#disk, path)
        this.#realPath = real
        checkItems(path, recovered, this.#owner)
        this.#report = reportRecovery(path, recovered, journalFound, null, true, this.#owner)
        this.#state = 'readOnly'
        this.#slots = recovered.slots
        return recovered.items
      }
      const warn = (message: string) => this.#owner.warn(message)
      const durable = this.#options.durability === 'sync'
      const ahead = durable ? aheadOf(this.#options.checkpointSize) : null
      const opened = await openStore<T>(this.#disk, path, this.#options.lockWaitMs, this.#owner, ahead)
      const { lock, files, recovered, journalFound, setAsidePath, doubt } = opened
      this.#realPath = files.path
      this.#conflictPaths = files.conflictPaths
      this.#acknowledged = recovered.sequence
      const items = () => this.#owner.items()
      const health = new JournalHealth(
        files,
        () => this.#itemsToWrite(),
        () => this.#acknowledged,
        warn,
      )
      const folding = new Folding(files, health, !durable)
      const least = this.#options.checkpointSize
      const itemsSince = () => this.#owner.itemsSince?.() ?? { items: items(), positions: null }
      const check = () => checkEdits(this.#owner)
      const reserve = ahead === null ? 0 : mostAhead(ahead)
      const checkpoints = new Checkpoints(
        files,
        folding,
        this.#queue,
        itemsSince,
        check,
        warn,
        least,
        reserve,
      )
      const flushes = new LaterFlushes(files, health, this.#options.flushIntervalMs, () => {
        void this.#queue.task(async () => this.#store !== null && (await this.#usable()))
      })
      const names = new NamesWatch(lock, files)
      this.#store = { lock, names, files, health, folding, checkpoints, flushes }
      this.#state = 'open'
      if (doubt !== null) health.doubted(doubt)
      this.#report = reportRecovery(files.path, recovered, journalFound, setAsidePath, false, this.#owner)
      this.#slots = recovered.slots
      return recovered.items
    })
  }

  takeSlots(): SlotTable | null {
    const slots = this.#slots
    this.#slots = null
    return slots
  }

  append(context: unknown, batch: Batch<T>, done: (error: Error | null) => void): void {
    if (this.#state !== 'open') {
      // Also where an opening is over by then: its text was not made, and nothing is to be acknowledged for it.
      const error = this.#notOpened('write to').withTraceId(traceIdOf(context))
      void this.#queue.task(async () => tell(done, error))
      return
    }
    let text: string | readonly string[]
    try {
      // In the call: what the caller does to its objects later cannot change it.
      text = encodeBatch(batch)
    } catch (error) {
      throw withoutText(error, context)
    }
    this.#queue.batch({ text, context, done })
  }

  async save(context: unknown, items: readonly T[]): Promise<void> {
    await traced(context, async () => {
      this.#opened('save')
      await this.#queue.task(async () => {
        const { files, health, folding, checkpoints, flushes } = this.#opened('save')
        await checkSavable(items, this.#owner)
        await checkpoints.stop()
        await flushes.settled()
        if (!(await this.#usable())) throw storeFailed(files.path, health.failure)
        try {
          await folding.all([...items], true)
        } finally {
          await this.#usable()
        }
      })
    })
  }

  async flush(context: unknown): Promise<void> {
    await traced(context, async () => {
      if (this.#state === 'readOnly') return
      const { files, health, flushes, names } = this.#opened('flush')
      // At `sync` nothing is acknowledged that is not flushed, and there is nothing to do.
      if (this.#options.durability !== 'sync') await flushes.now()
      const owed = health.takeOwed()
      if (owed !== null) throw flushFailed(files.path, owed)
      const mayBeLost = (await names.look()) !== null
      if (!mayBeLost && health.failure === null) return
      await this.#queue.task(async () => {
        // A closing that came first has left all of it on the disk.
        if (this.#store === null) return
        // Here, where nothing is half-way: a save would take it for a failure of its own, or may have mended it.
        const lost = mayBeLost ? await names.look() : null
        if (lost !== null) health.lost(lost)
        if (!(await this.#usable())) throw storeFailed(files.path, health.failure)
      })
    })
  }

  async backup(context: unknown, path: string): Promise<void> {
    await traced(context, async () => {
      if (this.#state !== 'readOnly') this.#opened('back up')
      await writeNew(this.#disk, fullPath(path), this.#owner.items(), this.#realPath)
    })
  }

  async close(context: unknown): Promise<void> {
    await traced(context, async () => {
      if (this.#state === 'readOnly') this.#state = 'closed'
      // A second close waits for the first and then has nothing to do.
      if (this.#state === 'open') await this.#queue.task(() => this.#close())
    })
  }

  async abandon(): Promise<void> {
    if (this.#state === 'readOnly') this.#state = 'closed'
    if (this.#state !== 'open') return
    await this.#queue.task(async () => {
      await this.#store?.checkpoints.stop()
      await this.#store?.flushes.settled()
      await this.#letGo()
    })
  }

  /** Groups that may be on their way to the disk at once. */
  get #lanes(): number {
    return this.#isReady && !this.#preparing ? this.#store!.files.journal!.lanes : 1
  }

  /** A group can be written as things are. */
  get #isReady(): boolean {
    const store = this.#store
    return store !== null && store.files.journal !== null && store.health.isGood
  }

  #coming(bytes: number): void {
    if (this.#isReady) this.#store!.checkpoints.makeRoom(bytes)
  }

  /** Writes a run of batches, at `sync` as far as the disk. Called by the queue, as are `#written` and `#failed`. */
  async #write(group: readonly WaitingBatch[]): Promise<void> {
    if (!this.#isReady) {
      this.#preparing = true
      try {
        await this.#prepare()
      } finally {
        // In the turn in which the group is appended: another that came before it would change places with it.
        this.#preparing = false
      }
    }
    const { files, health, flushes, names } = this.#store!
    const journal = files.journal!
    const lost = names.lookIfDue()
    await journal.append(
      group.map(({ text }) => text),
      KIND_BATCH,
    )
    if (this.#options.durability === 'interval') flushes.soon()
    if (this.#options.durability === 'sync' && !journal.durable) {
      try {
        await journal.sync()
      } catch (cause) {
        health.failed(cause)
        throw cause
      }
    }
    if (lost !== null) {
      const cause = await lost
      if (cause !== null) {
        health.lost(cause)
        throw cause
      }
    }
    this.#acknowledged = journal.settled.next - 1
  }

  /** @throws Refused  nothing can be written now */
  async #prepare(): Promise<void> {
    const store = this.#store
    if (store === null) throw new Refused(() => this.#notOpened('write to'))
    const { files, health } = store
    // Nobody may call again: what was acknowledged is made safe before this caller is told.
    const usable = await this.#usable()
    const owed = health.takeOwed()
    if (owed !== null) throw new Refused(() => flushFailed(files.path, owed))
    if (!usable) throw new Refused(() => storeFailed(files.path, health.failure))
    try {
      if (files.journal === null) await files.beginJournal(() => this.#itemsToWrite())
    } catch (error) {
      throw new Refused(() => writeFailed(files.path, error))
    }
  }

  #written(batches: readonly WaitingBatch[]): void {
    for (const { done } of batches) tell(done, null)
    this.#store!.checkpoints.startIfDue()
  }

  async #failed(group: readonly WaitingBatch[], error: unknown): Promise<void> {
    if (error instanceof Refused) return this.#reject(group, error.make)
    const { files, health } = this.#store!
    const journal = files.journal!
    if (health.failure === null) {
      try {
        await journal.cut(journal.settled)
        return this.#reject(group, () => writeFailed(files.path, error))
      } catch (cause) {
        // The flush that the group waited for failed, or what was written could not be taken back.
        health.failed(cause)
      }
    }
    this.#reject(group, () => outcomeUnknown(files.path, health.failure))
    await this.#usable()
  }

  /** Rejects a group and all that waits behind it: those batches were checked against a state that holds the group. */
  #reject(group: readonly WaitingBatch[], error: () => ApplicationException): void {
    for (const { done, context } of [...group, ...this.#queue.takeBatches()]) {
      tell(done, error().withTraceId(traceIdOf(context)))
    }
  }

  async #usable(): Promise<boolean> {
    const { health, checkpoints } = this.#store!
    return health.usable(() => checkpoints.stop())
  }

  /** The items for a file that no caller asked for. */
  async #itemsToWrite(): Promise<readonly T[]> {
    await checkEdits(this.#owner)
    return this.#owner.items()
  }

  /** In the queue. */
  async #close(): Promise<void> {
    if (this.#store === null) return
    const { files, health, folding, checkpoints, flushes, names } = this.#store
    await checkpoints.stop()
    await flushes.settled()
    if (!this.#options.foldOnClose && files.journal !== null) {
      // What is to stay must be where the next opening looks for it. A fold finds that out by itself.
      const lost = await names.look()
      if (lost !== null) health.lost(lost)
    }
    const usable = await this.#usable()
    const owed = health.takeOwed()
    if (owed !== null) throw flushFailed(files.path, owed)
    if (!usable) throw storeFailed(files.path, health.failure)
    try {
      if (this.#options.foldOnClose) {
        const folded = await orWriteFailed(files.path, () => files.foldedAlready())
        if (!folded) await folding.all(this.#owner.items(), false)
        await orWriteFailed(files.path, () => files.dropAllJournals())
      } else await folding.lastSync()
    } catch (error) {
      await this.#usable()
      throw error
    }
    await this.#letGo()
  }

  /** Leaves the files as they are. In the queue; never rejects. */
  async #letGo(): Promise<void> {
    if (this.#store === null) return
    const { files, lock, flushes } = this.#store
    await files.leave()
    flushes.stop()
    this.#store = null
    this.#state = 'closed'
    await lock.release()
  }

  #opened(what: string): Store {
    if (this.#store === null) throw this.#notOpened(what)
    return this.#store
  }

  #notOpened(what: string): ApplicationException {
    return this.#state === 'readOnly' ? openedReadOnly(this.#path, what) : notOpened(this.#path, what)
  }
}

/**
 * Bytes by which a journal is first written ahead, of which the step grows to 16 times as much: a quarter of a journal's
 * bound at most, and never more than by default, for until it is used it is taken from others.
 */
function aheadOf(checkpointSize: number): number {
  return Math.min(LONGEST_FIRST_STEP, Math.max(512, Math.ceil(checkpointSize / 64)))
}

const LONGEST_FIRST_STEP = 64 * 1024

/** What works on the files of one opening. */
interface Store {
  readonly lock: Lock
  readonly names: NamesWatch
  readonly files: StoreFiles
  readonly health: JournalHealth
  readonly folding: Folding
  readonly checkpoints: Checkpoints
  readonly flushes: LaterFlushes
}

/** A group cannot be written now, and nothing was tried. */
class Refused extends Error {
  /** @param make  what a caller is told */
  constructor(readonly make: () => ApplicationException) {
    super()
  }
}

/** Calls back. What a callback throws is its own affair, and must not stop the queue. */
function tell(done: (error: Error | null) => void, error: Error | null): void {
  try {
    done(error)
  } catch (thrown) {
    queueMicrotask(() => {
      throw thrown
    })
  }
}

/** Errors leave with the trace id of the call. */
async function traced<V>(context: unknown, work: () => Promise<V>): Promise<V> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof ApplicationException && error.trace_id === null)
      error.withTraceId(traceIdOf(context))
    throw error
  }
}
