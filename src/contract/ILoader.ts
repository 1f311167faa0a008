import type { CallContext } from '../component/IContext.js'

/** Reads all items of a store, as `JsonFilePersister` does. */
export interface ILoader<T> {
  /** All items in order; an empty array when there are none. The array is the caller's to keep. */
  load(context: CallContext): Promise<T[]>
}
