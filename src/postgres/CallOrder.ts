type Id = string | number

/**
 * Keeps calls that touch the same items, or the same keys of unique indexes, in the order in which they were made,
 * though they run on different connections. A call on some ids waits for the writes to these ids that were called
 * before it; a call on a filter waits for all writes called before it. Calls on different ids run side by side, and a
 * write does not wait for reads called before it: such a read may already see it.
 */
export class CallOrder {
  /** The last write called for each id, while it is not done. */
  readonly #byId = new Map<Id, Promise<unknown>>()
  readonly #writes = new Set<Promise<unknown>>()
  /** The last write on a filter, while it is not done. */
  #barrier: Promise<unknown> | null = null

  /** `ids` null: any item. */
  read<V>(ids: readonly Id[] | null, work: () => Promise<V>): Promise<V> {
    const before = this.#before(ids)
    return before === null ? work() : before.then(work)
  }

  /** As `read`, and later calls on these items wait for it. */
  write<V>(ids: readonly Id[] | null, work: () => Promise<V>): Promise<V> {
    const before = this.#before(ids)
    const result = before === null ? work() : before.then(work)
    const done: Promise<unknown> = result.catch(() => {}).then(() => this.#finish(ids, done))
    this.#writes.add(done)
    if (ids === null) this.#barrier = done
    else for (const id of ids) this.#byId.set(id, done)
    return result
  }

  #finish(ids: readonly Id[] | null, done: Promise<unknown>): void {
    this.#writes.delete(done)
    if (this.#barrier === done) this.#barrier = null
    for (const id of ids ?? []) if (this.#byId.get(id) === done) this.#byId.delete(id)
  }

  #before(ids: readonly Id[] | null): Promise<unknown> | null {
    if (this.#writes.size === 0) return null
    if (ids === null) return Promise.all(this.#writes)
    const writes = new Set<Promise<unknown>>()
    if (this.#barrier !== null) writes.add(this.#barrier)
    for (const id of ids) {
      const write = this.#byId.get(id)
      if (write !== undefined) writes.add(write)
    }
    return writes.size === 0 ? null : Promise.all(writes)
  }

  /** Resolves when all writes called so far are done, well or not; `null` when there are none. */
  underWay(): Promise<unknown> | null {
    return this.#writes.size === 0 ? null : Promise.all(this.#writes)
  }
}
