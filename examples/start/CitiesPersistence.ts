import { ConfigParams, IdentifiablePersistence } from 'holdfast'
import type { City } from './City.js'

/** The same component on every store: which one it is, the URL says. */
export class CitiesPersistence extends IdentifiablePersistence<City, string> {
  constructor(url: string) {
    super('cities')
    this.configure(ConfigParams.fromTuples('url', url))
    this.ensureIndex({ country: 1, name: 1 })
  }
}
