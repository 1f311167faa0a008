/** lowdb: every write is the whole file, without a flush. */
import { join } from 'node:path'
import { Low } from 'lowdb'
import { JSONFile } from 'lowdb/node'

export async function open(folder, size, itemOf) {
  const items = Array.from({ length: size }, (_, i) => itemOf(i))
  const database = new Low(new JSONFile(join(folder, 'places.json')), { items })
  await database.write()
  const positions = new Map(items.map(({ id }, i) => [id, i]))
  return {
    create(item) {
      positions.set(item.id, items.push(item) - 1)
      return database.write()
    },
    update(item) {
      items[positions.get(item.id)] = item
      return database.write()
    },
    close: () => {},
  }
}
