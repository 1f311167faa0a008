/**
 * Keeps writes in the order of their calls. Shared tasks run at once and overlap, as writes that share a flush do. An
 * exclusive task waits for all before it, and all after it wait for it.
 */
export class Gate {
  /** Who waits, in the order of calls, from `#first` on. */
  #waiting: Waiting[] = []
  #first = 0
  /** Shared tasks under way. */
  #running = 0
  /** An exclusive task is under way. */
  #closed = false
  /** Those who wait are being let in. */
  #admitting = false

  /** Whether anything is under way or waits. */
  get isBusy(): boolean {
    return this.#running > 0 || this.#closed || this.#waiting.length > 0
  }

  /**
   * Runs `task` beside other shared ones, in the call where nothing is before it. It calls `leave` when it is over.
   *
   * @param alone  asked when it is its turn: whether it has to run as an exclusive task instead. Default: never
   */
  shared<V>(task: (leave: () => void) => V | Promise<V>, alone = never): V | Promise<V> {
    if (!this.#closed && this.#waiting.length === 0 && !alone()) return this.#enter(task)
    return this.#wait(alone, (exclusive) =>
      exclusive ? this.#close(() => task(nothing)) : this.#enter(task),
    )
  }

  exclusive<V>(task: () => V | Promise<V>): Promise<V> {
    return this.#wait(always, () => this.#close(task))
  }

  #wait<V>(alone: () => boolean, run: (exclusive: boolean) => V | Promise<V>): Promise<V> {
    return new Promise((resolve, reject) => {
      const start = (exclusive: boolean) => {
        try {
          resolve(run(exclusive))
        } catch (error) {
          reject(error)
        }
      }
      this.#waiting.push({ alone, start })
      this.#admit()
    })
  }

  #close<V>(task: () => V | Promise<V>): Promise<V> {
    this.#closed = true
    const turn = Promise.resolve().then(task)
    const open = () => {
      this.#closed = false
      this.#admit()
    }
    turn.then(open, open)
    return turn
  }

  #enter<V>(task: (leave: () => void) => V | Promise<V>): V | Promise<V> {
    this.#running++
    try {
      return task(this.#leave)
    } catch (error) {
      this.#leave()
      throw error
    }
  }

  readonly #leave = () => {
    this.#running--
    this.#admit()
  }

  /** Lets in whoever stands first, as long as that may run beside what is under way. */
  #admit(): void {
    // Who leaves in the call in which it was let in is followed by the loop: a call within a call would end in the limit
    // of the stack, by as many as wait.
    if (this.#admitting) return
    this.#admitting = true
    while (this.#first < this.#waiting.length && !this.#closed) {
      const { alone, start } = this.#waiting[this.#first]!
      const exclusive = isAlone(alone)
      if (exclusive && this.#running > 0) break
      this.#first++
      this.#forget()
      start(exclusive)
    }
    this.#admitting = false
  }

  /** Those who were let in, when they are all or most: some may wait at any time, for ever. */
  #forget(): void {
    if (this.#first < this.#waiting.length && (this.#first < MANY || this.#first * 2 < this.#waiting.length))
      return
    this.#waiting = this.#waiting.slice(this.#first)
    this.#first = 0
  }
}

/** Let in, from which on they are worth a copy of those who wait. */
const MANY = 1024

interface Waiting {
  readonly alone: () => boolean
  readonly start: (exclusive: boolean) => void
}

function isAlone(alone: () => boolean): boolean {
  try {
    return alone()
  } catch {
    // Whoever ended before it is not concerned. The task will meet what stood in the way, and reject with it.
    return true
  }
}

function always(): boolean {
  return true
}

function never(): boolean {
  return false
}

function nothing(): void {}
