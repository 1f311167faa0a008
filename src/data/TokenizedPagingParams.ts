// biome-ignore-all lint/suspicious/noExplicitAny: these values can be anything, as in Pip.Services

import { AnyValueMap } from './AnyValueMap.js'
import { isZero, takeUpTo } from './PagingParams.js'

/** Which page a reader wants: the one that follows `token`, at most `take` items. */
export class TokenizedPagingParams {
  /** Token of the page before; `null`: the first page. */
  token: string | null
  /** Items wanted; `null`: as many as the reader allows. */
  take: number | null
  /** Whether the reader shall also count all matching items. */
  total: boolean

  /** A `take` of 0 becomes `null`, because gRPC clients cannot send null. */
  constructor(token: string | null = null, take: number | null = null, total: boolean | null = null) {
    this.token = token
    this.take = isZero(take) ? null : take
    this.total = !!total
  }

  /** `take` between 0 and `maxTake`; `maxTake` when it is `null`. */
  getTake(maxTake: number): number {
    return takeUpTo(this.take, maxTake)
  }

  /** The same object when it is a `TokenizedPagingParams`; else read from `token`, `take` and `total`. */
  static fromValue(value: any): TokenizedPagingParams {
    if (value instanceof TokenizedPagingParams) return value
    return TokenizedPagingParams.fromMap(AnyValueMap.fromValue(value))
  }

  /** From names and values in turn: `fromTuples('token', token, 'take', 20)`. */
  static fromTuples(...tuples: any[]): TokenizedPagingParams {
    return TokenizedPagingParams.fromMap(AnyValueMap.fromTuplesArray(tuples))
  }

  /** From a map or a plain object with the fields `token`, `take` and `total`; text is converted. */
  static fromMap(map: any): TokenizedPagingParams {
    const values = AnyValueMap.fromValue(map)
    return new TokenizedPagingParams(
      values.getAsNullableString('token'),
      values.getAsNullableInteger('take'),
      values.getAsBooleanWithDefault('total', false),
    )
  }
}
