/** `IdentifiableMemoryPersistence` of the built package, for test runners that take no TypeScript. */
import { ConfigParams, IdentifiableMemoryPersistence } from '../../dist/index.js'

export async function builtMemory({
  name = 'Items',
  indexes = [],
  dateFields = [],
  maxPageSize = 100,
  reads = 'copied',
}) {
  const persistence = new { [name]: class extends IdentifiableMemoryPersistence {} }[name]()
  for (const { fields, unique = false } of indexes) persistence.ensureIndex(fields, { unique })
  persistence.dateFields(...dateFields)
  const settings = ['options.max_page_size', maxPageSize, 'options.reads', reads]
  persistence.configure(ConfigParams.fromTuples(...settings))
  return { persistence, dispose: async () => undefined }
}

/** The same, but that it keeps what is deleted by id: the suite must see it under any runner. */
export async function brokenMemory(declaration) {
  const { persistence, dispose } = await builtMemory(declaration)
  persistence.deleteById = (context, id) => persistence.getOneById(context, id)
  return { persistence, dispose }
}

export const capabilities = {
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
