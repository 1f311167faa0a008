import { expect } from 'vitest'
import { ALL, type Store } from '../../src/contract/Store.js'

type Item = { id: string } & Record<string, unknown>

/** Callers that write to a store, read what they wrote, and remember what they were told. */
export class Load {
  /** Writes that resolved: the value last acknowledged, by id. */
  readonly acknowledged = new Map<string, number>()
  /** Inserts that were refused with a code that promises nothing was stored. */
  readonly #refused = new Set<string>()
  /** Ids about which an OUTCOME_UNKNOWN leaves a doubt. */
  readonly #doubtful = new Set<string>()
  readonly codes: string[] = []
  #successes = 0
  #ended = false
  readonly #callers: Promise<void>[]

  constructor(store: Store<Item, string>, callers: number) {
    this.#callers = Array.from({ length: callers }, (_, caller) => this.#write(store, caller))
  }

  async #write(store: Store<Item, string>, caller: number): Promise<void> {
    for (let i = 0; !this.#ended; i++) {
      const id = `${caller}-${i}`
      try {
        await store.insert(null, [{ id, n: 0 }])
        this.acknowledged.set(id, 0)
        this.#successes++
        await store.merge(null, id, { n: 1 })
        this.acknowledged.set(id, 1)
        expect(await store.getOneById(null, id)).toEqual({ id, n: 1 })
      } catch (error) {
        const code = (error as { code?: string }).code ?? String(error)
        this.codes.push(code)
        if (code === 'OUTCOME_UNKNOWN') this.#doubtful.add(id)
        else if (code === 'CONNECT_FAILED') this.#refused.add(id)
        // Anything else, DUPLICATE_ID among them, would be a write that was done twice or lost.
        else throw error
      }
    }
  }

  runFor(ms: number): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, ms))
  }

  /** Resolves with the first write that is acknowledged from now on. */
  async nextSuccess(): Promise<void> {
    const before = this.#successes
    const failed = Promise.race(this.#callers.map((caller) => caller.then(() => {})))
    for (let i = 0; this.#successes === before; i++) {
      if (i > 4000)
        throw new Error(`no write has succeeded for 20 s; codes so far: ${[...new Set(this.codes)]}`)
      await Promise.race([failed, this.runFor(5)])
    }
  }

  async end(): Promise<void> {
    this.#ended = true
    await Promise.all(this.#callers)
  }

  /** What was acknowledged is there as it was acknowledged, what was refused is not. */
  async check(store: Store<Item, string>): Promise<void> {
    const items = await store.find(null, {
      filter: ALL,
      sort: null,
      select: null,
      skip: 0,
      take: null,
      after: null,
    })
    const stored = new Map(items.map(({ id, n }) => [id, n as number]))
    expect(stored.size).toBe(items.length)
    for (const [id, n] of this.acknowledged) {
      if (this.#doubtful.has(id)) expect([n, 1]).toContain(stored.get(id))
      else expect(stored.get(id), id).toBe(n)
    }
    for (const id of stored.keys()) expect(this.acknowledged.has(id) || this.#doubtful.has(id), id).toBe(true)
    for (const id of this.#refused) if (!this.acknowledged.has(id)) expect(stored.has(id), id).toBe(false)
  }
}
