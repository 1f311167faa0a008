import type { CallContext } from '../component/IContext.js'

/** Writes all items of a store, as `JsonFilePersister` does. */
export interface ISaver<T> {
  /** Puts `items` in the place of all that was stored. Neither the array nor the items are kept or changed. */
  save(context: CallContext, items: T[]): Promise<void>
}
