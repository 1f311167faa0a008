/** This library: one class, the store by its URL. */
import { IdentifiablePersistence, PagingParams, TokenizedPagingParams } from 'holdfast'

class Places extends IdentifiablePersistence {
  constructor(url, driver) {
    super('places', { url, driver })
    this.ensureIndex({ country: 1 })
    this.ensureIndex({ name: 1 })
  }
}

const TWENTY = new PagingParams(0, 20, false)

export async function open(url) {
  const driver = await import(url.startsWith('sqlite:') ? 'better-sqlite3' : 'pg')
  const places = new Places(url, driver)
  await places.open(null)
  return {
    getOneById: (id) => places.getOneById(null, id),
    create: (item) => places.create(null, item),
    update: (item) => places.update(null, item),
    deleteById: (id) => places.deleteById(null, id),
    createMany: (items) => places.createMany(null, items),
    pageByCountry: (country) => places.getPageByFilter(null, { country }, TWENTY),
    firstSortedPage: () => places.getPageByFilter(null, null, TWENTY, { name: 1 }),
    pageByToken: (token, take) =>
      places.getPageByToken(null, null, new TokenizedPagingParams(token, take, false), { name: 1 }),
    close: () => places.close(null),
  }
}
