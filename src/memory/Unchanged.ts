import type { ItemsSince } from '../contract/ChangeLog.js'
import type { Slot } from './Slot.js'

/**
 * Which items are the same as when all were handed out last, and where each stood then: whoever made something of those
 * that were handed out, as a checkpoint makes lines of a file, can use it again.
 */
export class Unchanged<T> {
  /** By slot; -1 for an item that was put there since, and so is any past the end. */
  #positions = new Int32Array(0)

  /** Another item stands in that place now, or none; not needed for a place past all others. */
  forget(slot: Slot): void {
    if (slot < this.#positions.length) this.#positions[slot] = -1
  }

  /** The empty places go, and the others move together. To be called before they do. */
  compact(places: readonly (T | undefined)[]): void {
    const positions = this.#positions
    let next = 0
    for (let slot = 0; slot < positions.length; slot++)
      if (places[slot] !== undefined) positions[next++] = positions[slot]!
    this.#positions = positions.slice(0, next)
  }

  /** The items, and for each where it stood the last time; -1 for those that did not. */
  handOut(places: readonly (T | undefined)[]): ItemsSince<T> {
    const before = this.#positions
    const now = new Int32Array(places.length)
    const positions = new Int32Array(places.length)
    const items: T[] = []
    // A plain loop: a checkpoint of a large store waits for this in one go.
    for (let slot = 0; slot < places.length; slot++) {
      const item = places[slot]
      if (item === undefined) {
        now[slot] = -1
        continue
      }
      positions[items.length] = slot < before.length ? before[slot]! : -1
      now[slot] = items.length
      items.push(item)
    }
    this.#positions = now
    return { items, positions: positions.subarray(0, items.length) }
  }
}
