// biome-ignore-all lint/suspicious/noExplicitAny: only any tells an entity of type any from the others

/**
 * A filter over items of type `T`: a filter object, a predicate, FilterParams, or null for everything. What it means is
 * in docs/queries.md. A misspelt field or operator, or an operand of another type, does not compile.
 */
export type Filter<T> = FilterObject<T> | ((item: T) => unknown) | FilterParamsLike | null | undefined

/** A filter object alone, as it stands inside `$and`, `$or`, `$nor` and `$not`. */
export type FilterObject<T> = IsOpen<T> extends true ? OpenFilter : ClosedFilter<T>

/**
 * A sort of items of type `T`: `{ field: 1 | -1 }` (most significant first), SortParams, or a function that returns the
 * key of an item, by which items are sorted in ascending order.
 */
export type Sort<T> =
  | (IsOpen<T> extends true ? { readonly [path: string]: 1 | -1 } : ClosedSort<T>)
  | readonly SortFieldLike[]
  | ((item: T) => unknown)
  | null
  | undefined

/** Paths of the fields to keep. */
export type Projection<T> = readonly PathOf<T>[] | null | undefined

/** Fields of `T` as dotted paths, three levels deep. Arrays and Dates are not entered. */
export type PathOf<T> = IsOpen<T> extends true ? string : Level1<T> | Level2<T> | Level3<T>

/**
 * A condition on a path of any depth, to be spread into a filter object. The path and the condition are not checked
 * against the entity.
 * @example
 * const filter: Filter<Order> = { ...path('a.b.c.d', { $gt: 5 }), state: 'open' }
 */
export function path(text: string, condition: OpenCondition): PathPart {
  return { [text]: condition } as PathPart
}

/** FilterParams of this package or of the original ones. */
export interface FilterParamsLike {
  getAsObject(key?: any): any
}

/** One entry of SortParams. */
export interface SortFieldLike {
  readonly name: string | null
  readonly ascending: boolean
}

declare const part: unique symbol

/** What `path()` returns: part of a filter object of any entity. */
export interface PathPart {
  readonly [part]?: true
}

type ClosedFilter<T> = { readonly [P in PathOf<T>]?: FieldCondition<ValueAt<T, P>> } & PathPart & {
    readonly $and?: readonly Branch<T>[] | undefined
    readonly $or?: readonly Branch<T>[] | undefined
    readonly $nor?: readonly Branch<T>[] | undefined
    readonly $not?: ClosedFilter<T> | undefined
  }

type Branch<T> = ClosedFilter<T> | FilterParamsLike | undefined

type ClosedSort<T> = { readonly [P in PathOf<T>]?: 1 | -1 }

/** What a field of type `V` is compared with; `undefined` leaves the condition out. */
export type FieldCondition<V> =
  IsUnknown<V> extends true ? OpenCondition : Operand<V> | null | undefined | Operators<V>

/** The operators on a field of type `V`. */
export type Operators<V> =
  IsUnknown<V> extends true
    ? OpenOperators
    : Equality<Operand<V>> &
        ([Ordered<V>] extends [never] ? unknown : Ordering<Ordered<V>>) &
        ([Extract<V, string | Date>] extends [never] ? unknown : TextOperators) &
        ([Extract<V, readonly unknown[]>] extends [never]
          ? unknown
          : ArrayOperators<Extract<V, readonly unknown[]>[number]>) & {
          readonly $not?: Operators<V> | undefined
        }

interface Equality<O> {
  readonly $eq?: O | null | undefined
  readonly $ne?: O | null | undefined
  readonly $in?: readonly (O | null)[] | undefined
  readonly $nin?: readonly (O | null)[] | undefined
  readonly $exists?: boolean | undefined
}

interface Ordering<O> {
  readonly $gt?: O | undefined
  readonly $gte?: O | undefined
  readonly $lt?: O | undefined
  readonly $lte?: O | undefined
}

interface TextOperators {
  readonly $contains?: string | undefined
  readonly $startsWith?: string | undefined
  readonly $icontains?: string | undefined
  readonly $istartsWith?: string | undefined
}

interface ArrayOperators<E> {
  readonly $size?: number | undefined
  readonly $all?: readonly (IsUnknown<E> extends true ? OpenScalar : Operand<E> | null)[] | undefined
  readonly $elemMatch?: Operators<E> | ElementFilter<E> | undefined
}

type ElementFilter<E> =
  IsUnknown<E> extends true ? OpenFilter : [Entered<E>] extends [never] ? never : FilterObject<Entered<E>>

/** Scalars that a value of type `V` can equal. A Date is its ISO text. */
type Operand<V> = V extends string | number | boolean ? V : V extends Date ? Date | string : never

/** Scalars that a value of type `V` can be in order to. */
type Ordered<V> = V extends string
  ? string
  : V extends number
    ? number
    : V extends Date
      ? Date | string
      : never

/**
 * Types are read as open where the compiler knows no fields: any, unknown, index signatures. Any path and operand goes.
 */
type IsOpen<T> = IsUnknown<T> extends true ? true : string extends Keys<T> ? true : false

type IsUnknown<T> = unknown extends T ? true : false

type OpenScalar = string | number | boolean | Date | null

type OpenCondition = OpenScalar | OpenOperators | undefined

interface OpenOperators extends Equality<OpenScalar>, Ordering<number | string | Date>, TextOperators {
  readonly $size?: number | undefined
  readonly $all?: readonly OpenScalar[] | undefined
  readonly $elemMatch?: OpenOperators | OpenFilter | undefined
  readonly $not?: OpenOperators | undefined
}

interface OpenFilter {
  readonly [path: string]: OpenCondition | OpenFilter | readonly (OpenFilter | FilterParamsLike | undefined)[]
}

type Keys<T> = T extends unknown ? keyof T & string : never

type Get<T, K> = T extends unknown ? (K extends keyof T ? T[K] : never) : never

/** The part of `V` that a path can enter. What is unknown may hold any field. */
type Entered<V> =
  IsUnknown<V> extends true
    ? Record<string, unknown>
    : V extends object
      ? V extends Date | readonly unknown[] | ((...args: never) => unknown)
        ? never
        : V
      : never

// Three levels written out rather than a recursive type: an entity that holds itself then costs the same as any other.
type Level1<T> = Keys<T>
type Level2<T> = { [K in Keys<T>]: `${K}.${Keys<Entered<Get<T, K>>>}` }[Keys<T>]
type Level3<T> = { [K in Keys<T>]: `${K}.${Level2<Entered<Get<T, K>>>}` }[Keys<T>]

type ValueAt<T, P> =
  P extends Keys<T>
    ? Get<T, P>
    : P extends `${infer K}.${infer Rest}`
      ? ValueAt<Entered<Get<T, K>>, Rest>
      : never
