/** Bytes of text that are read at once at most: V8's longest string, less the brackets that are put around them. */
export const MAX_TEXT_SIZE = 0x1fffffe8 - 2

/** Bytes of an item's text: less the line feeds and the bracket that stand around it in a file. About 512 MiB. */
const MAX_ITEM_SIZE = MAX_TEXT_SIZE - 4

/**
 * Hands back the text of an item. One that has room in a string need not have room in UTF-8, in which it is read again.
 * @throws RangeError  it is too long to be read again
 */
export function shortEnough(text: string): string {
  // A character takes three bytes at most: hardly any text has to be measured.
  if (text.length > MAX_ITEM_SIZE / 3 && Buffer.byteLength(text) > MAX_ITEM_SIZE)
    throw new RangeError('its text is too long')
  return text
}
