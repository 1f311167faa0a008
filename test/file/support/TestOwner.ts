import type { Batch, Change } from '../../../src/contract/Change.js'
import type { ChangeLogOwner, ItemsSince } from '../../../src/contract/ChangeLog.js'
import type { Disk } from '../../../src/file/Disk.js'
import { FileEngine } from '../../../src/file/FileEngine.js'
import { DEFAULT_FILE_OPTIONS, type FileOptions } from '../../../src/file/FileOptions.js'
import { Since } from './Since.js'

export interface Item {
  id: string
  v?: unknown
}

/** The least that a change log needs above it: a list that holds what was acknowledged. */
export class TestOwner implements ChangeLogOwner<Item> {
  list: Item[] = []
  readonly warnings: string[] = []
  readonly #since = new Since<Item>()
  readonly log: FileEngine<Item>

  constructor(disk: Disk, path: string, options: Partial<FileOptions> = {}) {
    this.log = new FileEngine(disk, path, { ...DEFAULT_FILE_OPTIONS, ...options }, this)
  }

  items(): Item[] {
    return [...this.list]
  }

  itemsSince(): ItemsSince<Item> {
    return this.#since.of(this.items())
  }

  warn(message: string): void {
    this.warnings.push(message)
  }

  async open(): Promise<this> {
    this.list = await this.log.open(null)
    return this
  }

  put(id: string, v?: unknown): Promise<void> {
    const item = v === undefined ? { id } : { id, v }
    return this.batch([{ op: 'put', id, item }])
  }

  delete(id: string): Promise<void> {
    return this.batch([{ op: 'delete', id }])
  }

  batch(batch: Batch<Item>): Promise<void> {
    return new Promise((resolve, reject) => {
      this.log.append('trace', batch, (error) => {
        if (error !== null) return reject(error)
        this.list = applied(this.list, batch)
        resolve()
      })
    })
  }

  close(): Promise<void> {
    return this.log.close(null)
  }

  ids(): string {
    return this.list.map(({ id }) => id).join('')
  }
}

/** What a batch does to a list, said as plainly as possible. */
export function applied<T extends { id?: unknown }>(items: readonly T[], batch: Batch<T>): T[] {
  let list: { item: T; at: number }[] = items.map((item, at) => ({ item, at }))
  for (const change of batch) list = appliedOne(list, change)
  return list.map(({ item }) => item)
}

function appliedOne<T extends { id?: unknown }>(list: { item: T; at: number }[], change: Change<T>) {
  if (change.op === 'clear') return []
  if (change.op === 'deleteAt') return list.filter(({ at }) => !change.positions.includes(at))
  const index = list.findIndex(({ item }) => change.op === 'delete' && item.id === change.id)
  if (change.op === 'delete') return list.filter((_, i) => i !== index)
  const found = change.id === null ? -1 : list.findIndex(({ item }) => item.id === change.id)
  const entry = { item: change.item, at: found === -1 ? -1 : list[found]!.at }
  return found === -1 ? [...list, entry] : list.map((it, i) => (i === found ? entry : it))
}

export async function reopened(disk: Disk, path: string, options: Partial<FileOptions> = {}) {
  return new TestOwner(disk, path, options).open()
}

/** The ids that an opening finds, or its code. */
export async function found(disk: Disk, path: string): Promise<string> {
  return reopened(disk, path).then(
    (owner) => owner.ids(),
    (error) => error.code as string,
  )
}

/** The code that a promise rejects with; fails when it resolves. */
export async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise
  } catch (error) {
    return (error as { code: string }).code
  }
  throw new Error('it did not reject')
}
