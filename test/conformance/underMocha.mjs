/**
 * The suite under mocha, whose functions are globals, over the built package: `npx mocha test/conformance/underMocha.mjs`.
 * With BROKEN=1 on a store that does not keep its promises.
 */
import { testPersistence } from '../../dist/testing/index.js'
import { brokenMemory, builtMemory, capabilities } from './builtMemory.mjs'

const factory = process.env.BROKEN === '1' ? brokenMemory : builtMemory
testPersistence('IdentifiableMemoryPersistence under mocha', factory, { capabilities })
