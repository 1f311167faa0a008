import type { CallContext } from '../component/IContext.js'
import type { AnyValueMap } from '../data/AnyValueMap.js'

/** Updates some fields of an item. */
export interface IPartialUpdater<T, K> {
  /** Lays `data` over the item's fields. The item as stored; `null` when no item has that id. */
  updatePartially(context: CallContext, id: K, data: AnyValueMap): Promise<T | null>
}
