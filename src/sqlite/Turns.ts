import type { Awaitable } from '../contract/Store.js'
import { performance, setTimeout } from '../core/timers.js'
import { isBusy } from './errors.js'

/** First and longest pause between two tries while another process writes. */
const FIRST_PAUSE_MS = 1
const LONGEST_PAUSE_MS = 50

/**
 * Runs the work on one connection in the order of calls. As long as nobody waits, work is done in the call. Work that
 * finds the database locked by another process is tried again later, without holding this process up, and what is
 * called meanwhile lines up behind it.
 */
export class Turns {
  readonly #timeoutMs: number
  #last: Promise<unknown> | null = null

  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs
  }

  run<V>(work: () => V): Awaitable<V> {
    if (this.#last !== null) return this.runLong(() => this.insist(work))
    try {
      return work()
    } catch (error) {
      if (!isBusy(error)) throw error
      return this.runLong(() => this.insist(work))
    }
  }

  /** Work that lets others run in between, but nobody on this connection. */
  runLong<V>(work: () => Promise<V>): Promise<V> {
    const turn = this.#last === null ? work() : this.#last.then(work)
    const last: Promise<unknown> = turn
      .catch(() => {})
      .then(() => {
        if (this.#last === last) this.#last = null
      })
    this.#last = last
    return turn
  }

  /** Resolves when all work called so far is done, well or not. */
  async idle(): Promise<void> {
    await this.#last
  }

  /** Tries until the database is not locked any more, or the time is up. */
  async insist<V>(work: () => V): Promise<V> {
    const deadline = performance.now() + this.#timeoutMs
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
      try {
        return work()
      } catch (error) {
        if (!isBusy(error) || performance.now() > deadline) throw error
      }
      // Half of the pause by chance, so that processes that met once do not go on meeting.
      await new Promise((resolve) => setTimeout(resolve, pauseMs * (0.5 + Math.random())))
    }
  }
}
