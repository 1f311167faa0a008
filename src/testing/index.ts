export type { Capabilities } from './Capabilities.js'
export type { Declaration, Item, PersistenceFactory, Subject, TestedPersistence } from './Subject.js'
export type { Runner } from './Suite.js'
export { type TestPersistenceOptions, testPersistence } from './testPersistence.js'
