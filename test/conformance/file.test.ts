import { describe, it } from 'vitest'
import { testPersistence } from '../../src/testing/index.js'
import { FILE, fileSubject } from './subjects.js'

testPersistence('IdentifiableFilePersistence', fileSubject, { runner: { describe, it }, capabilities: FILE })
