import { expect, test, vi } from 'vitest'
import { randomFaults } from './randomFaults.js'
import { withSkippedTime } from './skippedTime.js'

test('random histories with several faults lose nothing, whenever the process or the power ends', async () => {
  const now = performance.now.bind(performance)
  const restore = withSkippedTime()
  // They tell of what fails here on purpose.
  vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
  const first = Date.now() % 1_000_000_000
  const sum = { histories: 0, calls: 0, faults: 0, ends: 0 }
  try {
    for (let seed = first, end = now() + 20_000; now() < end; seed++) {
      const run = await randomFaults(seed)
      sum.histories++
      sum.calls += run.calls
      sum.faults += run.faults
      sum.ends += run.ends
    }
  } finally {
    restore()
    vi.restoreAllMocks()
  }
  console.log(
    `random faults from seed ${first}: ${sum.histories} histories, ${sum.calls} disk calls, ` +
      `${sum.faults} faults, ${sum.ends} ends`,
  )
  expect(sum.ends).toBeGreaterThan(500)
})
