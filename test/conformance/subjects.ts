import { accessSync, constants } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ConfigParams } from '../../src/component/index.js'
import { IdentifiableFilePersistence } from '../../src/file/IdentifiableFilePersistence.js'
import { JsonFilePersister } from '../../src/file/JsonFilePersister.js'
import { IdentifiableMemoryPersistence } from '../../src/memory/IdentifiableMemoryPersistence.js'
import { IdentifiablePersistence } from '../../src/persistence/IdentifiablePersistence.js'
import type {
  Capabilities,
  Declaration,
  Item,
  PersistenceFactory,
  Subject,
  TestedPersistence,
} from '../../src/testing/index.js'

type Stored = Item & { id: unknown }
type StoredByText = Item & { id: string }

export const MEMORY: Capabilities = {
  order: 'insertion',
  functions: true,
  durable: false,
  uniqueIndexes: true,
  backup: false,
  needsOpen: false,
  values: 'structural',
  ids: 'any',
  plans: 'own',
  extended: false,
  frozenReads: true,
}

export const FILE: Capabilities = { ...MEMORY, durable: true, backup: true, needsOpen: true, values: 'json' }

/** `IdentifiablePersistence` on `memory:`. */
export const MEMORY_BY_URL: Capabilities = {
  ...MEMORY,
  needsOpen: true,
  values: 'portable',
  ids: 'typed',
  extended: true,
}

/** `IdentifiablePersistence` on `file:`. */
export const FILE_BY_URL: Capabilities = { ...MEMORY_BY_URL, durable: true, backup: true }

/** `IdentifiablePersistence` on a SQL database. */
export const SQL_BY_URL: Capabilities = {
  ...MEMORY_BY_URL,
  order: 'id',
  functions: false,
  durable: true,
  plans: 'engine',
  frozenReads: false,
}

/** A store in memory: nothing outlives the component. */
export async function memorySubject(declaration: Declaration): Promise<Subject> {
  const Class = named(IdentifiableMemoryPersistence<Stored, unknown>, declaration.name)
  return { persistence: declare(new Class(), declaration), dispose: async () => undefined }
}

/** The file class. */
export const fileSubject = inFolder((folder, declaration) => {
  const Class = named(IdentifiableFilePersistence<Stored, unknown>, declaration.name)
  return declare(new Class(new JsonFilePersister(join(folder, 'items.json'))), declaration)
})

/** What most components in the wild are: a subclass of the memory class that is given a persister. */
class MemoryWithPersister extends IdentifiableMemoryPersistence<Stored, unknown> {
  constructor(path: string) {
    super()
    const persister = new JsonFilePersister<Stored>(path)
    this._loader = persister
    this._saver = persister
  }
}

export const memoryWithPersisterSubject = inFolder((folder, declaration) => {
  const Class = named(MemoryWithPersister, declaration.name)
  return declare(new Class(join(folder, 'items.json')), declaration)
})

/**
 * A component whose store a URL names.
 * @param urlIn  the URL for a folder of the case's own
 */
export function byUrlSubject(urlIn: (folder: string) => string, driver?: unknown): PersistenceFactory {
  return inFolder((folder, declaration) => byUrl(urlIn(folder), declaration, { driver }))
}

/** The component on one URL; `settings` are those of its store, without `options.` added. */
export function byUrl(url: string, declaration: Declaration, options: ByUrlOptions = {}): TestedPersistence {
  const { name = 'items' } = declaration
  const { driver, settings = {} } = options
  const persistence = new IdentifiablePersistence<StoredByText, string>(name, { url, driver })
  persistence.configure(ConfigParams.fromValue(settings))
  return declare(persistence, declaration)
}

interface ByUrlOptions {
  readonly driver?: unknown
  readonly settings?: Readonly<Record<string, string>>
}

/**
 * On a disk in memory where there is one: the suite is about behaviour, and thousands of cases that each wait for a
 * disk take minutes. What a disk may do to a file is for the crash tests.
 */
const base = isWritable('/dev/shm') ? '/dev/shm' : tmpdir()

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK)
    return true
  } catch {
    return false
  }
}

/** Gives each case a folder of its own. */
function inFolder(make: (folder: string, declaration: Declaration) => TestedPersistence): PersistenceFactory {
  return async (declaration) => {
    const folder = await mkdtemp(join(base, 'holdfast-conformance-'))
    return {
      persistence: make(folder, declaration),
      reopen: async (other = declaration) => make(folder, other),
      dispose: () => rm(folder, { recursive: true, force: true }),
    }
  }
}

/** What the components of this library have for their declarations. */
interface Declarable {
  configure(config: ConfigParams): void
  ensureIndex(fields: Readonly<Record<string, 1 | -1>>, options?: { unique?: boolean }): void
  dateFields(...paths: string[]): void
}

/** Declares what a case asks for. */
export function declare<P extends Declarable>(persistence: P, declaration: Declaration): P {
  const { indexes = [], dateFields = [], maxPageSize, idType, reads } = declaration
  for (const { fields, unique } of indexes)
    persistence.ensureIndex(fields, unique === undefined ? {} : { unique })
  if (dateFields.length > 0) persistence.dateFields(...dateFields)
  const config = new ConfigParams()
  if (maxPageSize !== undefined) config.put('options.max_page_size', maxPageSize)
  if (idType !== undefined) config.put('options.id_type', idType)
  if (reads !== undefined) config.put('options.reads', reads)
  persistence.configure(config)
  return persistence
}

/** The same class under another name: the Pip-named classes take the name of the component from it. */
// biome-ignore lint/suspicious/noExplicitAny: TypeScript asks this of a constructor that is mixed in
function named<C extends new (...args: any[]) => object>(Base: C, name: string | undefined): C {
  if (name === undefined) return Base
  return { [name]: class extends Base {} }[name]!
}
