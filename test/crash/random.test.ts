import { expect, test } from 'vitest'
import { randomHistory } from './randomHistory.js'

test('random histories of several lives lose nothing (longer runs: scripts/crash-search.ts)', async () => {
  const first = Date.now() % 1_000_000_000
  const sum = { histories: 0, steps: 0, crashes: 0, calls: 0 }
  const end = performance.now() + 20_000
  for (let seed = first; performance.now() < end; seed++) {
    const run = await randomHistory(seed)
    sum.histories++
    sum.steps += run.steps
    sum.crashes += run.crashes
    sum.calls += run.calls
  }
  console.log(
    `random search from seed ${first}: ${sum.histories} histories, ${sum.steps} operations, ` +
      `${sum.calls} disk calls, ${sum.crashes} ends`,
  )
  expect(sum.crashes).toBeGreaterThan(500)
})
