/**
 * What a batch in the journal is made of: results, never changes to them, so that replaying twice ends where replaying
 * once did. `put` with an id replaces the first item that has it, in place, or appends; without an id (`null`: the
 * store has no ids) it appends. `deleteAt` names positions in the list as it was before the batch.
 */
export type Change<T = unknown> =
  | { readonly op: 'put'; readonly id: string | number | boolean | null; readonly item: T }
  | { readonly op: 'delete'; readonly id: string | number | boolean }
  | { readonly op: 'deleteAt'; readonly positions: readonly number[] }
  | { readonly op: 'clear' }

/** A batch: it is in the file whole or not at all. */
export type Batch<T = unknown> = readonly Change<T>[]
