import type { CallContext } from '../component/IContext.js'

/** Writes single items. */
export interface IWriter<T, K> {
  /** Inserts. The item as stored, with its id. */
  create(context: CallContext, item: T): Promise<T>
  /** Replaces the item that has the same id. The item as stored; `null` when there is none. */
  update(context: CallContext, item: T): Promise<T | null>
  /** The deleted item; `null` when no item has that id. */
  deleteById(context: CallContext, id: K): Promise<T | null>
}
