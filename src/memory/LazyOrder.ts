import { SortedList } from './SortedList.js'

/**
 * Entries in order, brought up to date when the order is asked for. Writes only note what they add and forget: most
 * are never asked for in order, and sorting many entries at once costs a fraction of finding the place of each.
 */
export class LazyOrder<E> {
  readonly #compare: (a: E, b: E) => number
  readonly #sort: (entries: E[]) => E[]
  readonly #lives: (entry: E) => boolean
  #list: SortedList<E>
  /** New entries that are not in the list yet. */
  #added: E[] = []
  /** At most so many entries of the list are no longer alive. */
  #dead = 0

  /**
   * @param sort  sorts many entries, in place or not
   * @param lives  whether an entry was added and not forgotten since
   */
  constructor(compare: (a: E, b: E) => number, sort: (entries: E[]) => E[], lives: (entry: E) => boolean) {
    this.#compare = compare
    this.#sort = sort
    this.#lives = lives
    this.#list = new SortedList(compare)
  }

  /** Notes an entry that came to life. */
  add(entry: E): void {
    this.#added.push(entry)
  }

  /** Notes that an entry died. */
  forget(): void {
    this.#dead++
  }

  /** Takes these entries for all; some may be there twice, or dead. */
  reset(entries: E[]): void {
    const sorted = this.#sort(entries)
    const living = sorted.filter(
      (entry, i) => (i === 0 || this.#compare(sorted[i - 1]!, entry) !== 0) && this.#lives(entry),
    )
    this.#list = new SortedList(this.#compare, living)
    this.#added = []
    this.#dead = 0
  }

  /** The living entries in order, and dead ones among them: whoever walks passes those over. */
  get list(): SortedList<E> {
    const list = this.#list
    if (this.#added.length > list.length / 64 || this.#dead > list.length / 2) {
      const entries = this.#added
      list.ascend(null, (entry) => entries.push(entry) > 0)
      this.reset(entries)
    } else if (this.#added.length > 0) {
      for (const entry of this.#added) list.insert(entry)
      this.#added = []
    }
    return this.#list
  }
}

/** Sorts texts and numbers by the engine's own sorts, many times faster than one that calls back. */
export function sortScalars<E>(entries: E[], compare: (a: E, b: E) => number): E[] {
  if (entries.every((entry) => typeof entry === 'string' && !ORDER_DIFFERS.test(entry))) return entries.sort()
  if (entries.every((entry) => typeof entry === 'number' && !Number.isNaN(entry))) {
    return Array.from(Float64Array.from(entries as number[]).sort()) as E[]
  }
  return entries.sort(compare)
}

/** Only from here on does the order of UTF-16 units, which the engine sorts by, differ from that of code points. */
const ORDER_DIFFERS = /[\ud800-\uffff]/
