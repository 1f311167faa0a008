/** One page of items, with the token that leads to the next one. */
export class TokenizedDataPage<T> {
  /** Items that match before paging; `null` unless the caller asked for the total. */
  total: number | null
  /** Opaque: give it to the next `TokenizedPagingParams`. `null` after the last page. */
  token: string | null
  /** The items of this page, possibly none. */
  data: T[]

  /** `data` defaults to no items, `token` and `total` to `null`. The array is kept, not copied. */
  constructor(data: T[] | null = null, token: string | null = null, total: number | null = null) {
    this.total = total
    this.token = token
    this.data = data ?? []
  }
}
