/** @seald-io/nedb: appends to its file, and answers without a flush. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Datastore from '@seald-io/nedb'

const toStored = ({ id, ...fields }) => ({ _id: id, ...fields })

export async function open(folder, size, itemOf) {
  const filename = join(folder, 'places.db')
  for (let from = 0; from < size; from += 10_000) {
    const count = Math.min(10_000, size - from)
    const lines = Array.from({ length: count }, (_, i) => `${JSON.stringify(toStored(itemOf(from + i)))}\n`)
    writeFileSync(filename, lines.join(''), { flag: 'a' })
  }
  const places = new Datastore({ filename })
  await places.loadDatabaseAsync()
  return {
    create: (item) => places.insertAsync(toStored(item)),
    update: (item) => places.updateAsync({ _id: item.id }, toStored(item), {}),
    close: () => {},
  }
}
