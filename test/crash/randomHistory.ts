import { Random } from '../simulated/random.js'
import { SimulatedDisk } from '../simulated/SimulatedDisk.js'
import { engineWith } from './ChangeLogSubject.js'
import { brief, PATH } from './checkImage.js'
import { Ledger, settled, watch, within } from './history.js'
import { persistenceWith } from './PersistenceSubject.js'
import { ask, type Item, KINDS, type Kind, type OpenSubject, type Subject, same } from './Subject.js'

/** Counts of a random search. */
export interface RandomRun {
  readonly steps: number
  readonly crashes: number
  readonly calls: number
}

/** What can be asked for at once without an end. */
const BURST: readonly Kind[] = ['create', 'update', 'updatePartially', 'delete', 'createMany']
/**
 * Texts repeat these up to 700 times. With the longest and small journals, items and groups are long ones to a journal, as
 * those of a MiB are by default.
 */
const UNITS = ['x', 'x', '日本語', 'some text, '] as const

/**
 * One store over several lives, each ended by a closing, a kill or a power cut at a random call: several writes under way
 * at once, folds beside them, options chosen by chance. After each end what is found must be a state that the store
 * went through, and none older than what was acknowledged or shown; at weaker levels of durability a power cut may take
 * what came after the last flush, save or closing. Everything follows from the seed.
 */
export async function randomHistory(seed: number): Promise<RandomRun> {
  const random = new Random(seed)
  let disk = new SimulatedDisk(seed)
  disk.recordLog = true
  disk.durableWrites = random.chance(0.5)
  const start: Item[] | null = random.chance(0.5) ? null : [{ id: 'a', v: 0 }]
  if (start) disk.putFile(PATH, JSON.stringify(start))
  let ledger = new Ledger([...(start ?? [])])
  const total = { steps: 0, crashes: 0, calls: 0 }
  const story: string[] = []
  const before: string[] = []

  try {
    // Lives that end while they fold leave journals, up to those beside which the next fold goes on in the current one.
    const endInFolds = random.chance(0.3)
    for (let life = endInFolds ? 3 + random.below(6) : 1 + random.below(4); life > 0; life--) {
      const durability = random.pick(['sync', 'sync', 'sync', 'interval', 'none'] as const)
      const checkpointSize = endInFolds ? 1 : random.pick([1, 1, 3000, 40_000])
      const options = { durability, flushIntervalMs: 1, foldOnClose: random.chance(0.8), checkpointSize }
      const open = random.chance(0.5) ? engineWith(options) : persistenceWith(options)
      const until = endInFolds && random.chance(0.8) ? inFold(disk, random) : null
      const lasts =
        until !== null || random.chance(0.2) ? Number.POSITIVE_INFINITY : 2 ** (2 + random.below(8))
      disk.crashAt = disk.calls + 1 + (lasts === Number.POSITIVE_INFINITY ? lasts : random.below(lasts))
      const unit = random.pick(UNITS)
      const of = until !== null || random.chance(0.2) ? BURST : KINDS
      const kinds = Array.from({ length: 1 + random.below(of === BURST ? 50 : 20) }, () => random.pick(of))
      story.push(
        `${JSON.stringify(options)}, texts of "${unit}", durable writes ${disk.durableWrites}, crash at call ${disk.crashAt}: ${kinds.join(', ')}`,
      )
      await within(10_000, Promise.race([live(open, disk, ledger, kinds, unit, random, until), disk.crashed]))

      total.calls += disk.calls
      total.steps += ledger.steps.length
      const powerCut = disk.isCrashed && random.chance(0.7)
      disk.crash()
      // Without a flush a power cut may take any number of the last writes, also acknowledged ones.
      const allowed =
        powerCut && durability !== 'sync' ? ledger.states.slice(ledger.flushed) : ledger.allowed()
      const endSeed = random.chance(0.3) ? random.below(2) : random.next()
      before.splice(0, before.length, ...disk.log.slice(-60))
      disk = powerCut ? disk.afterCrash(endSeed) : disk.afterKill()
      story.push(powerCut ? `power cut, seed ${endSeed}` : 'killed or closed')
      total.crashes++
      disk = await firstCalm(disk, random)
      const subject = await within(10_000, engineWith()(disk, PATH))
      const items = await subject.items()
      if (!allowed.some((state) => same(state, items))) {
        throw new Error(`Recovered ${brief(items)}, expected one of\n${allowed.map(brief).join('\n')}`)
      }
      disk.crash()
      disk = disk.afterCrash(random.below(3))
      ledger = new Ledger(items, ledger.numbered + ledger.steps.length)
    }
  } catch (error) {
    const text = error instanceof Error ? error.stack : String(error)
    throw new Error(
      `Seed ${seed}: ${text}\n${story.join('\n')}\nCalls before the last end:\n${before.join('\n')}\nand since:\n${disk.log.slice(-60).join('\n')}`,
    )
  }
  return total
}

