import { afterEach, expect, test, vi } from 'vitest'
import { IdGenerator } from '../../src/data/index.js'

afterEach(() => vi.restoreAllMocks())

function makeIds(count: number): string[] {
  return Array.from({ length: count }, () => IdGenerator.nextLong())
}

function expectAscending(ids: string[]): void {
  ids.forEach((id, i) => {
    expect(i === 0 || (ids[i - 1] ?? '') < id, `${ids[i - 1]} then ${id}`).toBe(true)
  })
}

test('nextLong() is 32 lowercase hex digits in the layout of UUID version 7', () => {
  const before = Date.now()
  for (const id of makeIds(2000)) {
    expect(id).toMatch(/^[0-9a-f]{12}7[0-9a-f]{3}[89ab][0-9a-f]{15}$/)
    expect(Number.parseInt(id.slice(0, 12), 16)).toBeGreaterThanOrEqual(before)
  }
})

test('nextLong() goes up also within one millisecond', () => {
  const now = Date.now() + 1000
  vi.spyOn(Date, 'now').mockReturnValue(now)
  const ids = makeIds(20_000)
  expectAscending(ids)
  expect(new Set(ids.map((id) => id.slice(0, 12))).size).toBe(1)
})

test('nextLong() goes up when the clock is set back', () => {
  const now = Date.now() + 2000
  const clock = vi.spyOn(Date, 'now').mockReturnValue(now)
  const ids = makeIds(100)
  clock.mockReturnValue(now - 3_600_000)
  ids.push(...makeIds(100))
  expectAscending(ids)
})

test('nextLong() leaves 44 random bits at the end', () => {
  const tails = new Set(makeIds(5000).map((id) => id.slice(21)))
  expect(tails.size).toBe(5000)
})

test('nextShort() is 9 digits', () => {
  for (let i = 0; i < 1000; i++) expect(IdGenerator.nextShort()).toMatch(/^[1-9][0-9]{8}$/)
})
