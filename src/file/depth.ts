import { MAX_DEPTH } from '../core/copyValue.js'
import { BRACKET_END, LINE_FEED } from './jsonBytes.js'

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
 * Whether one of the items from `from` to `to` may be too deep. Where each has a line of its own, one of them is long, and
 * holds brackets enough: of shorter lines only one in many is looked at, from behind. An item may go on over lines when
 * there are more of those.
 */
export function mayBeTooDeep(buffer: Buffer, from: number, to: number, items: number): boolean {
  if (lineFeeds(buffer, from, to) !== items) return true
  let line = from
  while (line + LONG_LINE <= to) {
    const feed = buffer.lastIndexOf(LINE_FEED, line + LONG_LINE - 1)
    if (feed >= line) {
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

function lineFeeds(buffer: Buffer, from: number, to: number): number {
  let count = 0
  for (let at = buffer.indexOf(LINE_FEED, from); at !== -1 && at < to; at = buffer.indexOf(LINE_FEED, at + 1))
    count++
  return count
}

function endingBrackets(buffer: Buffer, from: number, to: number): number {
  let count = 0
  // Both brackets at once: they differ in the bit that is masked out, and so does nothing else.
  for (let at = from; at < to; at++) if ((buffer[at]! & 0xdf) === BRACKET_END) count++
  return count
}
