import { invalid } from '../core/jsonValue.js'

/** Bytes of text that are read at once at most: V8's longest string, less the brackets that are put around them. */
export const MAX_TEXT_SIZE = 0x1fffffe8 - 2

/** Bytes of an item's text: less the line feeds and the bracket that stand around it in a file. About 512 MiB. */
const MAX_ITEM_SIZE = MAX_TEXT_SIZE - 4

/**
 * The text of an item as JSON; undefined when JSON has none for it.
 * @throws TypeError, RangeError  JSON cannot hold it, or the text is too long to be read again
 * @throws BadRequestException INVALID_ITEM  somebody has changed how JSON writes all values of a type
 */
export function textOfItem(item: unknown): string | undefined {
  refuseReplacedText()
  const text = JSON.stringify(item) as string | undefined
  if (text === undefined) return undefined
  // One that has room in a string need not have room in UTF-8, in which it is read again. A character takes three bytes at
  // most: hardly any text has to be measured.
  if (text.length > MAX_ITEM_SIZE / 3 && Buffer.byteLength(text) > MAX_ITEM_SIZE)
    throw new RangeError('its text is too long')
  return text
}

/** `JSON.stringify` asks these for a `toJSON`, as old versions of Prototype.js put one there; Dates have their own. */
function refuseReplacedText(): void {
  if (
    !('toJSON' in Array.prototype) &&
    !('toJSON' in String.prototype) &&
    !('toJSON' in Number.prototype) &&
    !('toJSON' in Boolean.prototype)
  )
    return
  const { name } = [Array, String, Number, Boolean].find(({ prototype }) => 'toJSON' in prototype)!
  throw invalid(
    '',
    `would be written as something else, for somebody gave ${name}.prototype a toJSON()`,
    `Remove it: delete ${name}.prototype.toJSON, or where it is inherited, delete Object.prototype.toJSON.`,
  )
}
