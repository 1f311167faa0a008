import { invalid } from '../core/jsonValue.js'

/** Bytes of text that are read at once at most: V8's longest string, less the brackets that are put around them. */
export const MAX_TEXT_SIZE = 0x1fffffe8 - 2

/** Bytes of an item's text: less the line feeds and the bracket that stand around it in a file. About 512 MiB. */
const MAX_ITEM_SIZE = MAX_TEXT_SIZE - 4

/**
 * The text of an item as JSON; undefined when JSON has none for it.
 * @throws TypeError, RangeError  JSON cannot hold it, or the text is too long to be read again
 * @throws BadRequestException INVALID_ITEM  somebody has changed how JSON writes all lists, or all objects
 */
export function jsonText(value: unknown): string | undefined {
  refuseReplacedText()
  const text = JSON.stringify(value) as string | undefined
  if (text === undefined) return undefined
  // One that has room in a string need not have room in UTF-8, in which it is read again. A character takes three bytes at
  // most: hardly any text has to be measured.
  if (text.length > MAX_ITEM_SIZE / 3 && Buffer.byteLength(text) > MAX_ITEM_SIZE)
    throw new RangeError('its text is too long')
  return text
}

/**
 * `JSON.stringify` asks every object for a `toJSON`, and old versions of Prototype.js put one on lists. Those of single
 * values are refused where they are checked, and Dates have their own.
 */
function refuseReplacedText(): void {
  if (!('toJSON' in Array.prototype)) return
  throw invalid(
    '',
    'would be written as something else, for somebody gave Array.prototype or Object.prototype a toJSON()',
    'Remove it: delete Array.prototype.toJSON and Object.prototype.toJSON.',
  )
}
