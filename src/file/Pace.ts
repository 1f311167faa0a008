import { performance, setImmediate, setTimeout } from '../core/timers.js'

/**
 * Rest for each millisecond of work while others have work to do: where writes keep a core busy, what a checkpoint takes is
 * what they lose. Writes that come so fast that even this is too long for them end the rests, see `Checkpoints`.
 */
const REST = 8
/** However long the work took, as of one huge item, or of a process that was stopped meanwhile: a closing waits for it. */
const LONGEST_REST_MS = 100
/** While nobody has, a look at whether that is still so after this many milliseconds of work. */
const LOOK_EVERY_MS = 4
const LOOK_MS = 1
/** Share of a rest in which the event loop was at work, from which on others count as busy. */
const BUSY = 0.25

/**
 * Rests between slices of work in the background: long while others write or keep the event loop at work, hardly at all
 * while nobody does.
 */
export class Pace {
  readonly #writes: () => number
  #lastWrites: number
  #busy = true
  /** Milliseconds of work since the last rest. */
  #worked = 0

  /** @param writes  a number that grows with each write */
  constructor(writes: () => number) {
    this.#writes = writes
    this.#lastWrites = writes()
  }

  /** @param worked  milliseconds that the slice before took */
  async rest(worked: number): Promise<void> {
    this.#worked += worked
    if (!this.#busy && this.#worked < LOOK_EVERY_MS) {
      await new Promise((resume) => setImmediate(resume))
      return
    }
    const before = performance.eventLoopUtilization()
    const ms = this.#busy ? Math.min(this.#worked * REST, LONGEST_REST_MS) : LOOK_MS
    await new Promise((resume) => setTimeout(resume, ms))
    const writes = this.#writes()
    this.#busy = writes !== this.#lastWrites || performance.eventLoopUtilization(before).utilization > BUSY
    this.#lastWrites = writes
    this.#worked = 0
  }
}
