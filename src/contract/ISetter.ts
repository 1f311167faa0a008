import type { CallContext } from '../component/IContext.js'

/** Stores an item whether its id is there or not. */
export interface ISetter<T> {
  /** Inserts, or replaces in place the item that has the same id. The item as stored. */
  set(context: CallContext, item: T): Promise<T>
}
