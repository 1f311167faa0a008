/** The package whose components these are modelled on; the same calls, but for its filter functions. */
import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)
const { AnyValueMap, PagingParams } = require('pip-services3-commons-nodex')
const { IdentifiableMemoryPersistence } = require('pip-services3-data-nodex')

/** It has no indexes: a million items filled in one by one would take minutes, so they are put in its array. */
class Places extends IdentifiableMemoryPersistence {
  fill(items) {
    this._items = items
  }
  pageByCountry(country) {
    return this.getPageByFilter(null, (item) => item.country === country, new PagingParams(0, 20), null, null)
  }
  firstSortedPage() {
    return this.getPageByFilter(null, null, new PagingParams(0, 20), (item) => item.name, null)
  }
  countAbove(bound) {
    return this.getCountByFilter(null, (item) => item.population > bound)
  }
}

export async function open(size, itemOf) {
  const places = new Places()
  const items = []
  for (let i = 0; i < size; i++) items.push(itemOf(i))
  places.fill(items)
  await places.open(null)
  return {
    sortsSlowly: true,
    // It does not copy in every operation.
    handsOutStored: true,
    getOneById: (id) => places.getOneById(null, id),
    create: (item) => places.create(null, item),
    update: (item) => places.update(null, item),
    updatePartially: (id, data) => places.updatePartially(null, id, new AnyValueMap(data)),
    deleteById: (id) => places.deleteById(null, id),
    pageByCountry: (country) => places.pageByCountry(country),
    firstSortedPage: () => places.firstSortedPage(),
    countAbove: (bound) => places.countAbove(bound),
  }
}
