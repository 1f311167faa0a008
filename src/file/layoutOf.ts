import { LINE_FEED, markLength, skipSpace } from './jsonBytes.js'
import { jsonValueAt } from './jsonErrorAt.js'

/** How the items of a file stand in lines. */
export interface Layout {
  /** The blanks before each item on its line. */
  readonly indent: Buffer
  /** A line with just these blanks before it begins an item, and nothing within one. */
  readonly byLines: boolean
}

/** The layout of a file, from its beginning: that of its first item, which may be the one that is damaged. */
export function layoutOf(head: Buffer): Layout {
  // The bracket, or what has taken its place.
  const behindBracket = skipSpace(head, markLength(head)) + 1
  const first = skipSpace(head, behindBracket)
  const lineStart = head.subarray(0, first).lastIndexOf(LINE_FEED) + 1
  const indent = head.subarray(lineStart < behindBracket ? first : lineStart, first)
  const feed = head.indexOf(LINE_FEED, first)
  // Blanks tell items from what is in them; without any, an item of several lines has lines like those of items.
  const byLines = indent.length > 0 || feed === -1 || jsonValueAt(head, first).at <= feed
  return { indent, byLines }
}
