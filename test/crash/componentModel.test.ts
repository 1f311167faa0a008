import { expect, test } from 'vitest'
import { componentHistory } from './componentHistory.js'

test('a file component holds what a plain list would, for readers and behind every end', async () => {
  const first = Date.now() % 1_000_000_000
  const sum: Record<string, number> = { histories: 0 }
  const end = performance.now() + 15_000
  for (let seed = first; performance.now() < end; seed++) {
    const counts = await componentHistory(seed)
    for (const [name, count] of Object.entries({ histories: 1, ...counts }))
      sum[name] = (sum[name] ?? 0) + count
  }
  console.log(`component model from seed ${first}: ${JSON.stringify(sum)}`)
  // It is worth something only if calls, folds, edits and ends met.
  for (const [name, least] of Object.entries(LEAST)) expect(sum[name], name).toBeGreaterThan(least)
})

/** On a computer that is busy with other tests too. */
const LEAST = {
  calls: 2000,
  answersBesideFolds: 100,
  ends: 200,
  endsBesideCalls: 50,
  edits: 5,
  foreignEdits: 10,
  closings: 20,
  folds: 100,
  readsForFolds: 20,
  longWrites: 30,
}
