/**
 * The suite under Node's own test runner, over the built package: `node --test test/conformance/underNodeTest.mjs`.
 * With BROKEN=1 on a store that does not keep its promises.
 */
import { describe, it } from 'node:test'
import { testPersistence } from '../../dist/testing/index.js'
import { brokenMemory, builtMemory, capabilities } from './builtMemory.mjs'

const factory = process.env.BROKEN === '1' ? brokenMemory : builtMemory
testPersistence('IdentifiableMemoryPersistence under node:test', factory, {
  runner: { describe, it },
  capabilities,
})
