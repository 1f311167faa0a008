import { SortedList } from './SortedList.js'

/**
 * The living entries of somebody else in order, brought up to date when the order is asked for. A few changes since then
 * are noted and laid in; after many the order is forgotten and made anew, since sorting many entries at once costs a
 * fraction of finding the place of each. Whatever is written in between, what is noted stays small.
 */
export class LazyOrder<E> {
  readonly #compare: (a: E, b: E) => number
  readonly #sorted: () => readonly E[]
  /** `null`: to be made anew. */
  #list: SortedList<E> | null = null
  /** New entries that are not in the list yet. */
  #added: E[] = []
  /** At most so many entries of the list are no longer alive. */
  #dead = 0

  /** @param sorted  all living entries in order, each once */
  constructor(compare: (a: E, b: E) => number, sorted: () => readonly E[]) {
    this.#compare = compare
    this.#sorted = sorted
  }

  /** Notes an entry that came to life. */
  add(entry: E): void {
    if (this.#list === null) return
    if (this.#added.push(entry) > Math.max(1, this.#list.length / 64)) this.reset()
  }

  /** Notes that an entry died. */
  forget(): void {
    if (this.#list !== null && ++this.#dead > this.#list.length / 2) this.reset()
  }

  /** Forgets the order: anything may have changed. */
  reset(): void {
    this.#list = null
    this.#added = []
    this.#dead = 0
  }

  /** The living entries in order, and dead ones among them: whoever walks passes those over. */
  get list(): SortedList<E> {
    this.#list ??= new SortedList(this.#compare, this.#sorted())
    for (const entry of this.#added) this.#list.insert(entry)
    this.#added = []
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
