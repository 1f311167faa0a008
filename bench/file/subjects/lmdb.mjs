/** lmdb, each write awaited until it is flushed; writes at the same time share a transaction and its flush. */
import { join } from 'node:path'
import { open as openEnvironment } from 'lmdb'

export async function open(folder, size, itemOf) {
  const database = openEnvironment({ path: join(folder, 'places.mdb') })
  let last = null
  for (let i = 0; i < size; i++) {
    last = database.put(`item-${String(i).padStart(9, '0')}`, itemOf(i))
    if (i % 10_000 === 0) await last
  }
  await last
  await database.flushed
  const put = async (item) => {
    await database.put(item.id, item)
    await database.flushed
  }
  return { create: put, update: put, close: () => database.close() }
}
