/** Run as a process: opens the store that other processes open at the same time, and writes twenty items to it. */
import { createSqliteStore } from '../../src/sqlite/index.ts'
import { sqliteDrivers } from './driver.ts'

const [filename, name, number] = process.argv.slice(2)
const { drivers } = await sqliteDrivers()
const index = { name: 'key:1:unique', fields: [{ path: ['key'], ascending: true }], unique: true }
const store = createSqliteStore(
  { filename, driver: drivers.get(name) },
  { name: 'dummies', idType: 'string', indexes: [index], dateFields: [] },
)
await store.open(null)
for (let i = 0; i < 20; i++) await store.insert(null, [{ id: `${number}-${i}`, key: `${number}-${i}` }])
await store.close(null)
process.disconnect()
