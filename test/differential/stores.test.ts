import { afterAll, beforeAll, expect, test } from 'vitest'
import { compareRound, describeDifference } from './stores/compareRound.js'
import { compareStores } from './stores/compareStores.js'
import { DECLARATIONS } from './stores/declarations.js'
import { type Engines, startEngines } from './stores/engines.js'

let engines: Engines

beforeAll(async () => {
  engines = await startEngines()
  for (const reason of engines.leftOut) console.warn(`Not compared: ${reason}`)
}, 300_000)

afterAll(() => engines?.close())

const random = Date.now() % 1_000_000_000

test.each([
  ['a fixed seed', 1, 10],
  ['a random seed', random, 50],
])('random operations give the same on every store, by %s, %i, for %i seconds', async (_, seed, seconds) => {
  const { differences, operations } = await compareStores(engines, { seed, operations: 1_000_000, seconds })
  expect(differences.join('\n\n'), `npm run compare:stores -- ${operations} ${seed}`).toBe('')
  expect(operations).toBeGreaterThan(0)
  console.log(`${operations} operations on every store`)
})

/** What differed once. */
const SETTLED = {
  'a field named __proto__ in a partial update': [
    { name: 'create', args: [{ id: '1' }] },
    { name: 'updatePartially', args: ['1', JSON.parse('{"__proto__": 1}') as unknown] },
  ],
}

test.each(Object.entries(SETTLED))('%s is the same on every store', async (name, operations) => {
  const sides = await engines.open(name, DECLARATIONS[0]!)
  const difference = await compareRound(sides, operations, true)
  expect(difference === null ? '' : describeDifference(difference)).toBe('')
})
