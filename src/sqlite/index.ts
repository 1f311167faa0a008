export type { SqliteDriver } from './driver.js'
export type { SqliteStoreOptions } from './options.js'
export { createSqliteStore } from './SqliteStore.js'
