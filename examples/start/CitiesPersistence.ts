import { IdentifiablePersistence, type IdentifiablePersistenceOptions } from 'holdfast'
import type { City } from './City.js'

/** The same component on every store: which one it is, the URL says. */
export class CitiesPersistence extends IdentifiablePersistence<City, string> {
  constructor(options: IdentifiablePersistenceOptions) {
    super('holdfast_example_cities', options)
    this.ensureIndex({ country: 1, name: 1 })
  }
}
