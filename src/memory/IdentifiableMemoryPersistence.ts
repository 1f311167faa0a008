import type { CallContext } from '../component/index.js'
import type { IGetter } from '../contract/IGetter.js'
import type { ILoader } from '../contract/ILoader.js'
import type { IPartialUpdater } from '../contract/IPartialUpdater.js'
import type { ISaver } from '../contract/ISaver.js'
import type { ISetter } from '../contract/ISetter.js'
import type { IWriter } from '../contract/IWriter.js'
import { isMissingId } from '../core/ids.js'
import type { AnyValueMap, IIdentifiable } from '../data/index.js'
import { collectionOf, MemoryPersistence } from './MemoryPersistence.js'

/**
 * Keeps items with ids in memory; everything else as `MemoryPersistence`. Ids are compared strictly: 5 is not '5'. An
 * id that is null, undefined or '' is replaced by a generated one: 32 hex digits, in the order of time.
 */
export class IdentifiableMemoryPersistence<T extends IIdentifiable<K>, K>
  extends MemoryPersistence<T>
  implements IWriter<T, K>, IGetter<T, K>, ISetter<T>, IPartialUpdater<T, K>
{
  constructor(loader?: ILoader<T> | null, saver?: ISaver<T> | null) {
    super(loader, saver, true)
  }

  /** The items with these ids, in insertion order, each once; unknown ids are passed over. */
  getListByIds(context: CallContext, ids: readonly K[]): Promise<T[]> {
    return collectionOf<T, K>(this).getListByIds(context, ids)
  }

  /** The item with this id; null when there is none. */
  getOneById(context: CallContext, id: K): Promise<T | null> {
    return collectionOf<T, K>(this).getOneById(context, id)
  }

  /**
   * Adds an item at the end; resolves with a copy of what is stored, its id filled in.
   * @throws ConflictException DUPLICATE_ID  the id is taken; DUPLICATE_KEY  a unique index has such an item
   * @throws BadRequestException INVALID_ITEM  not an object, or holds what cannot be stored
   */
  override create(context: CallContext, item: T): Promise<T> {
    return collectionOf<T, K>(this).create(context, item)
  }

  /** Adds the item, or puts it in the place of the one with the same id. Errors as `create`, but for DUPLICATE_ID. */
  set(context: CallContext, item: T): Promise<T> {
    return collectionOf<T, K>(this).set(context, item)
  }

  /** Puts the item in the place of the one with the same id, whole; null, and nothing done, when there is none. */
  update(context: CallContext, item: T): Promise<T | null> {
    return collectionOf<T, K>(this).update(context, item)
  }

  /**
   * Lays the given fields over the item's own; fields not given stay. null is stored as null. Resolves null when there
   * is no such item.
   * @throws BadRequestException ID_CHANGED  the data holds another id; INVALID_ITEM  it holds what cannot be stored
   */
  updatePartially(context: CallContext, id: K, data: AnyValueMap | Partial<T>): Promise<T | null> {
    return collectionOf<T, K>(this).updatePartially(context, id, data)
  }

  /** Deletes the item and resolves with it; null when there is none. */
  deleteById(context: CallContext, id: K): Promise<T | null> {
    return collectionOf<T, K>(this).deleteById(context, id)
  }

  /** Deletes the items with these ids, as one durable write; unknown ids are passed over. */
  deleteByIds(context: CallContext, ids: readonly K[]): Promise<void> {
    return collectionOf<T, K>(this).deleteByIds(context, ids)
  }

  /** Whether a value given as id asks for a generated one: null, undefined and ''. */
  protected isEmpty(value: unknown): boolean {
    return isMissingId(value)
  }
}
