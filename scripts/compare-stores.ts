/**
 * Random operations on all stores, every result compared: `npm run compare:stores -- [operations] [seed]`, 10,000
 * unless said. Prints what differs, with the seed by which it is found again, and ends with 1 if anything does.
 * Ctrl-C ends it early, with the count.
 */
import { compareStores, type Progress } from '../test/differential/stores/compareStores.js'
import { startEngines } from '../test/differential/stores/engines.js'

const operations = Number(process.argv[2] ?? 10_000)
const seed = Number(process.argv[3] ?? Date.now() % 1_000_000_000)
if (!Number.isSafeInteger(operations) || operations < 1 || !Number.isSafeInteger(seed) || seed < 0) {
  console.error('Usage: npm run compare:stores -- [operations] [seed]')
  process.exit(2)
}

const engines = await startEngines()
for (const reason of engines.leftOut) console.log(`Not compared: ${reason}`)
console.log(`seed ${seed}`)
const start = performance.now()
const every = process.stdout.isTTY ? 500 : 30_000
let next = start + every
let told = 0
const interrupted = new AbortController()
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => interrupted.abort())

function tell({ operations: done, differences }: Progress): void {
  const seconds = (performance.now() - start) / 1000
  const line = `${done} of ${operations} operations, ${Math.round(done / seconds)} a second, ${differences.length} differences`
  process.stdout.write(process.stdout.isTTY ? `\r${line}` : `${line}\n`)
}

try {
  const sum = await compareStores(engines, {
    seed,
    operations,
    signal: interrupted.signal,
    onProgress: (progress) => {
      for (; told < progress.differences.length; told++) console.log(`\n${progress.differences[told]}\n`)
      if (performance.now() < next) return
      tell(progress)
      next = performance.now() + every
    },
  })
  tell(sum)
  if (process.stdout.isTTY) process.stdout.write('\n')
  process.exitCode = sum.differences.length > 0 ? 1 : 0
} finally {
  await engines.close()
}
