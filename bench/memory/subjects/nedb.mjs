/** @seald-io/nedb in memory. Its own `_id` is the id; it copies in and out by itself. */
import Datastore from '@seald-io/nedb'

const toStored = ({ id, ...fields }) => ({ _id: id, ...fields })
const toItem = (stored) => {
  if (stored === null) return null
  const { _id, ...fields } = stored
  return { id: _id, ...fields }
}

export async function open(size, itemOf) {
  const places = new Datastore()
  for (let from = 0; from < size; from += 10_000) {
    const part = []
    for (let i = from; i < Math.min(size, from + 10_000); i++) part.push(toStored(itemOf(i)))
    await places.insertAsync(part)
  }
  await places.ensureIndexAsync({ fieldName: 'country' })
  await places.ensureIndexAsync({ fieldName: 'name' })
  return {
    sortsSlowly: true,
    getOneById: async (id) => toItem(await places.findOneAsync({ _id: id })),
    create: async (item) => toItem(await places.insertAsync(toStored(item))),
    update: async (item) => changed(await places.updateAsync({ _id: item.id }, toStored(item), RETURN)),
    updatePartially: async (id, data) =>
      changed(await places.updateAsync({ _id: id }, { $set: data }, RETURN)),
    deleteById: (id) => places.removeAsync({ _id: id }, {}),
    pageByCountry: async (country) => (await places.findAsync({ country }).limit(20)).map(toItem),
    firstSortedPage: async () => (await places.findAsync({}).sort({ name: 1 }).limit(20)).map(toItem),
    countAbove: (bound) =>
      places.countAsync({
        $where() {
          return this.population > bound
        },
      }),
  }
}

const RETURN = { returnUpdatedDocs: true }

function changed({ affectedDocuments }) {
  return affectedDocuments === null ? null : toItem(affectedDocuments)
}
