import {
  BACKSLASH,
  BRACE,
  BRACE_END,
  BRACKET,
  BRACKET_END,
  COLON,
  COMMA,
  QUOTE,
  skipSpace,
} from './jsonBytes.js'

/**
 * Offset of the first byte at which `bytes`, read as the inside of a JSON array, stop being JSON; their length when only
 * something more is missing. For messages: what a JavaScript engine says of the place differs by version and by error.
 */
export function jsonErrorAt(bytes: Uint8Array): number {
  return walk(bytes, 0, false).at
}

/**
 * The JSON value that begins at `from`. `whole`: it is all there, and `at` is the offset behind it; else that at which it
 * stops being JSON, or the length of the bytes when only something more is missing.
 */
export function jsonValueAt(
  bytes: Uint8Array,
  from: number,
): { readonly at: number; readonly whole: boolean } {
  return walk(bytes, from, true)
}

/** Follows the inside of an array from `from` on; to the end of its first value when that is `alone`. */
function walk(bytes: Uint8Array, from: number, alone: boolean): { at: number; whole: boolean } {
  let at = from
  /** Open brackets, innermost last. */
  const open: number[] = []
  let expect = 'value' as 'value' | 'valueOrEnd' | 'key' | 'keyOrEnd' | 'colon' | 'next'
  const isWhole = () => alone && expect === 'next' && open.length === 0
  while (at < bytes.length && !isWhole()) {
    const byte = bytes[at]!
    const past = skipSpace(bytes, at)
    if (past > at) at = past
    else if (expect === 'colon') {
      if (byte !== COLON) break
      expect = 'value'
      at++
    } else if (expect === 'next' && byte === COMMA) {
      expect = open.at(-1) === BRACE ? 'key' : 'value'
      at++
    } else if (byte === BRACE_END || byte === BRACKET_END) {
      const bracket = byte === BRACE_END ? BRACE : BRACKET
      const emptyEnd = bracket === BRACE ? 'keyOrEnd' : 'valueOrEnd'
      if (open.at(-1) !== bracket || (expect !== 'next' && expect !== emptyEnd)) break
      open.pop()
      expect = 'next'
      at++
    } else if (expect === 'next') break
    else if (byte === QUOTE) {
      const end = stringEnd(bytes, at)
      at = end.at
      if (end.bad) break
      expect = expect === 'key' || expect === 'keyOrEnd' ? 'colon' : 'next'
    } else if (expect === 'key' || expect === 'keyOrEnd') break
    else if (byte === BRACE || byte === BRACKET) {
      open.push(byte)
      expect = byte === BRACE ? 'keyOrEnd' : 'valueOrEnd'
      at++
    } else {
      const length = scalarLength(bytes, at)
      if (length === 0) break
      at += length
      expect = 'next'
    }
  }
  return { at, whole: isWhole() }
}

/** Offset behind the string that starts at `from`, or of what may not be in one. */
function stringEnd(bytes: Uint8Array, from: number): { at: number; bad: boolean } {
  let at = from + 1
  while (at < bytes.length) {
    const byte = bytes[at]!
    if (byte === QUOTE) return { at: at + 1, bad: false }
    if (byte < 0x20) return { at, bad: true }
    if (byte !== BACKSLASH) at++
    else {
      const escaped = /^(["\\/bfnrt]|u[0-9a-fA-F]{4})/.exec(latin(bytes, at + 1, 5))
      if (escaped === null) return { at, bad: true }
      at += 1 + escaped[0].length
    }
  }
  return { at: bytes.length, bad: true }
}

/** Length of the number or word at `at`; 0 when there is none. */
function scalarLength(bytes: Uint8Array, at: number): number {
  const text = latin(bytes, at, 400)
  const found = /^(true|false|null|-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?)/.exec(text)
  return found === null ? 0 : found[0].length
}

function latin(bytes: Uint8Array, from: number, length: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1', from, from + length)
}
