/** The loop that is the limit, given items as all others are: it makes their text. */
import { open as openRaw } from './raw.mjs'

/** In place of what a record of a journal needs besides the item. */
const FRAME = ' '.repeat(40)

export async function open(folder) {
  const raw = await openRaw(folder)
  const append = (item) => raw.create(Buffer.from(JSON.stringify(item) + FRAME))
  return { create: append, update: append, close: raw.close }
}
