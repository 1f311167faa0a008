export type { PostgresDriver } from './driver.js'
export { IdentifiablePostgresPersistence } from './IdentifiablePostgresPersistence.js'
export type { PostgresStoreOptions } from './options.js'
export { createPostgresStore } from './PostgresStore.js'
