import {
  type CallContext,
  type DataPage,
  FilterParams,
  IdentifiableMemoryPersistence,
  type PagingParams,
} from 'holdfast'
import type { Dummy } from './Dummy.js'

/** The component of the tutorial: what it inherits, and two ways of reading that are its own. */
export class DummyMemoryPersistence extends IdentifiableMemoryPersistence<Dummy, string> {
  /** Filter keys: `id`, `ids` (separated by commas), `key`. Null or empty finds all. */
  override getPageByFilter(
    context: CallContext,
    filter: FilterParams | null,
    paging: PagingParams | null,
  ): Promise<DataPage<Dummy>> {
    return super.getPageByFilter(
      context,
      this.composeFilter(filter ?? new FilterParams()),
      paging,
      null,
      null,
    )
  }

  /** The first dummy with that key, or null. */
  async getOneByKey(context: CallContext, key: string): Promise<Dummy | null> {
    const page = await this.getPageByFilter(context, FilterParams.fromTuples('key', key), null)
    return page.data[0] ?? null
  }

  private composeFilter(filter: FilterParams): (item: Dummy) => boolean {
    const id = filter.getAsNullableString('id')
    const ids = filter.getAsNullableString('ids')?.split(',') ?? null
    const key = filter.getAsNullableString('key')
    return (item) =>
      (id === null || item.id === id) &&
      (ids === null || ids.includes(item.id)) &&
      (key === null || item.key === key)
  }
}
