/** This library at its default durability. */
import { join } from 'node:path'
import { ConfigParams, IdentifiableFilePersistence } from 'holdfast'

export async function open(folder) {
  const places = new IdentifiableFilePersistence()
  places.configure(ConfigParams.fromTuples('path', join(folder, 'places.json')))
  await places.open(null)
  return {
    create: (item) => places.create(null, item),
    update: (item) => places.update(null, item),
    close: () => places.close(null),
  }
}
