import type { CallContext } from '../component/IContext.js'
import type { SortParams } from '../data/SortParams.js'

/** Reads lists by a query in a language of the implementer's choice. No class of this library implements it. */
export interface IQuerableReader<T> {
  /** All items that the query finds, in the order asked for. */
  getListByQuery(context: CallContext, query: string, sort: SortParams | null): Promise<T[]>
}
