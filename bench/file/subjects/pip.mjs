/** The package whose components these are modelled on: every write is the whole file, without a flush. */
import { writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'

const require = createRequire(import.meta.url)
const { IdentifiableFilePersistence, JsonFilePersister } = require('pip-services3-data-nodex')

export async function open(folder, size, itemOf) {
  const path = join(folder, 'places.json')
  writeFileSync(path, JSON.stringify(Array.from({ length: size }, (_, i) => itemOf(i))))
  const places = new IdentifiableFilePersistence(new JsonFilePersister(path))
  await places.open(null)
  return {
    create: (item) => places.create(null, item),
    update: (item) => places.update(null, item),
    close: () => places.close(null),
  }
}
