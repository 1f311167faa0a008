/**
 * Text without the difference of upper and lower case, for `$icontains` and `$istartsWith`. Each code point is folded
 * by itself: to upper case, then to lower case, each step only where the result is one code point. So ß is not SS, İ
 * stays, and neither the locale nor the neighbours of a letter (the Greek final sigma) play a part.
 */
export function foldCase(text: string): string {
  if (ASCII.test(text)) return text.toLowerCase()
  let folded = ''
  for (const letter of text) folded += foldLetter(letter)
  return folded
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: the range is that of ASCII, control characters included
const ASCII = /^[\x00-\x7f]*$/

/** Folded letters by code point below U+10000: asking the engine twice a letter costs ten times as much. */
let known: (string | undefined)[] | null = null

function foldLetter(letter: string): string {
  if (letter.length > 1) return foldAnew(letter)
  known ??= new Array<string | undefined>(0x10000).fill(undefined)
  const unit = letter.charCodeAt(0)
  const folded = known[unit]
  if (folded !== undefined) return folded
  const result = foldAnew(letter)
  known[unit] = result
  return result
}

function foldAnew(letter: string): string {
  const upper = letter.toUpperCase()
  const raised = isOneCodePoint(upper) ? upper : letter
  const lower = raised.toLowerCase()
  return isOneCodePoint(lower) ? lower : raised
}

function isOneCodePoint(text: string): boolean {
  return text.length === 1 || (text.length === 2 && (text.codePointAt(0) as number) > 0xffff)
}
