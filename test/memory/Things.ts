import type { IndexFields, IndexOptions } from '../../src/core/indexDefinition.js'
import { IdentifiableMemoryPersistence } from '../../src/memory/IdentifiableMemoryPersistence.js'
import type { Item, Op, Outcome } from './PlainModel.js'

/** A persistence whose insides the tests may reach into, as a subclass may. */
export class Things extends IdentifiableMemoryPersistence<Item, Item['id']> {
  get items(): Item[] {
    return this._items
  }

  set items(items: Item[]) {
    this._items = items
  }

  /** What a field that a subclass declares again does when it is compiled to ES2022: an own property in the accessor's way. */
  redeclare(items: Item[]): void {
    Object.defineProperty(this, '_items', {
      value: items,
      writable: true,
      enumerable: true,
      configurable: true,
    })
  }

  run(op: Op): Promise<unknown> {
    switch (op.op) {
      case 'create':
        return this.create(null, op.item)
      case 'createMany':
        return this.createMany(null, op.items)
      case 'set':
        return this.set(null, op.item)
      case 'update':
        return this.update(null, op.item)
      case 'updatePartially':
        return this.updatePartially(null, op.id, op.data)
      case 'deleteById':
        return this.deleteById(null, op.id)
      case 'deleteByIds':
        return this.deleteByIds(null, op.ids)
      case 'deleteByFilter':
        return this.deleteByFilter(null, op.filter)
      case 'clear':
        return this.clear(null)
      case 'save':
        return this.save(null)
    }
  }
}

/** The answer, or the code of the error; an error without a code is thrown on. */
export function outcomeOf(answer: Promise<unknown>): Promise<Outcome> {
  return answer.then(
    (value) => ({ value }),
    (error: { code?: string }) => {
      if (typeof error.code !== 'string') throw error
      return { code: error.code }
    },
  )
}

/** Sets of indexes to run the same steps with. */
export interface IndexSet {
  readonly indexes: readonly (readonly [IndexFields, IndexOptions?])[]
  readonly unique: readonly (keyof Item)[] | null
}

export const INDEX_SETS: readonly IndexSet[] = [
  { indexes: [], unique: null },
  { indexes: [[{ a: 1 }]], unique: null },
  { indexes: [[{ a: 1 }], [{ b: -1 }], [{ a: 1, b: -1 }]], unique: null },
  { indexes: [[{ u: 1 }, { unique: true }], [{ a: -1, b: -1 }]], unique: ['u'] },
  { indexes: [[{ a: 1, u: 1 }, { unique: true }], [{ u: 1 }]], unique: ['a', 'u'] },
]
