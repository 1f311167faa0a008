export type { PostgresDriver } from './driver.js'
export type { PostgresStoreOptions } from './options.js'
export { createPostgresStore } from './PostgresStore.js'
