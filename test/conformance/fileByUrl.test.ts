import { describe, it } from 'vitest'
import { testPersistence } from '../../src/testing/index.js'
import { byUrlSubject, FILE_BY_URL } from './subjects.js'

testPersistence(
  'IdentifiablePersistence on file:',
  byUrlSubject((folder) => `file:${folder}/items.json`),
  { runner: { describe, it }, capabilities: FILE_BY_URL },
)
