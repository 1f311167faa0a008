import type { CallContext } from '../component/IContext.js'
import type { IIdentifiable } from '../data/IIdentifiable.js'

/** Reads one item by its id. */
export interface IGetter<T extends IIdentifiable<K>, K> {
  /** `null` when no item has that id. */
  getOneById(context: CallContext, id: K): Promise<T | null>
}
