/** This library, with the copies that users get. */
import { IdentifiableMemoryPersistence, PagingParams, TokenizedPagingParams } from 'holdfast'

class Places extends IdentifiableMemoryPersistence {
  constructor() {
    super()
    this.ensureIndex({ country: 1 })
    this.ensureIndex({ name: 1 })
  }
}

const TWENTY = new PagingParams(0, 20, false)

export async function open(size, itemOf) {
  const places = new Places()
  for (let i = 0; i < size; i++) await places.create(null, itemOf(i))
  return {
    getOneById: (id) => places.getOneById(null, id),
    create: (item) => places.create(null, item),
    update: (item) => places.update(null, item),
    updatePartially: (id, data) => places.updatePartially(null, id, data),
    deleteById: (id) => places.deleteById(null, id),
    pageByCountry: (country) => places.getPageByFilter(null, { country }, TWENTY),
    firstSortedPage: () => places.getPageByFilter(null, null, TWENTY, { name: 1 }),
    countAbove: (bound) => places.getCountByFilter(null, (item) => item.population > bound),
    pageByToken: (token, take, sort) =>
      places.getPageByToken(
        null,
        null,
        new TokenizedPagingParams(token, take, false),
        sort === 'id' ? null : { [sort]: 1 },
      ),
  }
}
