import type { ItemsSince } from '../../../src/contract/ChangeLog.js'

/** Answers as `ChangeLogOwner.itemsSince` does, by comparing objects. */
export class Since<T> {
  #last: readonly T[] = []

  of(items: readonly T[]): ItemsSince<T> {
    let highest = -1
    const positions = Int32Array.from(items, (item) => {
      const at = this.#last.indexOf(item)
      if (at <= highest) return -1
      highest = at
      return at
    })
    this.#last = items
    return { items, positions }
  }
}
