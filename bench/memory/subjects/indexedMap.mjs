/** The bare Map with an index by country kept by hand: the limit of a page by an indexed field. */
import { copy, fill, MapOfPlaces } from './map.mjs'

export async function open(size, itemOf) {
  return fill(new IndexedMapOfPlaces(), size, itemOf)
}

class IndexedMapOfPlaces extends MapOfPlaces {
  idsByCountry = new Map()

  async create(item) {
    const stored = copy(item)
    if (this.items.has(stored.id)) throw new Error('The id is taken.')
    this.items.set(stored.id, stored)
    this.#add(stored)
    return copy(stored)
  }

  async update(item) {
    const before = this.items.get(item.id)
    if (before === undefined) return null
    const stored = copy(item)
    this.items.set(stored.id, stored)
    this.#move(before, stored)
    return copy(stored)
  }

  async updatePartially(id, data) {
    const before = this.items.get(id)
    if (before === undefined) return null
    const stored = copy({ ...before, ...data })
    this.items.set(id, stored)
    this.#move(before, stored)
    return copy(stored)
  }

  async deleteById(id) {
    const item = this.items.get(id)
    if (item === undefined) return null
    this.items.delete(id)
    this.idsByCountry.get(item.country).delete(id)
    return item
  }

  async pageByCountry(country) {
    const page = []
    const ids = this.idsByCountry.get(country)
    if (ids === undefined) return page
    for (const id of ids) {
      page.push(copy(this.items.get(id)))
      if (page.length === 20) break
    }
    return page
  }

  #move(before, after) {
    if (before.country === after.country) return
    this.idsByCountry.get(before.country).delete(before.id)
    this.#add(after)
  }

  #add(item) {
    const ids = this.idsByCountry.get(item.country)
    if (ids === undefined) this.idsByCountry.set(item.country, new Set([item.id]))
    else ids.add(item.id)
  }
}
