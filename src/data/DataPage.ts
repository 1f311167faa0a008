/** One page of items. */
export class DataPage<T> {
  /** Items that match before paging; `null` unless the caller asked for the total. */
  total: number | null
  /** The items of this page, possibly none. */
  data: T[]

  /** `data` defaults to no items, `total` to `null`. The array is kept, not copied. */
  constructor(data: T[] | null = null, total: number | null = null) {
    this.total = total
    this.data = data ?? []
  }
}
