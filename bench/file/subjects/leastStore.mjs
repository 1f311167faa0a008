/**
 * The least that a component has to do for a durable write, over the loop that is the limit: copy the item in, make its
 * text, keep it by its id, answer with a copy. No index, no checksum, no recovery, no fold.
 */
import { open as openRaw } from './raw.mjs'

/** In place of what a record of a journal needs besides the item. */
const FRAME = ' '.repeat(40)

export async function open(folder, size, itemOf) {
  const raw = await openRaw(folder)
  const items = new Map(Array.from({ length: size }, (_, i) => [itemOf(i).id, itemOf(i)]))
  const put = async (item) => {
    const stored = copyOf(item)
    await raw.create(Buffer.from(JSON.stringify(stored) + FRAME))
    items.set(stored.id, stored)
    return copyOf(stored)
  }
  return { create: put, update: put, close: raw.close }
}

function copyOf(item) {
  return { ...item, tags: [...item.tags] }
}
