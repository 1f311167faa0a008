/* The bytes that JSON text is made of, and how those are passed over that mean nothing. */

export const LINE_FEED = 0x0a
export const QUOTE = 0x22
export const COMMA = 0x2c
export const COLON = 0x3a
export const BRACKET = 0x5b
export const BACKSLASH = 0x5c
export const BRACKET_END = 0x5d
export const BRACE = 0x7b
export const BRACE_END = 0x7d

/** Offset of the first byte from `from` on that is no blank; `to` when there is none before. */
export function skipSpace(buffer: Uint8Array, from: number, to = buffer.length): number {
  let at = from
  while (at < to) {
    const byte = buffer[at]
    if (byte !== 0x20 && byte !== LINE_FEED && byte !== 0x0d && byte !== 0x09) break
    at++
  }
  return at
}

/** Length of the byte order mark that the text of a file begins with, if it does. */
export function markLength(buffer: Uint8Array): number {
  return buffer[0] === 0xef && buffer[1] === 0xbb && buffer[2] === 0xbf ? 3 : 0
}
