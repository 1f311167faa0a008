/**
 * Offset of the first byte at which `bytes`, read as the inside of a JSON array, stop being JSON; their length when only
 * something more is missing. For messages: what a JavaScript engine says of the place differs by version and by error.
 */
export function jsonErrorAt(bytes: Uint8Array): number {
  let at = 0
  /** Open brackets, innermost last. */
  const open: number[] = []
  let expect = 'value' as 'value' | 'valueOrEnd' | 'key' | 'keyOrEnd' | 'colon' | 'next'
  while (at < bytes.length) {
    const byte = bytes[at]!
    if (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) at++
    else if (expect === 'colon') {
      if (byte !== COLON) return at
      expect = 'value'
      at++
    } else if (expect === 'next' && byte === COMMA) {
      expect = open.at(-1) === BRACE ? 'key' : 'value'
      at++
    } else if (byte === BRACE_END || byte === BRACKET_END) {
      const bracket = byte === BRACE_END ? BRACE : BRACKET
      const emptyEnd = bracket === BRACE ? 'keyOrEnd' : 'valueOrEnd'
      if (open.at(-1) !== bracket || (expect !== 'next' && expect !== emptyEnd)) return at
      open.pop()
      expect = 'next'
      at++
    } else if (expect === 'next') return at
    else if (byte === QUOTE) {
      const end = stringEnd(bytes, at)
      if (end.bad) return end.at
      at = end.at
      expect = expect === 'key' || expect === 'keyOrEnd' ? 'colon' : 'next'
    } else if (expect === 'key' || expect === 'keyOrEnd') return at
    else if (byte === BRACE || byte === BRACKET) {
      open.push(byte)
      expect = byte === BRACE ? 'keyOrEnd' : 'valueOrEnd'
      at++
    } else {
      const length = scalarLength(bytes, at)
      if (length === 0) return at
      at += length
      expect = 'next'
    }
  }
  return at
}

const QUOTE = 0x22
const COMMA = 0x2c
const COLON = 0x3a
const BRACKET = 0x5b
const BRACKET_END = 0x5d
const BRACE = 0x7b
const BRACE_END = 0x7d

/** Offset behind the string that starts at `from`, or of what may not be in one. */
function stringEnd(bytes: Uint8Array, from: number): { at: number; bad: boolean } {
  let at = from + 1
  while (at < bytes.length) {
    const byte = bytes[at]!
    if (byte === QUOTE) return { at: at + 1, bad: false }
    if (byte < 0x20) return { at, bad: true }
    if (byte !== 0x5c) at++
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
