import { matches, sorted } from '../query/naive.js'

export interface Item {
  id: string | number
  a?: unknown
  b?: unknown
  u?: unknown
}

/** An operation of a persistence, as data. */
export type Op =
  | { readonly op: 'create' | 'set' | 'update'; readonly item: Item }
  | { readonly op: 'createMany'; readonly items: readonly Item[] }
  | { readonly op: 'updatePartially'; readonly id: Item['id']; readonly data: Partial<Item> }
  | { readonly op: 'deleteById'; readonly id: Item['id'] }
  | { readonly op: 'deleteByIds'; readonly ids: readonly Item['id'][] }
  | { readonly op: 'deleteByFilter'; readonly filter: object }
  | { readonly op: 'clear' | 'save' }

/** What came of an operation: its answer, or the code of its error. */
export type Outcome = { readonly value: unknown } | { readonly code: string }

/** Every operation on a plain array, in the plainest way: what the engine is measured against. */
export class PlainModel {
  items: Item[] = []
  readonly #unique: readonly (keyof Item)[] | null

  /** @param unique  fields of the unique index, if there is one */
  constructor(unique: readonly (keyof Item)[] | null) {
    this.#unique = unique
  }

  /** Whether the operation would write: what a saver is asked for. */
  writes(op: Op): boolean {
    const copy = this.clone()
    const outcome = copy.run(op)
    if ('code' in outcome) return false
    switch (op.op) {
      case 'clear':
      case 'save':
        return true
      case 'update':
      case 'updatePartially':
        return outcome.value !== null
      case 'createMany':
        return op.items.length > 0
      case 'create':
      case 'set':
        return true
      default:
        return copy.items.length !== this.items.length
    }
  }

  clone(): PlainModel {
    const copy = new PlainModel(this.#unique)
    copy.items = [...this.items]
    return copy
  }

  run(op: Op): Outcome {
    const before = this.items
    const outcome = this.#run(op)
    // All or nothing.
    if ('code' in outcome) this.items = before
    return outcome
  }

  #run(op: Op): Outcome {
    switch (op.op) {
      case 'create':
        return this.#create(op.item)
      case 'createMany': {
        for (const item of op.items) {
          const outcome = this.#create(item)
          if ('code' in outcome) return outcome
        }
        return { value: op.items }
      }
      case 'set':
        return this.#at(op.item.id) < 0 ? this.#create(op.item) : this.#replace(op.item)
      case 'update':
        return this.#at(op.item.id) < 0 ? { value: null } : this.#replace(op.item)
      case 'updatePartially': {
        const stored = this.items[this.#at(op.id)]
        return stored === undefined ? { value: null } : this.#replace({ ...stored, ...op.data, id: op.id })
      }
      case 'deleteById': {
        const stored = this.items[this.#at(op.id)]
        this.items = this.items.filter((item) => item !== stored)
        return { value: stored ?? null }
      }
      case 'deleteByIds':
        this.items = this.items.filter((item) => !op.ids.includes(item.id))
        return { value: undefined }
      case 'deleteByFilter':
        this.items = this.items.filter((item) => !matches(item, op.filter))
        return { value: undefined }
      case 'clear':
        this.items = []
        return { value: undefined }
      case 'save':
        return { value: undefined }
    }
  }

  /** Whether `item` has the unique key of another item. */
  clashes(item: Item): boolean {
    const unique = this.#unique
    if (unique === null || unique.some((field) => item[field] === undefined || item[field] === null))
      return false
    return this.items.some(
      (other) => other.id !== item.id && unique.every((field) => other[field] === item[field]),
    )
  }

  list(filter: object, keys: readonly [string, 1 | -1][] | null): Item[] {
    const found = this.items.filter((item) => matches(item, filter))
    return keys === null ? found : sorted(found, keys)
  }

  #at(id: Item['id']): number {
    return this.items.findIndex((item) => item.id === id)
  }

  #create(item: Item): Outcome {
    if (this.#at(item.id) >= 0) return { code: 'DUPLICATE_ID' }
    if (this.clashes(item)) return { code: 'DUPLICATE_KEY' }
    this.items = [...this.items, { ...item }]
    return { value: item }
  }

  #replace(item: Item): Outcome {
    if (this.clashes(item)) return { code: 'DUPLICATE_KEY' }
    this.items = this.items.with(this.#at(item.id), { ...item })
    return { value: item }
  }
}
