/**
 * The limit: a bare Map behind asynchronous functions, which copies items and their nested arrays in and out, and does
 * what the operations of a persistence do: a taken id is refused, an unknown one is null.
 */
export async function open(size, itemOf) {
  return fill(new MapOfPlaces(), size, itemOf)
}

export async function fill(places, size, itemOf) {
  for (let i = 0; i < size; i++) await places.create(itemOf(i))
  return places
}

export class MapOfPlaces {
  items = new Map()

  async getOneById(id) {
    const item = this.items.get(id)
    return item === undefined ? null : copy(item)
  }

  async create(item) {
    const stored = copy(item)
    if (this.items.has(stored.id)) throw new Error('The id is taken.')
    this.items.set(stored.id, stored)
    return copy(stored)
  }

  async update(item) {
    if (!this.items.has(item.id)) return null
    const stored = copy(item)
    this.items.set(stored.id, stored)
    return copy(stored)
  }

  async updatePartially(id, data) {
    const before = this.items.get(id)
    if (before === undefined) return null
    const stored = copy({ ...before, ...data })
    this.items.set(id, stored)
    return copy(stored)
  }

  async deleteById(id) {
    const item = this.items.get(id)
    if (item === undefined) return null
    this.items.delete(id)
    return item
  }

  /** Without an index: all items until there are twenty. */
  async pageByCountry(country) {
    const page = []
    for (const item of this.items.values()) {
      if (item.country !== country) continue
      page.push(copy(item))
      if (page.length === 20) break
    }
    return page
  }

  async countAbove(bound) {
    const matches = (item) => item.population > bound
    let count = 0
    for (const item of this.items.values()) if (matches(item)) count++
    return count
  }
}

export function copy(item) {
  return { ...item, tags: item.tags.slice() }
}
