/**
 * Long random search for a crash that loses something: `npx tsx scripts/crash-search.ts [minutes] [first seed]`.
 * Runs one minute by default. Prints the seed with which a failure is found again, and ends with 1.
 */
import { randomHistory } from '../test/crash/randomHistory.js'

const minutes = Number(process.argv[2] ?? 1)
const first = Number(process.argv[3] ?? Date.now() % 1_000_000_000)
if (!(minutes > 0) || !Number.isSafeInteger(first)) {
  console.error('Usage: tsx scripts/crash-search.ts [minutes] [first seed]')
  process.exit(2)
}

const end = performance.now() + minutes * 60_000
const sum = { histories: 0, steps: 0, crashes: 0, calls: 0 }
const tell = () =>
  console.log(
    `seeds ${first} to ${first + sum.histories - 1}: ${sum.histories} histories, ${sum.steps} operations, ` +
      `${sum.calls} disk calls, ${sum.crashes} ends, nothing lost`,
  )
let next = performance.now() + 60_000
for (let seed = first; performance.now() < end; seed++) {
  try {
    const run = await randomHistory(seed)
    sum.histories++
    sum.steps += run.steps
    sum.crashes += run.crashes
    sum.calls += run.calls
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    console.error(`Find it again: npx tsx scripts/crash-search.ts 1 ${seed}`)
    process.exit(1)
  }
  if (performance.now() > next) {
    tell()
    next += 60_000
  }
}
tell()
