/**
 * Long random search for a crash that loses something: `npx tsx scripts/crash-search.ts [minutes] [first seed]`. With each
 * seed one history of many operations, and one with several faults. Runs one minute by default. Prints the seed with which a failure is found again, and ends with 1.
 */
import { randomFaults } from '../test/crash/randomFaults.js'
import { randomHistory } from '../test/crash/randomHistory.js'
import { withSkippedTime } from '../test/crash/skippedTime.js'

const minutes = Number(process.argv[2] ?? 1)
const first = Number(process.argv[3] ?? Date.now() % 1_000_000_000)
if (!(minutes > 0) || !Number.isSafeInteger(first)) {
  console.error('Usage: tsx scripts/crash-search.ts [minutes] [first seed]')
  process.exit(2)
}

const now = performance.now.bind(performance)
withSkippedTime()
// They tell of what fails here on purpose.
process.emitWarning = () => {}
const end = now() + minutes * 60_000
const sum = { seeds: 0, calls: 0, faults: 0, ends: 0 }
const tell = () =>
  console.log(
    `seeds ${first} to ${first + sum.seeds - 1}: ${sum.calls} disk calls, ${sum.faults} faults, ${sum.ends} ends, nothing lost`,
  )
let next = now() + 60_000
for (let seed = first; now() < end; seed++) {
  try {
    const run = await randomHistory(seed)
    const failing = await randomFaults(seed)
    sum.seeds++
    sum.calls += run.calls + failing.calls
    sum.faults += failing.faults
    sum.ends += run.crashes + failing.ends
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    console.error(`Find it again: npx tsx scripts/crash-search.ts 1 ${seed}`)
    process.exit(1)
  }
  if (now() > next) {
    tell()
    next += 60_000
  }
}
tell()
