import type { Collection } from '../core/Collection.js'
import type { IIdentifiable } from '../data/index.js'
import type { Place } from '../query/Condition.js'

/** How `copyTo` goes about it. */
export interface CopyOptions {
  /** Items to read and write at a time; each batch is one durable write of the other component. Default 1000. */
  readonly batchSize?: number | undefined
  /** Called after each batch with the number of items copied so far and of all. */
  readonly onProgress?: ((copied: number, total: number) => void) | undefined
}

/** Copies batch by batch in order of id, so that no store is read whole. */
export async function copyItems<T extends IIdentifiable<K>, K extends string | number>(
  from: Collection<T, K>,
  to: Collection<T, K>,
  context: unknown,
  options: CopyOptions = {},
): Promise<number> {
  const size = options.batchSize ?? 1000
  if (!Number.isInteger(size) || size < 1) {
    throw new TypeError(`copyTo() takes a batchSize that is a whole number from 1 on, and was given ${size}.`)
  }
  const total = await from.getCountByFilter(context, null)
  let copied = 0
  let after: Place | null = null
  for (;;) {
    const batch: T[] = await from.getBatch(context, after, size)
    const last = batch[batch.length - 1]
    if (last === undefined) return copied
    await to.setMany(context, batch)
    copied += batch.length
    after = { values: [], id: last.id }
    options.onProgress?.(copied, Math.max(copied, total))
  }
}
