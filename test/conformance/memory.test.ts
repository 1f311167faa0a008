import { describe, it } from 'vitest'
import { testPersistence } from '../../src/testing/index.js'
import { MEMORY, memorySubject } from './subjects.js'

testPersistence('IdentifiableMemoryPersistence', memorySubject, {
  runner: { describe, it },
  capabilities: MEMORY,
})