/** Now and then the power goes again while the store recovers; what is left in the end is handed back. */
async function firstCalm(disk: SimulatedDisk, random: Random): Promise<SimulatedDisk> {
  let left = disk
  while (random.chance(0.3)) {
    left.crashAt = left.calls + 1 + random.below(30)
    await within(10_000, Promise.race([engineWith()(left, PATH), left.crashed]))
    left.crash()
    left = left.afterCrash(random.next())
  }
  return left
}

/** To be called at each call of the disk: the end comes soon after a fold in a new journal has written to that. */
function inFold(disk: SimulatedDisk, random: Random): () => void {
  let writes = false
  return () => {
    const last = disk.log.at(-1)!
    if (last.includes(' create ')) writes = last.includes('.tmp-snapshot-')
    if (!writes || !/ (write|flush) .*journal-/.test(last)) return
    writes = false
    disk.crashAt = Math.min(disk.crashAt, disk.calls + 1 + random.below(4))
  }
}

/** Opens the store and asks for the steps, some one by one and some at once, then closes it or not. */
async function live(
  open: OpenSubject,
  disk: SimulatedDisk,
  ledger: Ledger,
  kinds: readonly Kind[],
  unit: string,
  random: Random,
  atEachCall: (() => void) | null,
): Promise<void> {
  let subject: Subject = await open(disk, PATH)
  const opened = await subject.items()
  if (!same(opened, ledger.newest))
    throw new Error(`Opened as ${brief(opened)}, expected ${brief(ledger.newest)}`)
  let wrong: unknown = null
  disk.onCall = () => {
    watch(subject, ledger, (error) => (wrong ??= error))
    atEachCall?.()
  }
  const asked: Promise<unknown>[] = []
  const calm = () => Promise.all(asked.splice(0))
  const atOnce = random.pick([0, 0.5, 0.9, 1])
  for (const kind of kinds) {
    // A whole save edits the items in place of the component, so nothing else may be under way.
    if (kind === 'save' || kind === 'reopen') await calm()
    const { step, index } = ledger.add(kind, unit)
    if (step.kind === 'reopen') {
      await subject.close()
      subject = await open(disk, PATH)
      const items = await subject.items()
      if (!same(items, ledger.newest))
        throw new Error(`Reopened as ${brief(items)}, expected ${brief(ledger.newest)}`)
      ledger.acknowledge(index)
    } else asked.push(ask(subject, step).then(() => ledger.acknowledge(index)))
    if (kind === 'save' || !random.chance(atOnce)) await calm()
    if (kind === 'save' || kind === 'reopen') ledger.flushed = index
    // Some share a flush with those before, some come when that is under way.
    for (let turns = random.below(6); turns > 0; turns--) await null
    if (random.chance(0.1)) {
      const { acknowledged } = ledger
      await subject.flush()
      ledger.flushed = Math.max(ledger.flushed, acknowledged)
    }
    if (random.chance(0.1)) await settled(disk)
    if (wrong !== null) throw wrong
  }
  await calm()
  if (random.chance(0.7)) {
    await subject.close()
    ledger.flushed = ledger.acknowledged
  }
  await settled(disk)
  disk.onCall = null
  if (wrong !== null) throw wrong
}
