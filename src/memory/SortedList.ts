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

  /**
   * Calls `visit` with each entry in order until it returns false. Starts at the first entry for which `below` is
   * false (`null`: the first); `below` must be true for a run at the start and false from there on.
   */
  ascend(below: ((entry: E) => boolean) | null, visit: (entry: E) => boolean): void {
    const pieces = this.#pieces
    let at = 0
    let index = 0
    if (below !== null) {
      at = firstWhere(pieces.length, (i) => !below(pieces[i]![pieces[i]!.length - 1]!))
      if (at === pieces.length) return
      const piece = pieces[at]!
      index = firstWhere(piece.length, (i) => !below(piece[i]!))
    }
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
    let at = pieces.length - 1
    let end = pieces[at]?.length ?? 0
    if (above !== null) {
      at = firstWhere(pieces.length, (i) => above(pieces[i]![0]!)) - 1
      if (at < 0) return
      const piece = pieces[at]!
      end = firstWhere(piece.length, (i) => above(piece[i]!))
    }
    for (; at >= 0; end = pieces[--at]?.length ?? 0) {
      const piece = pieces[at]!
      for (let index = end - 1; index >= 0; index--) if (!visit(piece[index]!)) return
    }
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

/** The first of so many places that passes `test`, their number when none does; those that pass are a run at the end. */
export function firstWhere(count: number, test: (index: number) => boolean): number {
  let low = 0
  let high = count
  while (low < high) {
    const middle = (low + high) >>> 1
    if (test(middle)) high = middle
    else low = middle + 1
  }
  return low
}
