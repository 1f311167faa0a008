import { MAX_DEPTH } from '../core/copyValue.js'
import { BRACKET_END, COMMA, LINE_FEED } from './jsonBytes.js'

/** Brackets that are open at the same time in the deepest item that can be copied, its own among them. */
export const MAX_OPEN = MAX_DEPTH + 1
/** An item that is deeper takes this many bytes and more. */
const LONG_LINE = 2 * MAX_OPEN + 2

/** Whether a parsed value is nested deeper than what can be copied and written. */
export function isTooDeep(value: unknown, depth = 0): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (depth > MAX_DEPTH) return true
  for (const held of Object.values(value)) if (isTooDeep(held, depth + 1)) return true
  return false
}

/**
 * Whether one of the lines from `from` to `to` may hold an item that is too deep: it is long, and holds brackets enough.
 * Of shorter lines only one in many is looked at, from behind, so that an ordinary file pays next to nothing.
 */
export function mayBeTooDeep(buffer: Buffer, from: number, to: number): boolean {
  let line = from
  while (line + LONG_LINE <= to) {
    const feed = buffer.lastIndexOf(LINE_FEED, line + LONG_LINE - 1)
    if (feed >= line) {
      // Not our own layout: an item goes on in the next line, and brackets would have to be counted across lines.
      if (feed > from && buffer[feed - 1] !== COMMA) return true
      line = feed + 1
      continue
    }
    const next = buffer.indexOf(LINE_FEED, line + LONG_LINE)
    const end = next === -1 || next > to ? to : next
    if (endingBrackets(buffer, line, end) > MAX_OPEN) return true
    line = end + 1
  }
  return false
}

function endingBrackets(buffer: Buffer, from: number, to: number): number {
  let count = 0
  // Both brackets at once: they differ in the bit that is masked out, and so does nothing else.
  for (let at = from; at < to; at++) if ((buffer[at]! & 0xdf) === BRACKET_END) count++
  return count
}
