import { describe, it } from 'vitest'
import { testPersistence } from '../../src/testing/index.js'
import { FILE, memoryWithPersisterSubject } from './subjects.js'

testPersistence('IdentifiableMemoryPersistence with a JsonFilePersister', memoryWithPersisterSubject, {
  runner: { describe, it },
  capabilities: FILE,
})
