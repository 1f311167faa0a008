export type { SqliteDriver } from './driver.js'
export { IdentifiableSqlitePersistence } from './IdentifiableSqlitePersistence.js'
export type { SqliteStoreOptions } from './options.js'
export { createSqliteStore } from './SqliteStore.js'
