import { BACKSLASH, BRACE, BRACE_END, BRACKET, BRACKET_END, COMMA, QUOTE } from './jsonBytes.js'

/** Where the items of an array end within a buffer. */
export interface ItemCut {
  /** Offset of the last comma between items; -1 when there is none. */
  readonly cut: number
  /** Whether the bracket that ends the array was met, and where. */
  readonly ended: boolean
  readonly end: number
  /** What ended it is no bracket but a brace that nothing opened. */
  readonly broken: boolean
}

/**
 * Finds the boundaries of the items of a JSON array in bytes, without parsing them: it follows strings and brackets only.
 * Bytes past 0x7f never look like those, so UTF-8 needs no decoding. It remembers where it stopped, so that an item
 * longer than the buffer is looked at once.
 */
export class ItemScanner {
  #at = 0
  #depth = 0
  #inString = false
  #cut = -1
  #deepest = 0

  /** The most brackets that were open at the same time. */
  get deepest(): number {
    return this.#deepest
  }

  /** Goes on in `buffer` up to `to`; items begin at `from`. */
  find(buffer: Buffer, from: number, to: number): ItemCut {
    let at = Math.max(this.#at, from)
    let depth = this.#depth
    let deepest = this.#deepest
    let cut = this.#cut
    let end = -1
    scan: while (at < to) {
      if (this.#inString) {
        at = endOfString(buffer, at, to)
        if (at >= to) break
        this.#inString = false
        at++
        continue
      }
      switch (buffer[at]) {
        case QUOTE:
          this.#inString = true
          break
        case BRACKET:
        case BRACE:
          if (++depth > deepest) deepest = depth
          break
        case BRACKET_END:
          if (depth === 0) {
            end = at
            break scan
          }
          depth--
          break
        case BRACE_END:
          if (depth === 0) {
            end = at
            break scan
          }
          depth--
          break
        case COMMA:
          if (depth === 0) cut = at
          break
      }
      at++
    }
    this.#at = at
    this.#depth = depth
    this.#deepest = deepest
    this.#cut = cut
    return { cut, ended: end !== -1, end, broken: end !== -1 && buffer[end] !== BRACKET_END }
  }

  /** The bytes before `start` have left the buffer. */
  rebase(start: number): void {
    this.#at = Math.max(0, this.#at - start)
    this.#cut = this.#cut >= start ? this.#cut - start : -1
  }
}

/**
 * Offset of the quote that ends the string, or `to` or past it when it is not in the buffer. An escape at the very end
 * leaves the offset one past `to`, so that the escaped byte is passed over when it arrives.
 */
function endOfString(buffer: Buffer, from: number, to: number): number {
  let at = from
  while (at < to) {
    const byte = buffer[at]
    if (byte === QUOTE) return at
    at += byte === BACKSLASH ? 2 : 1
  }
  return at
}
