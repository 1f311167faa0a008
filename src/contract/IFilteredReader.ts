import type { CallContext } from '../component/IContext.js'
import type { FilterParams } from '../data/FilterParams.js'
import type { SortParams } from '../data/SortParams.js'

/** Reads lists by filter. */
export interface IFilteredReader<T> {
  /** All items that match, in the order asked for; `null` matches all, and sorts by nothing. */
  getListByFilter(context: CallContext, filter: FilterParams | null, sort: SortParams | null): Promise<T[]>
}
