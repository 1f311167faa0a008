/** Longest piece; a piece that grows past it is cut in two. Larger: cheaper walks, dearer inserts. */
const MAX_PIECE = 512

/**
 * A sorted list in pieces: inserting and deleting move at most one piece, so both stay cheap at a million entries.
 * (The idea is that of a B+ tree with one level of leaves.) Entries that compare equal are the same entry.
 */
export class SortedList<E> {
  readonly #compare: (a: E, b: E) => number
  #pieces: E[][] = []
  #length: number

  /** @param sorted  entries in order; the array is not kept */
  constructor(compare: (a: E, b: E) => number, sorted: readonly E[] = []) {
    this.#compare = compare
    this.#length = sorted.length
    // Pieces are left with room, so that the next inserts do not cut each of them.
    const size = sorted.length <= MAX_PIECE ? MAX_PIECE : MAX_PIECE * 0.75
    for (let from = 0; from < sorted.length; from += size) this.#pieces.push(sorted.slice(from, from + size))
  }

  get length(): number {
    return this.#length
  }

  get last(): E | undefined {
    const piece = this.#pieces[this.#pieces.length - 1]
    return piece?.[piece.length - 1]
  }

  /** Adds an entry in its place; false when it is there already. */
  insert(entry: E): boolean {
    const pieces = this.#pieces
    const last = this.last
    // Most new entries (times, new ids) go to the end.
    if (last === undefined || this.#compare(last, entry) < 0) {
      const tail = pieces[pieces.length - 1]
      // The full tail is left full: entries that come in order fill the next one.
      if (tail === undefined || tail.length === MAX_PIECE) pieces.push([entry])
      else tail.push(entry)
    } else {
      const at = this.#pieceOf(entry)
      const piece = pieces[at]!
      const index = this.#indexIn(piece, entry)
      if (this.#compare(piece[index]!, entry) === 0) return false
      piece.splice(index, 0, entry)
      if (piece.length > MAX_PIECE) pieces.splice(at + 1, 0, piece.splice(MAX_PIECE >>> 1))
    }
    this.#length++
    return true
  }

  /** Takes an entry out; false when it is not there. */
  delete(entry: E): boolean {
    const at = this.#pieceOf(entry)
    const piece = this.#pieces[at]
    if (piece === undefined) return false
    const index = this.#indexIn(piece, entry)
    if (this.#compare(piece[index]!, entry) !== 0) return false
    piece.splice(index, 1)
    if (piece.length === 0) this.#pieces.splice(at, 1)
    this.#length--
    return true
  }

  /** Takes many entries out in one pass; `entries` are in order. Those that are not there are passed over. */
  deleteAll(entries: ArrayLike<E>): void {
    let next = 0
    this.#length = 0
    for (const piece of this.#pieces) {
      let kept = 0
      for (const entry of piece) {
        while (next < entries.length && this.#compare(entries[next]!, entry) < 0) next++
        if (next < entries.length && this.#compare(entries[next]!, entry) === 0) next++
        else piece[kept++] = entry
      }
      piece.length = kept
      this.#length += kept
    }
    this.#pieces = this.#pieces.filter((piece) => piece.length > 0)
  }

  /**
   * Calls `visit` with each entry in order until it returns false. Starts at the first entry for which `below` is
   * false (`null`: the first); `below` must be true for a run at the start and false from there on.
   */
  ascend(below: ((entry: E) => boolean) | null, visit: (entry: E) => boolean): void {
    const pieces = this.#pieces
    let at = below === null ? 0 : firstWhere(pieces, (piece) => !below(piece[piece.length - 1]!))
    let index = below === null || at === pieces.length ? 0 : firstWhere(pieces[at]!, (entry) => !below(entry))
    for (; at < pieces.length; at++, index = 0) {
      const piece = pieces[at]!
      for (; index < piece.length; index++) if (!visit(piece[index]!)) return
    }
  }

  /**
   * Calls `visit` with each entry in reverse order until it returns false. Starts at the last entry for which `above`
   * is false (`null`: the last); `above` must be false for a run at the start and true from there on.
   */
  descend(above: ((entry: E) => boolean) | null, visit: (entry: E) => boolean): void {
    const pieces = this.#pieces
    let at = above === null ? pieces.length - 1 : firstWhere(pieces, (piece) => above(piece[0]!)) - 1
    let end = above === null || at < 0 ? -1 : firstWhere(pieces[at]!, above)
    for (; at >= 0; at--, end = -1) {
      const piece = pieces[at]!
      for (let index = (end < 0 ? piece.length : end) - 1; index >= 0; index--)
        if (!visit(piece[index]!)) return
    }
  }

  /** Puts `change(entry)` in the place of every entry; the order of entries must stay what it was. */
  rewrite(change: (entry: E) => E): void {
    for (const piece of this.#pieces) for (let i = 0; i < piece.length; i++) piece[i] = change(piece[i]!)
  }

  /** The first piece whose last entry is not below `entry`; past the end when there is none. */
  #pieceOf(entry: E): number {
    const pieces = this.#pieces
    let low = 0
    let high = pieces.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const piece = pieces[middle]!
      if (this.#compare(piece[piece.length - 1]!, entry) < 0) low = middle + 1
      else high = middle
    }
    return low
  }

  /** Index of the first entry that is not below `entry`. */
  #indexIn(piece: readonly E[], entry: E): number {
    let low = 0
    let high = piece.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#compare(piece[middle]!, entry) < 0) low = middle + 1
      else high = middle
    }
    return low
  }
}

/** Index of the first value that passes `test`, the length when none does; the values that pass are a run at the end. */
function firstWhere<V>(values: readonly V[], test: (value: V) => boolean): number {
  let low = 0
  let high = values.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (test(values[middle]!)) high = middle
    else low = middle + 1
  }
  return low
}
