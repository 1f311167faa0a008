import type { CallContext } from '../component/IContext.js'
import type { DataPage } from '../data/DataPage.js'
import type { FilterParams } from '../data/FilterParams.js'
import type { PagingParams } from '../data/PagingParams.js'
import type { SortParams } from '../data/SortParams.js'

/** Reads pages by filter. */
export interface IFilteredPageReader<T> {
  /** One page of the items that match, in the order asked for. */
  getPageByFilter(
    context: CallContext,
    filter: FilterParams | null,
    paging: PagingParams | null,
    sort: SortParams | null,
  ): Promise<DataPage<T>>
}
