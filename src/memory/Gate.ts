/**
 * Keeps writes in the order of their calls. Shared tasks run at once and overlap, as writes that share a flush do. An
 * exclusive task waits for all before it, and all after it wait for it.
 */
export class Gate {
  #lastExclusive: Promise<void> | null = null
  #running = 0
  #onIdle: (() => void)[] = []

  /** Runs `task` in the call where nothing exclusive is before it. The task calls `leave` when it is over. */
  shared<V>(task: () => V | Promise<V>): V | Promise<V> {
    if (this.#lastExclusive === null) return this.#enter(task)
    return this.#lastExclusive.then(() => this.#enter(task))
  }

  /** Ends a shared task. */
  leave(): void {
    this.#running--
    if (this.#running > 0) return
    const waiting = this.#onIdle
    this.#onIdle = []
    for (const resume of waiting) resume()
  }

  exclusive<V>(task: () => V | Promise<V>): Promise<V> {
    const turn = (this.#lastExclusive ?? Promise.resolve()).then(() => this.#idle()).then(task)
    const over = turn.then(ignore, ignore).then(() => {
      if (this.#lastExclusive === over) this.#lastExclusive = null
    })
    this.#lastExclusive = over
    return turn
  }

  #enter<V>(task: () => V | Promise<V>): V | Promise<V> {
    this.#running++
    try {
      return task()
    } catch (error) {
      this.leave()
      throw error
    }
  }

  #idle(): Promise<void> | void {
    if (this.#running > 0) return new Promise((resolve) => this.#onIdle.push(resolve))
  }
}

function ignore(): void {}
