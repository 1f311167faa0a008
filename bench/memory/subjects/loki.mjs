/**
 * LokiJS with its `clone` option. Of its ways to clone that copy nested arrays only `parse-stringify` is left, which is
 * slow; so it is given the shallow one, and the nested array is copied here.
 */
import Loki from 'lokijs'

const withTags = (item) => {
  if (item === null || item === undefined) return null
  item.tags = item.tags.slice()
  return item
}

export function open(size, itemOf) {
  const places = new Loki('bench').addCollection('places', {
    unique: ['id'],
    indices: ['country', 'name'],
    clone: true,
    cloneMethod: 'shallow',
    disableMeta: true,
    // Kept in order one by one, a million inserts would take hours; made anew below.
    adaptiveBinaryIndices: false,
  })
  for (let i = 0; i < size; i++) places.insert(itemOf(i))
  places.ensureIndex('country')
  places.ensureIndex('name')
  places.adaptiveBinaryIndices = true
  const byId = (id) => places.by('id', id)
  return {
    getOneById: (id) => withTags(byId(id)),
    create: (item) => withTags(places.insert(withTags({ ...item }))),
    update(item) {
      const known = byId(item.id)
      return known === null || known === undefined
        ? null
        : withTags(places.update(withTags({ ...item, $loki: known.$loki })))
    },
    updatePartially(id, data) {
      const known = byId(id)
      return known === null || known === undefined
        ? null
        : withTags(places.update(Object.assign(withTags(known), data)))
    },
    deleteById(id) {
      const known = byId(id)
      if (known === null || known === undefined) return null
      places.remove(known)
      return known
    },
    pageByCountry: (country) => places.chain().find({ country }).limit(20).data().map(withTags),
    firstSortedPage: () => places.chain().simplesort('name').limit(20).data().map(withTags),
    countAbove: (bound) =>
      places
        .chain()
        .where((item) => item.population > bound)
        .count(),
  }
}
