import { describe, it } from 'vitest'
import { testPersistence } from '../../src/testing/index.js'
import { byUrl, MEMORY_BY_URL } from './subjects.js'

testPersistence(
  'IdentifiablePersistence on memory:',
  async (declaration) => ({ persistence: byUrl('memory:', declaration), dispose: async () => undefined }),
  { runner: { describe, it }, capabilities: MEMORY_BY_URL },
)
