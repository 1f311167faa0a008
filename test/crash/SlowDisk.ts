import type { Call, Fault } from '../simulated/calls.js'
import type { PendingOp } from '../simulated/Inode.js'
import { Random } from '../simulated/random.js'
import { SimulatedDisk } from '../simulated/SimulatedDisk.js'

/** Lets the event loop make a turn. */
export const turn = () => new Promise<void>((resume) => setImmediate(resume))

/** A disk that takes its time with a data file and with what takes its place, so that folds run beside many calls. */
export class SlowDisk extends SimulatedDisk {
  /** How often the file was replaced and was read for what replaces it; writes of more than 8 KiB to a journal. */
  readonly counts = { folds: 0, readsForFolds: 0, longWrites: 0 }
  /** How many folds there were when the folder was flushed: no power cut takes those back. */
  flushedFolds = 0
  /** What is to take the place of the file is being written. */
  isFolding = false
  readonly #random: Random

  /** @param turns  of the event loop that such a call waits at most, and one */
  constructor(
    seed: number,
    readonly path: string,
    readonly turns: number,
  ) {
    super(seed)
    this.#random = new Random(seed)
  }

  override open(path: string, how: 'read' | 'write' | 'create', mode?: number, durable?: boolean) {
    if (isSnapshot(path)) this.isFolding = true
    return super.open(path, how, mode, durable)
  }

  override async rename(from: string, to: string): Promise<void> {
    if (to === this.path) {
      await this.#wait()
      this.counts.folds++
    }
    return super.rename(from, to)
  }

  override async syncFolder(folder: string): Promise<void> {
    const { folds } = this.counts
    await super.syncFolder(folder)
    this.flushedFolds = Math.max(this.flushedFolds, folds)
  }

  override async call<V>(
    call: Call,
    path: string,
    act: () => V,
    finish?: (value: V) => void,
    failed?: (fault: Fault) => void,
  ): Promise<V> {
    if (call === 'close' && isSnapshot(path)) this.isFolding = false
    if (isSnapshot(path) || path === this.path) await this.#wait()
    if (call === 'read' && path === this.path && this.isFolding) this.counts.readsForFolds++
    const value = await super.call(call, path, act, finish, failed)
    // No space is written ahead in pieces as long as that.
    if (call === 'write' && path.includes('journal-') && (value as PendingOp).bytes.length > 8192)
      this.counts.longWrites++
    return value
  }

  async #wait(): Promise<void> {
    for (let turns = this.#random.below(this.turns); turns > 0; turns--) await turn()
  }
}

function isSnapshot(path: string): boolean {
  return path.includes('.tmp-snapshot-')
}
