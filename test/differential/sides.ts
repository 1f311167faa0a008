import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import commons from 'pip-services3-commons-nodex'
import original from 'pip-services3-data-nodex'
import { FilePersistence } from '../../src/file/FilePersistence.js'
import { IdentifiableFilePersistence } from '../../src/file/IdentifiableFilePersistence.js'
import { JsonFilePersister } from '../../src/file/JsonFilePersister.js'
import { IdentifiableMemoryPersistence } from '../../src/memory/IdentifiableMemoryPersistence.js'
import { MemoryPersistence } from '../../src/memory/MemoryPersistence.js'

/** The data types of the original; both sides are called with these objects. */
export const {
  AnyValueMap,
  ConfigParams,
  FilterParams,
  PagingParams,
  ProjectionParams,
  SortField,
  SortParams,
} = commons

// biome-ignore lint/suspicious/noExplicitAny: one type for both packages, and for calls that neither would compile
export type Any = any

/** What both packages have, protected members too: tests call them as subclasses do. */
export interface Side {
  configure(config: Any): void
  setReferences(references: Any): void
  isOpen(): boolean
  open(context: Any): Promise<void>
  close(context: Any): Promise<void>
  save(context: Any): Promise<void>
  clear(context: Any): Promise<void>
  create(context: Any, item: Any): Promise<Any>
  set(context: Any, item: Any): Promise<Any>
  update(context: Any, item: Any): Promise<Any>
  updatePartially(context: Any, id: Any, data: Any): Promise<Any>
  deleteById(context: Any, id: Any): Promise<Any>
  deleteByIds(context: Any, ids: Any): Promise<void>
  deleteByFilter(context: Any, filter: Any): Promise<void>
  getOneById(context: Any, id: Any): Promise<Any>
  getListByIds(context: Any, ids: Any): Promise<Any[]>
  getListByFilter(context: Any, filter: Any, sort: Any, select: Any): Promise<Any[]>
  getPageByFilter(context: Any, filter: Any, paging: Any, sort: Any, select: Any): Promise<Any>
  getCountByFilter(context: Any, filter: Any): Promise<number>
  getOneRandom(context: Any, filter: Any): Promise<Any>
  _items: Any[]
}

/** One of the two packages: makes each of the classes. */
export interface Package {
  memory(loader?: Any, saver?: Any): Side
  plain(loader?: Any, saver?: Any): Side
  file(path: string): Side
  plainFile(path: string): Side
}

export const THEIRS: Package = {
  memory: (loader, saver) => new original.IdentifiableMemoryPersistence<Any, Any>(loader, saver) as Any,
  plain: (loader, saver) => new original.MemoryPersistence<Any>(loader, saver) as Any,
  file: (path) =>
    new original.IdentifiableFilePersistence<Any, Any>(new original.JsonFilePersister(path)) as Any,
  plainFile: (path) => new original.FilePersistence<Any>(new original.JsonFilePersister(path)) as Any,
}

export const OURS: Package = {
  memory: (loader, saver) => new IdentifiableMemoryPersistence<Any, Any>(loader, saver) as Any,
  plain: (loader, saver) => new MemoryPersistence<Any>(loader, saver) as Any,
  file: (path) => new IdentifiableFilePersistence<Any, Any>(new JsonFilePersister<Any>(path)) as Any,
  plainFile: (path) => new FilePersistence<Any>(new JsonFilePersister<Any>(path)) as Any,
}

/** Runs with a new folder, which is gone afterwards. */
export async function inFolder<V>(run: (folder: string) => Promise<V>): Promise<V> {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-'))
  try {
    return await run(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
