import { isAscii, isUtf8 } from 'node:buffer'

/** The text of the bytes, strictly: null when they are not UTF-8. A decoder that mends would change data unseen. */
export function strictText(bytes: Buffer): string | null {
  if (isAscii(bytes)) return bytes.toString('latin1')
  return isUtf8(bytes) ? bytes.toString('utf8') : null
}

const NO_BYTES = Buffer.alloc(0)

/** The same of a text that comes in pieces, which may end within a character. */
export class StrictPieces {
  /** The beginning of a character that goes on in the next piece. */
  #begun: Buffer = NO_BYTES

  /** The characters that end in this piece. */
  next(bytes: Buffer): string | null {
    const all = this.#withBegun(bytes)
    const end = all.length - unfinished(all)
    this.#begun = Buffer.from(all.subarray(end))
    return strictText(all.subarray(0, end))
  }

  /** The rest of the text; the next piece begins another. */
  last(bytes: Buffer): string | null {
    const all = this.#withBegun(bytes)
    this.#begun = NO_BYTES
    return strictText(all)
  }

  #withBegun(bytes: Buffer): Buffer {
    return this.#begun.length === 0 ? bytes : Buffer.concat([this.#begun, bytes])
  }
}

/** How many bytes at the end may be the beginning of a character. */
function unfinished(bytes: Buffer): number {
  for (let count = 1; count <= 3 && count <= bytes.length; count++) {
    const byte = bytes[bytes.length - count]!
    // 10xxxxxx goes on; 110xxxxx begins two bytes, 1110xxxx three, 11110xxx four (RFC 3629, section 3).
    if (byte >> 6 === 0b10) continue
    return Math.clz32(~(byte << 24)) > count ? count : 0
  }
  return 0
}
