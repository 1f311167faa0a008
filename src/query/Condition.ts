/**
 * A filter after parsing: a closed tree that memory compiles into a predicate and SQL into a statement.
 * Everything user-given has been checked: paths passed the grammar, operands are scalars, Dates are
 * their ISO text, undefined conditions are gone, and -0 is 0.
 */

/** An operand. A Date has become its `toISOString()` text. */
export type Scalar = string | number | boolean | null

/** Segments of a dotted path, checked against the grammar of docs/queries.md. Never empty. */
export type Path = readonly string[]

/** A test of one value: a field's, or (inside `elements`) an array element's. */
export type ValueTest =
  /** Equals one of `values`; `null` among them also matches a missing field. `$eq` and `$in`. Empty: nothing matches. */
  | { readonly op: 'in'; readonly values: readonly Scalar[] }
  /** Is of the operand's type (number or string) and in that order to it. Strings by code point. */
  | { readonly op: 'gt' | 'gte' | 'lt' | 'lte'; readonly value: number | string }
  /** `true`: the field is there (null counts); `false`: it is missing. */
  | { readonly op: 'exists'; readonly value: boolean }
  | { readonly op: 'contains' | 'startsWith'; readonly value: string }
  /** Text operators on folded text; `value` is already folded (`foldCase`). */
  | { readonly op: 'icontains' | 'istartsWith'; readonly value: string }
  /** Is an array of that length. */
  | { readonly op: 'size'; readonly value: number }
  /** Is an array in which every one of `values` is an element. Empty: nothing matches, as in MongoDB. */
  | { readonly op: 'all'; readonly values: readonly Scalar[] }
  /** Is an array with an element that passes all of `tests` (elements of any type). */
  | { readonly op: 'elements'; readonly tests: ValueCondition }
  /** Is an array with an element that is a plain object (not an array) matching `condition`. */
  | { readonly op: 'elementObjects'; readonly condition: Condition }

/** A boolean combination of tests on the same value. */
export type ValueCondition =
  | ValueTest
  | { readonly op: 'and'; readonly of: readonly ValueCondition[] }
  | { readonly op: 'not'; readonly of: ValueCondition }

/** A condition on an item. `{ op: 'and', of: [] }` matches every item, `{ op: 'or', of: [] }` none. */
export type Condition =
  | { readonly op: 'and' | 'or'; readonly of: readonly Condition[] }
  | { readonly op: 'not'; readonly of: Condition }
  | { readonly op: 'field'; readonly path: Path; readonly test: ValueTest }

/** Matches every item. */
export const EVERYTHING: Condition = { op: 'and', of: [] }

/** A filter as stores get it: a parsed condition, or (memory and file only) a user's predicate. */
export interface ParsedFilter {
  /** `EVERYTHING` when there is only a predicate, or nothing. */
  readonly condition: Condition
  /** The user's function; it sees the stored object and must not change it. */
  // biome-ignore lint/suspicious/noExplicitAny: the user knows the items
  readonly predicate: ((item: any) => unknown) | null
  /** Where an undefined condition was left out (`"a.b"`), or `null`. `deleteByFilter` refuses such a filter. */
  readonly undefinedAt: string | null
}

/** One field of a sort. */
export interface SortKey {
  readonly path: Path
  readonly ascending: boolean
}

/**
 * A sort as stores get it. `keys`: by the fields, then by ascending id. `extractor`: by the extracted
 * key, JavaScript's `<`, ties in insertion order. `null`: the store's own order.
 */
export type ParsedSort =
  | { readonly keys: readonly SortKey[]; readonly extractor: null }
  // biome-ignore lint/suspicious/noExplicitAny: the user knows the items
  | { readonly keys: null; readonly extractor: (item: any) => any }
  | null

/**
 * A place in a sort order: what the sort fields held (missing is null) and the id. `{ other: true }`: an array or
 * object, all equal.
 */
export interface Place {
  readonly values: readonly (string | number | boolean | null | { readonly other: true })[]
  readonly id: string | number
}
