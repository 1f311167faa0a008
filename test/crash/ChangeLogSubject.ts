import type { Batch } from '../../src/contract/Change.js'
import type { ChangeLog, ChangeLogOwner } from '../../src/contract/ChangeLog.js'
import { FileEngine } from '../../src/file/FileEngine.js'
import { DEFAULT_FILE_OPTIONS, type FileOptions } from '../../src/file/FileOptions.js'
import { Since } from '../file/support/Since.js'
import type { Item, OpenSubject, Subject } from './Subject.js'
import { after } from './Subject.js'

/**
 * The least component that a change log can serve: a list, and batches made against what is asked for but not yet
 * acknowledged.
 */
export class ChangeLogSubject implements Subject {
  readonly keepsEdits = false
  readonly warnings: string[] = []
  readonly #since = new Since<Item>()
  #log!: ChangeLog<Item>
  #acknowledged: Item[] = []
  #newest: Item[] = []

  async open(log: ChangeLog<Item>): Promise<this> {
    this.#log = log
    this.#acknowledged = await log.open(null)
    this.#newest = this.#acknowledged
    return this
  }

  create(item: Item) {
    return this.#append(after(this.#newest, { kind: 'create', item }), [{ op: 'put', id: item.id, item }])
  }

  update(item: Item) {
    if (!this.#has(item.id)) return Promise.resolve()
    return this.#append(after(this.#newest, { kind: 'update', item }), [{ op: 'put', id: item.id, item }])
  }

  updatePartially(id: string, data: Partial<Item>) {
    if (!this.#has(id)) return Promise.resolve()
    const next = after(this.#newest, { kind: 'updatePartially', id, data })
    return this.#append(next, [{ op: 'put', id, item: next.find((item) => item.id === id)! }])
  }

  delete(id: string) {
    if (!this.#has(id)) return Promise.resolve()
    return this.#append(after(this.#newest, { kind: 'delete', id }), [{ op: 'delete', id }])
  }

  createMany(items: Item[]) {
    const next = after(this.#newest, { kind: 'createMany', items })
    return this.#append(
      next,
      items.map((item) => ({ op: 'put', id: item.id, item })),
    )
  }

  async save(items: Item[]) {
    this.#newest = items
    try {
      await this.#log.save(null, items)
      this.#acknowledged = items
    } catch (error) {
      this.#newest = this.#acknowledged
      throw error
    }
  }

  checkpoint(item: Item) {
    return this.create(item)
  }

  flush() {
    return this.#log.flush(null)
  }

  close() {
    return this.#log.close(null)
  }

  async items() {
    return this.#acknowledged
  }

  warn(message: string): void {
    this.warnings.push(message)
  }

  // ChangeLogOwner: a copy of the acknowledged items, under the name that the interface gives it.
  readonly owner: ChangeLogOwner<Item> = {
    items: () => [...this.#acknowledged],
    itemsSince: () => this.#since.of([...this.#acknowledged]),
    warn: (message) => this.warn(message),
  }

  #has(id: string): boolean {
    return this.#newest.some((item) => item.id === id)
  }

  #append(next: Item[], batch: Batch<Item>): Promise<void> {
    this.#newest = next
    return new Promise((resolve, reject) => {
      this.#log.append(null, batch, (error) => {
        if (error === null) {
          this.#acknowledged = next
          resolve()
        } else {
          this.#newest = this.#acknowledged
          reject(error)
        }
      })
    })
  }
}

/** Opens the file engine itself, with options as in `FileOptions`. Folds are due early, so that there are some. */
export function engineWith(options: Partial<FileOptions> = {}): OpenSubject {
  return (disk, path) => {
    const subject = new ChangeLogSubject()
    const all: FileOptions = { ...DEFAULT_FILE_OPTIONS, checkpointSize: 1, ...options }
    return subject.open(new FileEngine<Item>(disk, path, all, subject.owner))
  }
}
