/** The suite under Node's own test runner, over the built package: `node --test test/conformance/underNodeTest.mjs`. */
import { describe, it } from 'node:test'
import { ConfigParams, IdentifiableMemoryPersistence } from '../../dist/index.js'
import { testPersistence } from '../../dist/testing/index.js'

testPersistence(
  'IdentifiableMemoryPersistence under node:test',
  async ({ name = 'Items', indexes = [], dateFields = [], maxPageSize = 100, reads = 'copied' }) => {
    const persistence = new { [name]: class extends IdentifiableMemoryPersistence {} }[name]()
    for (const { fields, unique = false } of indexes) persistence.ensureIndex(fields, { unique })
    persistence.dateFields(...dateFields)
    const settings = ['options.max_page_size', maxPageSize, 'options.reads', reads]
    persistence.configure(ConfigParams.fromTuples(...settings))
    return { persistence, dispose: async () => undefined }
  },
  {
    runner: { describe, it },
    capabilities: {
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
    },
  },
)
