import { isUtf8 } from 'node:buffer'
import { isTooDeep } from './depth.js'
import { itemBehind } from './itemBehind.js'
import { BRACE, BRACKET, BRACKET_END, COMMA, LINE_FEED, markLength, QUOTE, skipSpace } from './jsonBytes.js'
import { jsonValueAt } from './jsonErrorAt.js'
import type { Layout } from './layoutOf.js'

/** A stretch of bytes that was left out. */
export interface Lost {
  readonly from: number
  readonly to: number
}

/**
 * Takes the items out of text that is not what it should be, one after the other, and notes what lies between them. An
 * item is taken when it is whole as it stands; where one is not, it goes on with the next line that begins one, and where
 * lines tell nothing, with what can be told from the end of the array backwards.
 */
export class LooseItems {
  readonly items: unknown[] = []
  readonly lost: Lost[] = []
  /** Items that stand behind the end of an array, and where the first of them begins. */
  behindEnd = 0
  firstBehindEnd = -1
  readonly #bytes: Buffer
  readonly #layout: Layout
  #ended = false
  #arrays: boolean
  /** What stands next is behind a comma or a bracket, or begins a line: it is no rest of the item before. */
  #apart: boolean

  /**
   * @param from    0 for a file from its beginning; else the offset behind an item
   * @param arrays  whether items before are arrays
   */
  constructor(bytes: Buffer, from: number, layout: Layout, arrays: boolean) {
    this.#bytes = bytes
    this.#arrays = arrays
    this.#layout = layout
    this.#apart = from === 0
    let at = from === 0 ? this.#beginning() : from
    for (;;) {
      at = this.#skip(at)
      if (at === bytes.length) return
      at = this.#step(at)
    }
  }

  /** Behind the bracket that begins the array, if there is one. */
  #beginning(): number {
    const at = this.#skip(markLength(this.#bytes))
    return this.#bytes[at] === BRACKET ? at + 1 : at
  }

  /** Takes or leaves what stands at `at`; the offset to go on from. */
  #step(at: number): number {
    const byte = this.#bytes[at]
    if (byte === BRACKET_END) {
      this.#ended = true
      this.#apart = true
      return at + 1
    }
    const end = this.lost.length > 0 && this.#isDeeper(at) ? -1 : this.#itemEnd(at, this.#apart)
    this.#apart = end === -1
    if (end !== -1) {
      this.#take(at, end)
      return end
    }
    // Another array behind the first, or a bracket where a line feed was: its items are what counts.
    if (byte === BRACKET) return at + 1
    const next = this.#nextItem(at)
    this.lost.push({ from: at, to: next })
    return next
  }

  #take(from: number, to: number): void {
    const bytes = this.#bytes.subarray(from, to)
    const item = isUtf8(bytes) ? parse(bytes) : undefined
    if (item === undefined || isTooDeep(item)) {
      this.lost.push({ from, to })
      return
    }
    this.items.push(item)
    this.#arrays ||= Array.isArray(item)
    if (this.#ended && this.behindEnd++ === 0) this.firstBehindEnd = from
  }

  /** Where the whole item ends that begins at `at`; -1 when none does. */
  #itemEnd(at: number, apart = true): number {
    const { at: end, whole } = jsonValueAt(this.#bytes, at)
    if (!whole) return -1
    const byte = this.#bytes[at]
    if (byte === BRACE) return end
    // A text may be the name of a field, a number the first digits of one; and arrays in a file are rarely items.
    const next = this.#bytes[skipSpace(this.#bytes, end)]
    if (!apart || (next !== COMMA && next !== BRACKET_END)) return -1
    // Behind damage, what does not begin a line is more likely held by the damaged item.
    if (this.lost.length > 0 && this.#layout.byLines && !this.#beginsLine(at)) return -1
    return byte === BRACKET && this.#ended && !this.#arrays ? -1 : end
  }

  /** Where to go on when no whole item begins at `at`. */
  #nextItem(at: number): number {
    const byte = this.#bytes[at]
    if (byte !== BRACE && byte !== QUOTE) {
      // One byte too much, in the place of a comma or a line feed.
      const behind = skipSpace(this.#bytes, at + 1)
      if (this.#bytes[behind] === BRACE && this.#itemEnd(behind) !== -1) return at + 1
    }
    if (this.#layout.byLines) {
      const line = this.#nextLine(at)
      if (line !== -1) return line
    }
    return itemBehind(this.#bytes, at)
  }

  /** The next line that begins a whole item, behind which a line ends; -1 when there is none. */
  #nextLine(from: number): number {
    const { indent } = this.#layout
    for (let at = from; ; ) {
      const feed = this.#bytes.indexOf(LINE_FEED, at)
      if (feed === -1) return -1
      at = feed + 1
      const start = at + indent.length
      if (!this.#bytes.subarray(at, start).equals(indent)) continue
      const end = skipSpace(this.#bytes, start) === start ? this.#itemEnd(this.#skip(start)) : -1
      if (end !== -1 && this.#lineEnds(end)) return start
    }
  }

  #beginsLine(at: number): boolean {
    const start = at - this.#layout.indent.length
    return this.#bytes[start - 1] === LINE_FEED && this.#bytes.subarray(start, at).equals(this.#layout.indent)
  }

  /** Whether a line begins at `at` with more blanks than items have: behind damage that is a part of the damaged item. */
  #isDeeper(at: number): boolean {
    const { byLines, indent } = this.#layout
    let lineStart = at
    while (this.#bytes[lineStart - 1] === 0x20 || this.#bytes[lineStart - 1] === 0x09) lineStart--
    return byLines && at - lineStart > indent.length && this.#bytes[lineStart - 1] === LINE_FEED
  }

  /** Whether nothing but a comma or a bracket stands between `at` and the end of the line. */
  #lineEnds(at: number): boolean {
    const next = skipSpace(this.#bytes, at)
    const isMark = this.#bytes[next] === COMMA || this.#bytes[next] === BRACKET_END
    const end = isMark ? skipSpace(this.#bytes, next + 1) : next
    return end === this.#bytes.length || this.#bytes.subarray(at, end).includes(LINE_FEED)
  }

  /** Commas too: a place between two of them holds no item, and says of none that it was there. */
  #skip(from: number): number {
    let at = skipSpace(this.#bytes, from)
    while (this.#bytes[at] === COMMA) {
      this.#apart = true
      at = skipSpace(this.#bytes, at + 1)
    }
    return at
  }
}

/** Undefined for a number or text that is longer than the engine takes. */
function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch {
    return undefined
  }
}
