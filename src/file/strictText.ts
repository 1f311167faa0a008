import { isAscii, isUtf8 } from 'node:buffer'

/** The text of the bytes, strictly: null when they are not UTF-8. A decoder that mends would change data unseen. */
export function strictText(bytes: Buffer): string | null {
  if (isAscii(bytes)) return bytes.toString('latin1')
  return isUtf8(bytes) ? bytes.toString('utf8') : null
}
