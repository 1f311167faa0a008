/** Run as a process: opens the store that other processes open at the same time, and writes twenty items to it. */
import { createPostgresStore } from '../../src/postgres/index.ts'

const [url, schema, number] = process.argv.slice(2)
const index = { name: 'key:1:unique', fields: [{ path: ['key'], ascending: true }], unique: true }
const store = createPostgresStore(
  { url, schema, poolSize: 3 },
  { name: 'dummies', idType: 'string', indexes: [index], dateFields: [] },
)
await store.open(null)
const numbers = Array.from({ length: 20 }, (_, i) => i)
await Promise.all(numbers.map((i) => store.insert(null, [{ id: `${number}-${i}`, key: `${number}-${i}` }])))
await store.close(null)
process.disconnect()
