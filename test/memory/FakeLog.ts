import type { Batch } from '../../src/contract/Change.js'
import {
  CHANGE_LOG,
  type ChangeLog,
  type ChangeLogOwner,
  type ChangeLogSource,
} from '../../src/contract/ChangeLog.js'
import type { ILoader } from '../../src/contract/ILoader.js'
import type { ISaver } from '../../src/contract/ISaver.js'

/** What a disk that refuses is to the component. */
export class DiskError extends Error {
  readonly code = 'STORE_FAILED'
}

interface Waiting<T> {
  readonly kind: 'batch' | 'save'
  readonly next: (disk: readonly T[]) => T[]
  readonly done: (error: Error | null) => void
}

/**
 * A change log in memory that acknowledges when the test says so, and refuses when the test says so. `disk` is what a
 * file would hold; whenever a batch was acknowledged, the component must show exactly that (`mismatch` tells).
 */
export class FakeLog<T extends { id?: unknown }>
  implements ILoader<T>, ISaver<T>, ChangeLogSource<T>, ChangeLog<T>
{
  disk: T[]
  readonly recovery = null
  batches = 0
  saves = 0
  opened = false
  /** First place where the component showed something else than what was acknowledged; `null`: none. */
  mismatch: { shown: T[]; disk: T[] } | null = null
  /** Acknowledges everything at the end of the run in which it came. */
  automatic = false
  /** Whether the next one is refused, asked for each batch and save in automatic mode. */
  refuses: () => boolean = () => false
  #waiting: Waiting<T>[] = []
  #owner: ChangeLogOwner<T> | null = null
  #scheduled = false
  /** Look whether the component shows what is on the disk; off where direct edits make them differ. */
  readonly #strict: boolean

  constructor(disk: T[] = [], strict = true) {
    this.disk = disk
    this.#strict = strict
  }

  [CHANGE_LOG](owner: ChangeLogOwner<T>): ChangeLog<T> {
    this.#owner = owner
    return this
  }

  async load(): Promise<T[]> {
    return structuredClone(this.disk)
  }

  async open(): Promise<T[]> {
    this.opened = true
    return structuredClone(this.disk)
  }

  async close(): Promise<void> {
    if (this.#waiting.length > 0) throw new Error('closed while batches wait')
    this.opened = false
  }

  async flush(): Promise<void> {}

  async backup(): Promise<void> {}

  get waiting(): number {
    return this.#waiting.length
  }

  append(_context: unknown, batch: Batch<T>, done: (error: Error | null) => void): void {
    // As text would be: what the component does to its objects later cannot change it.
    const kept = structuredClone(batch)
    this.batches++
    this.#enqueue({ kind: 'batch', next: (disk) => replay(disk, kept), done })
  }

  save(_context: unknown, items: readonly T[]): Promise<void> {
    const kept = structuredClone([...items])
    this.saves++
    return new Promise((resolve, reject) => {
      this.#enqueue({
        kind: 'save',
        next: () => kept,
        done: (error) => (error === null ? resolve() : reject(error)),
      })
    })
  }

  /** Acknowledges the oldest `count`. */
  acknowledge(count = Number.POSITIVE_INFINITY): void {
    for (let i = 0; i < count && this.#waiting.length > 0; i++) {
      const { kind, next, done } = this.#waiting.shift()!
      this.disk = next(this.disk)
      done(null)
      if (kind === 'batch') this.#compare()
    }
  }

  /** Refuses the oldest and, as the contract says, all behind it. */
  refuse(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const { done } of waiting) done(new DiskError('The disk refused.'))
  }

  #enqueue(one: Waiting<T>): void {
    this.#waiting.push(one)
    if (!this.automatic || this.#scheduled) return
    this.#scheduled = true
    queueMicrotask(() => {
      this.#scheduled = false
      while (this.#waiting.length > 0) {
        if (this.refuses()) this.refuse()
        else this.acknowledge(1)
      }
    })
  }

  #compare(): void {
    if (!this.#strict || this.mismatch !== null) return
    const shown = this.#owner?.items() ?? []
    if (JSON.stringify(shown) !== JSON.stringify(this.disk)) {
      this.mismatch = { shown: structuredClone(shown), disk: this.disk }
    }
  }
}

/** The list after a batch, as the contract of `Change` says. */
export function replay<T extends { id?: unknown }>(disk: readonly T[], batch: Batch<T>): T[] {
  let items = [...disk]
  // Positions name places in the list as it was before the batch.
  const positions = batch.flatMap((change) => (change.op === 'deleteAt' ? change.positions : []))
  if (positions.length > 0) items = items.filter((_, position) => !positions.includes(position))
  for (const change of batch) {
    if (change.op === 'clear') items = []
    else if (change.op === 'delete') {
      const at = items.findIndex((item) => item.id === change.id)
      if (at >= 0) items.splice(at, 1)
    } else if (change.op === 'put') {
      const at = change.id === null ? -1 : items.findIndex((item) => item.id === change.id)
      if (at < 0) items.push(change.item)
      else items[at] = change.item
    }
  }
  return items
}
