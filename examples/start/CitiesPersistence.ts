import { IdentifiableMemoryPersistence, JsonFilePersister } from 'holdfast'
import type { City } from './City.js'

export class CitiesMemoryPersistence extends IdentifiableMemoryPersistence<City, string> {
  constructor() {
    super()
    this.ensureIndex({ country: 1, name: 1 })
  }
}

export class CitiesFilePersistence extends CitiesMemoryPersistence {
  constructor(path: string) {
    super()
    const persister = new JsonFilePersister<City>(path)
    this._loader = persister
    this._saver = persister
  }
}
