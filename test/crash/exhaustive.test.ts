import { expect, test } from 'vitest'
import { engineWith } from './ChangeLogSubject.js'
import { checkImage } from './checkImage.js'
import { explore } from './history.js'
import { persistenceWith } from './PersistenceSubject.js'
import { type Item, KINDS, type Kind, type OpenSubject } from './Subject.js'

const START: Item[] = [
  { id: 'a', v: 0 },
  { id: 'b', v: 0, text: 'w'.repeat(600) },
]

/** Every sequence of operations of that length. */
function* sequences(length: number): Generator<Kind[]> {
  if (length === 0) yield []
  else for (const head of sequences(length - 1)) for (const kind of KINDS) yield [...head, kind]
}

const sum = { histories: 0, states: 0, different: 0 }

/**
 * Runs every sequence of `length` operations, and crashes at every disk call of the last operation, of what runs beside
 * it, and of the closing: the crashes before that are those of a shorter sequence. At each, what was not flushed is lost,
 * kept, and treated in `choices` ways by chance.
 */
async function search(
  open: OpenSubject,
  length: number,
  starts: (Item[] | null)[],
  choices: number,
  durableWrites = true,
): Promise<void> {
  let seed = length * 1_000_003
  for (const kinds of sequences(length)) {
    for (const start of starts) {
      const found = await explore({
        open,
        start,
        kinds,
        durableWrites,
        from: Math.max(0, length - 1),
        choices,
        thoroughEvery: length < 4 ? 1 : 4,
        seed: seed++,
        check: (image) => checkImage(open, image),
      })
      sum.histories++
      sum.states += found.states
      sum.different += found.checked
    }
  }
}

const engine = engineWith()
const persistence = persistenceWith()

test('every crash in the first operations leaves a prefix that holds all that was acknowledged', async () => {
  await search(engine, 0, [null, START], 10)
  await search(engine, 1, [null, START], 10)
  await search(engine, 2, [null, START], 6)
  await search(engine, 3, [START], 3)
}, 1_200_000)

test('the same where the system has no durable writes, and each is followed by a flush', async () => {
  await search(engine, 1, [null, START], 6, false)
  await search(engine, 2, [null, START], 3, false)
  await search(engine, 3, [START], 1, false)
}, 1_200_000)

test('the same through the file component, where readers must not see what can still be lost', async () => {
  await search(persistence, 1, [null, START], 6)
  await search(persistence, 2, [null, START], 3)
}, 1_200_000)

test('every crash in the fourth operation too, in at least 100,000 states', async () => {
  await search(engine, 4, [START], 1)
  console.log(
    `exhaustive search: ${sum.histories} histories of up to 4 operations, ${sum.states} crash states ` +
      `(disk calls times choices of what is left), ${sum.different} of them different and recovered from`,
  )
  expect(sum.states).toBeGreaterThanOrEqual(100_000)
  expect(sum.different).toBeGreaterThanOrEqual(50_000)
}, 1_200_000)
