import type { CallContext } from '../component/IContext.js'

/** Writes all items of a store, as `JsonFilePersister` does. */
export interface ISaver<T> {
  /**
   * Puts `items` in the place of all that was stored. Neither the array nor the items are kept or changed: the items are the
   * component's own, and what is done to them stays, also when the save rejects. Writes of a component go one at a time, so
   * one that awaits another write of the same component from here waits for ever.
   */
  save(context: CallContext, items: T[]): Promise<void>
}
