// biome-ignore-all lint/suspicious/noExplicitAny: these values can be anything, as in Pip.Services

import { AnyValueMap } from './AnyValueMap.js'

/** Which part of the matching items a reader wants: from `skip` on, at most `take`. */
export class PagingParams {
  /** Items to leave out at the start; `null`: none. */
  skip: number | null
  /** Items wanted; `null`: as many as the reader allows. */
  take: number | null
  /** Whether the reader shall also count all matching items. */
  total: boolean

  /** A `take` of 0 becomes `null`, because gRPC clients cannot send null. Nothing else is checked here. */
  constructor(skip: number | null = null, take: number | null = null, total: boolean | null = null) {
    this.skip = skip
    this.take = isZero(take) ? null : take
    this.total = !!total
  }

  /** `skip`, but `minSkip` when it is `null` or smaller. */
  getSkip(minSkip: number): number {
    if (this.skip === null || this.skip === undefined) return minSkip
    return Math.max(this.skip, minSkip)
  }

  /** `take` between 0 and `maxTake`; `maxTake` when it is `null`. */
  getTake(maxTake: number): number {
    return takeUpTo(this.take, maxTake)
  }

  /** The same object when it is a `PagingParams`; else read from the fields `skip`, `take` and `total`. */
  static fromValue(value: any): PagingParams {
    return value instanceof PagingParams ? value : PagingParams.fromMap(AnyValueMap.fromValue(value))
  }

  /** From names and values in turn: `fromTuples('skip', 0, 'take', 20, 'total', true)`. */
  static fromTuples(...tuples: any[]): PagingParams {
    return PagingParams.fromMap(AnyValueMap.fromTuplesArray(tuples))
  }

  /** From a map or a plain object with the fields `skip`, `take` and `total`; text is converted. */
  static fromMap(map: any): PagingParams {
    const values = AnyValueMap.fromValue(map)
    return new PagingParams(
      values.getAsNullableInteger('skip'),
      values.getAsNullableInteger('take'),
      values.getAsBooleanWithDefault('total', false),
    )
  }
}

/** `take` between 0 and `maxTake`; `maxTake` when it is absent. */
export function takeUpTo(take: number | null | undefined, maxTake: number): number {
  if (take === null || take === undefined) return maxTake
  if (take < 0) return 0
  return take > maxTake ? maxTake : take
}

/** Also true for `'0'`, which untyped callers pass. */
export function isZero(take: unknown): boolean {
  return take === 0 || take === '0'
}
