/** What no store of this library holds, so that no comparison has to think of it: U+0000 and lone surrogates. */
const UNSTORABLE = /[\0\p{Cs}]/u

/** Whether a stored text can be equal to `text`, or hold it. */
export function isStorable(text: string): boolean {
  return !UNSTORABLE.test(text)
}

/** A range of texts by code point. `null`: open at that end. */
export interface TextRange {
  readonly from: TextBound | null
  readonly to: TextBound | null
}

export interface TextBound {
  readonly text: string
  readonly inclusive: boolean
}

/** The range of a comparison. A bound that no engine can take is moved to the next that cuts the stored texts alike. */
export function rangeOf(op: 'gt' | 'gte' | 'lt' | 'lte', text: string): TextRange {
  const at = text.search(UNSTORABLE)
  const upwards = op === 'gt' || op === 'gte'
  if (at < 0) {
    const bound = { text, inclusive: op === 'gte' || op === 'lte' }
    return upwards ? { from: bound, to: null } : { from: null, to: bound }
  }
  const before = text.slice(0, at)
  // Nothing stored lies between `before` and what begins with it and U+0000; nothing that goes on with a surrogate
  // lies between U+D7FF and U+E000.
  if (text[at] === '\0') {
    return upwards
      ? { from: { text: before, inclusive: false }, to: null }
      : { from: null, to: { text: before, inclusive: true } }
  }
  const bound = { text: `${before}\ue000`, inclusive: upwards }
  return upwards ? { from: bound, to: null } : { from: null, to: bound }
}

/** The texts that begin with `start`, as a range: an index can find them. */
export function rangeOfPrefix(start: string): TextRange {
  return { from: { text: start, inclusive: true }, to: boundAfterPrefix(start) }
}

function boundAfterPrefix(start: string): TextBound | null {
  const letters = [...start]
  while (letters.length > 0) {
    const point = (letters.pop() as string).codePointAt(0) as number
    if (point === 0x10ffff) continue
    const next = point === 0xd7ff ? 0xe000 : point + 1
    return { text: letters.join('') + String.fromCodePoint(next), inclusive: false }
  }
  return null
}
