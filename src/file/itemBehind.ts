import { BACKSLASH, BRACE, BRACE_END, BRACKET, BRACKET_END, COMMA, QUOTE, skipSpace } from './jsonBytes.js'
import { jsonValueAt } from './jsonErrorAt.js'

/**
 * Offset in front of the items that stand whole at the end of an array, behind one that begins at `from` and is damaged.
 * From the bracket that ends the array, brackets and texts can be followed backwards as well as forwards, so that in any
 * layout it is plain what is an item and what is in one. Without such items it is that of the bracket; without a
 * bracket, the length.
 */
export function itemBehind(bytes: Buffer, from: number): number {
  const length = lengthWithoutSpace(bytes)
  let end = length - 1
  if (end < from || bytes[end] !== BRACKET_END) return bytes.length
  // Nothing wrong but that it goes on: the file was cut short, and the bracket is one in the item.
  if (jsonValueAt(bytes, from).at === bytes.length) return bytes.length
  /** Brackets met that are still to be opened. */
  const open: number[] = []
  for (let at = end - 1; at > from; at--) {
    const byte = bytes[at]
    if (byte === QUOTE) at = textStart(bytes, at)
    else if (byte === BRACE_END || byte === BRACKET_END) open.push(byte)
    else if (byte === BRACE || byte === BRACKET) {
      if (open.pop() !== (byte === BRACE ? BRACE_END : BRACKET_END)) break
    } else if (byte === COMMA && open.length === 0) {
      if (!isItem(bytes, at + 1, end)) break
      end = at
    }
  }
  return end
}

function lengthWithoutSpace(bytes: Buffer): number {
  let length = bytes.length
  while (length > 0 && skipSpace(bytes, length - 1, length) === length) length--
  return length
}

/** Offset of the quote that begins the text which ends at `end`; -1 when there is none. */
function textStart(bytes: Buffer, end: number): number {
  for (let at = end; ; ) {
    at = bytes.lastIndexOf(QUOTE, at - 1)
    let escapes = 0
    while (bytes[at - 1 - escapes] === BACKSLASH) escapes++
    if (escapes % 2 === 0) return at
  }
}

/** Whether an object, and nothing else but blanks, stands between two offsets. */
function isItem(bytes: Buffer, from: number, to: number): boolean {
  const start = skipSpace(bytes, from, to)
  const { at, whole } = jsonValueAt(bytes, start)
  return bytes[start] === BRACE && whole && skipSpace(bytes, at, to) === to
}
