import type { CallContext } from '../component/IContext.js'
import type { DataPage } from '../data/DataPage.js'
import type { PagingParams } from '../data/PagingParams.js'
import type { SortParams } from '../data/SortParams.js'

/** Reads pages by a query in a language of the implementer's choice. No class of this library implements it. */
export interface IQuerablePageReader<T> {
  /** One page of the items that the query finds, in the order asked for. */
  getPageByQuery(
    context: CallContext,
    query: string,
    paging: PagingParams | null,
    sort: SortParams | null,
  ): Promise<DataPage<T>>
}
