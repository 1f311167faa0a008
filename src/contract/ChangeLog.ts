import type { Batch } from './Change.js'

/**
 * The member by which a saver says that it can also take single changes. A saver without it gets whole saves.
 * A registered symbol, so that it is found whichever copy of the library made the saver.
 */
export const CHANGE_LOG: unique symbol = Symbol.for('holdfast.changeLog') as never

/** A saver that can open a change log, as `JsonFilePersister` can. */
export interface ChangeLogSource<T> {
  /** Makes the log of this saver for one opened component. Nothing is touched before `open`. */
  [CHANGE_LOG](owner: ChangeLogOwner<T>): ChangeLog<T>
}

/** All items, and which of them are the same as in the last answer of this kind. */
export interface ItemsSince<T> {
  readonly items: readonly T[]
  /**
   * For each item where it stood in the items of the answer before, if it did not change since; else -1. Ascending but
   * for those. null: nobody knows.
   */
  readonly positions: Int32Array | null
}

/** The component that a change log serves. */
export interface ChangeLogOwner<T> {
  /** Whether its items have ids. Not given: it takes an array of any values. */
  readonly identified?: boolean
  /** A new, dense array of the stored objects: exactly the batches acknowledged so far (`done(null)` was called). */
  items(): T[]
  /** The same for a checkpoint, which can use again what it made of items that did not change. Optional. */
  itemsSince?(): ItemsSince<T>
  /**
   * Whether somebody may have edited the items past the log. Throws when that broke a rule of the component's, so that a
   * file of them would not open again. To be asked where the log writes all items without being told to. Optional.
   */
  checkEdits?(): boolean
  /**
   * Tells of something noteworthy: a torn tail set aside, a checkpoint that failed, a foreign edit kept. Never throws.
   */
  warn(message: string): void
}

/**
 * Where a memory store writes its batches. The order of calls of `append` and `save` is the order of batches.
 *
 * When a batch fails, every batch that was appended after it and is not yet acknowledged fails too, in the same
 * synchronous run of `done` calls: each was checked against a state that holds the failed one.
 */
export interface ChangeLog<T> {
  /** Takes the lock, recovers, and resolves the items in order, as parsed from JSON. */
  open(context: unknown): Promise<T[]>
  /**
   * Where each id stands in the items that `open` resolved, if recovering them has made that known: the memory store's
   * own table, which it takes over instead of making another. Every item has an id then, and no two the same. To be
   * asked once, before any item is changed; later, and when it is not known, the answer is null.
   */
  takeSlots?(): object | null
  /**
   * Writes one batch. `done` is called exactly once, after this call, in the order of calls: with null when the batch is
   * acknowledged (at once applied by the caller, so that `items()` holds it), else with the error.
   * When this throws, as for a batch that has no text, nothing was appended: `done` is not called, and no other batch
   * is concerned.
   */
  append(context: unknown, batch: Batch<T>, done: (error: Error | null) => void): void
  /** Replaces everything by `items`: a whole snapshot. Resolves when it is durable. Batches appended before go first. */
  save(context: unknown, items: readonly T[]): Promise<void>
  /** Resolves when all that was acknowledged so far is on the disk. */
  flush(context: unknown): Promise<void>
  /**
   * Writes a consistent copy, as a plain JSON array, to a new file at `path`. WRITE_FAILED if something is there, or it
   * is the log's own file, or a name of its journals.
   */
  backup(context: unknown, path: string): Promise<void>
  /**
   * Folds the journal into the file and lets go of the lock. On failure nothing acknowledged is lost, the log stays
   * open and `close` may be called again.
   */
  close(context: unknown): Promise<void>
  /**
   * Lets go of the lock and of all files, and leaves them as they are: the next opening finds what was acknowledged. For
   * when nobody will hold the log any more, as after an opening that was refused. Never rejects. Where it is missing, the
   * log is closed.
   */
  abandon?(): Promise<void>
  /**
   * A batch that was refused may still be found by the next opening. An answer that rests on that batch having done nothing
   * has to be acknowledged behind it, as an empty batch. Not given: never.
   */
  readonly isInDoubt?: boolean
  /** Nothing can be written to it as it was opened. Not given: it can. */
  readonly isReadOnly?: boolean
  /** What `open` found; null before. */
  readonly recovery: RecoveryReport | null
}

/** What an opening found, besides the items. */
export interface RecoveryReport {
  /**
   * A journal was there: the last run was killed, or closed with `fold_on_close: false`; where it was opened for reading,
   * perhaps an owner has it open.
   */
  readonly journalFound: boolean
  /** Sequence number of the last whole batch in the journals; 0 when there are none, as behind every clean close. */
  readonly lastSequence: number
  /** Batches replayed from journals onto the file. */
  readonly batchesReplayed: number
  /** Bytes after the last acknowledged batch that were cut off; opened for reading, passed over. */
  readonly bytesSetAside: number
  /** The file that keeps them; null when there were none, as long as the disk has no room for it, or opened for reading. */
  readonly setAsidePath: string | null
  /** Ids that more than one item has (look-ups see the first), at most 100 of them. */
  readonly duplicateIds: readonly (string | number | boolean)[]
  /** Items without a usable id; 0 in a store without ids. */
  readonly itemsWithoutId: number
  /** Where edits were kept that somebody else made to the file while it was open, since the opening. */
  readonly conflictPaths: readonly string[]
}
