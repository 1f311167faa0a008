import { afterEach, expect, test, vi } from 'vitest'
import { setTimeout } from '../../src/core/timers.js'
import { Pace } from '../../src/file/Pace.js'

// The engine keeps to Node.js's own timers whatever stands in the globals, so they are watched where it takes them.
vi.mock(import('../../src/core/timers.js'), async (original) => {
  const timers = await original()
  return { ...timers, setTimeout: vi.fn(timers.setTimeout) as unknown as typeof timers.setTimeout }
})

afterEach(() => {
  vi.restoreAllMocks()
})

/** The rests after so many slices of a millisecond, or as long as `worked`; 0 is a turn of the event loop. */
async function rests(pace: Pace, slices: number, worked = 1): Promise<number[]> {
  const timers = vi.mocked(setTimeout)
  const found: number[] = []
  for (let i = 0; i < slices; i++) {
    timers.mockClear()
    await pace.rest(worked)
    found.push(timers.mock.calls[0]?.[1] ?? 0)
  }
  return found
}

test('while others write, eight times as long as the work before', async () => {
  let writes = 0
  expect(await rests(new Pace(() => writes++), 4)).toEqual([8, 8, 8, 8])
})

test('a tenth of a second at most, also after a slice in which the process was stopped', async () => {
  let writes = 0
  expect(await rests(new Pace(() => writes++), 2, 3000)).toEqual([100, 100])
})

test('while others keep the event loop at work, too', async () => {
  let stop = false
  const work = () => {
    if (!stop) setImmediate(work)
  }
  work()
  const found = await rests(new Pace(() => 0), 4)
  stop = true
  expect(found).toEqual([8, 8, 8, 8])
})

test('while nobody does anything, a look every four milliseconds of work; and long again when somebody writes', async () => {
  vi.spyOn(performance, 'eventLoopUtilization').mockReturnValue({ idle: 1, active: 0, utilization: 0 })
  let writes = 0
  const pace = new Pace(() => writes)
  expect(await rests(pace, 9)).toEqual([8, 0, 0, 0, 1, 0, 0, 0, 1])
  writes++
  expect(await rests(pace, 6)).toEqual([0, 0, 0, 1, 8, 0])
})
