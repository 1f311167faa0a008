import { foldCase } from '../query/fold.js'

/** The last code point that folding changes lies below: the letters of Adlam at U+1E900. */
const END = 0x20000

let table: { readonly from: string; readonly to: string } | null = null

/**
 * All letters that `foldCase` changes, and in the same order what it makes of them, for `translate()`. Taken from
 * `foldCase` itself, so that the server's version of Unicode plays no part. Made once, in some 20 ms.
 */
export function foldTable(): { readonly from: string; readonly to: string } {
  if (table !== null) return table
  let from = ''
  let to = ''
  for (let point = 0; point < END; point++) {
    if (point >= 0xd800 && point <= 0xdfff) continue
    const letter = String.fromCodePoint(point)
    const folded = foldCase(letter)
    if (folded === letter) continue
    from += letter
    to += folded
  }
  table = { from, to }
  return table
}
