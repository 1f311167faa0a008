/**
 * Keeps writes in the order of their calls. Shared tasks run at once and overlap, as writes that share a flush do. An
 * exclusive task waits for all before it, and all after it wait for it.
 */
export class Gate {
  /** Who waits, in the order of calls, from `#first` on. */
  #waiting: { readonly exclusive: boolean; readonly start: () => void }[] = []
  #first = 0
  /** Shared tasks under way. */
  #running = 0
  /** An exclusive task is under way. */
  #closed = false

  /** Whether anything is under way or waits. */
  get isBusy(): boolean {
    return this.#running > 0 || this.#closed || this.#waiting.length > 0
  }

  /** Runs `task` in the call where nothing is before it. The task calls `leave` when it is over. */
  shared<V>(task: () => V | Promise<V>): V | Promise<V> {
    if (!this.#closed && this.#waiting.length === 0) return this.#enter(task)
    return new Promise((resolve, reject) => {
      const start = () => {
        try {
          resolve(this.#enter(task))
        } catch (error) {
          reject(error)
        }
      }
      this.#waiting.push({ exclusive: false, start })
    })
  }

  /** Ends a shared task. */
  leave(): void {
    this.#running--
    this.#admit()
  }

  exclusive<V>(task: () => V | Promise<V>): Promise<V> {
    return new Promise((resolve) => {
      const open = () => {
        this.#closed = false
        this.#admit()
      }
      const start = () => {
        this.#closed = true
        const turn = Promise.resolve().then(task)
        resolve(turn)
        turn.then(open, open)
      }
      this.#waiting.push({ exclusive: true, start })
      this.#admit()
    })
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

  /** Lets in whoever stands first, as long as that may run beside what is under way. */
  #admit(): void {
    while (this.#first < this.#waiting.length && !this.#closed) {
      const { exclusive, start } = this.#waiting[this.#first]!
      if (exclusive && this.#running > 0) return
      this.#first++
      if (this.#first === this.#waiting.length) {
        this.#waiting = []
        this.#first = 0
      }
      start()
    }
  }
}
