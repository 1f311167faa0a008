/**
 * The least that a component has to do for a durable write, over the loop that is the limit: copy the item in, make its
 * text, keep it by its id, answer with a copy. No index, no checksum, no recovery, no fold.
 */
import { open as openLoop } from './rawText.mjs'

export async function open(folder, size, itemOf) {
  const loop = await openLoop(folder)
  const items = new Map()
  for (let i = 0; i < size; i++) items.set(itemOf(i).id, itemOf(i))
  const put = async (item) => {
    const stored = copyOf(item)
    await loop.create(stored)
    items.set(stored.id, stored)
    return copyOf(stored)
  }
  return { create: put, update: put, close: loop.close }
}

function copyOf(item) {
  return { ...item, tags: [...item.tags] }
}
