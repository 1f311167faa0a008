import {
  type CallContext,
  type DataPage,
  type FilterObject,
  FilterParams,
  IdentifiablePersistence,
  type IdentifiablePersistenceOptions,
  type PagingParams,
} from 'holdfast'
import type { Dummy } from './Dummy.js'

/** The component of the tutorial for stores that no JavaScript function can filter: the filter is an object. */
export class DummyUrlPersistence extends IdentifiablePersistence<Dummy, string> {
  constructor(options: IdentifiablePersistenceOptions) {
    super('holdfast_example_dummies', options)
    this.ensureIndex({ key: 1 })
  }

  /** Filter keys: `id`, `ids` (separated by commas), `key`. Null or empty finds all, in the order of keys. */
  override getPageByFilter(
    context: CallContext,
    filter: FilterParams | null,
    paging: PagingParams | null,
  ): Promise<DataPage<Dummy>> {
    const composed = this.composeFilter(filter ?? new FilterParams())
    return super.getPageByFilter(context, composed, paging, { key: 1 }, null)
  }

  getOneByKey(context: CallContext, key: string): Promise<Dummy | null> {
    return this.getOneByFilter(context, { key })
  }

  private composeFilter(filter: FilterParams): FilterObject<Dummy> | null {
    const id = filter.getAsNullableString('id')
    const ids = filter.getAsNullableString('ids')
    const key = filter.getAsNullableString('key')
    const conditions: FilterObject<Dummy>[] = []
    if (id !== null) conditions.push({ id })
    if (ids !== null) conditions.push({ id: { $in: ids.split(',') } })
    if (key !== null) conditions.push({ key })
    return conditions.length === 0 ? null : { $and: conditions }
  }
}
