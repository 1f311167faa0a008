import { Random } from '../simulated/random.js'
import { SimulatedDisk } from '../simulated/SimulatedDisk.js'
import { brief, type Image, PATH } from './checkImage.js'
import {
  after,
  ask,
  type Item,
  type Kind,
  makeStep,
  type OpenSubject,
  type Step,
  type Subject,
  same,
} from './Subject.js'

/** What was asked of a store so far, and how much of it was acknowledged. */
export class Ledger {
  /** The state after each step; the first is the one that was opened. */
  readonly states: Item[][]
  readonly steps: Step[] = []
  /** Index of the newest state known to be acknowledged. */
  acknowledged = 0
  /** Index of the newest state known to be on the disk, where that is not what an acknowledgement says. */
  flushed = 0
  readonly #answered = new Set<number>()

  /** @param numbered  how many steps there were before, in earlier lives: no id is used twice */
  constructor(
    opened: Item[],
    readonly numbered = 0,
  ) {
    this.states = [opened]
  }

  get newest(): Item[] {
    return this.states.at(-1)!
  }

  /** @param unit  as in `makeStep` */
  add(kind: Kind, unit?: string): { step: Step; index: number } {
    const step = makeStep(kind, this.newest, this.numbered + this.steps.length + 1, unit)
    this.steps.push(step)
    this.states.push(after(this.newest, step))
    return { step, index: this.states.length - 1 }
  }

  /** An answer may come early when there was nothing to do: what was asked for before it still counts as under way. */
  acknowledge(index: number): void {
    this.#answered.add(index)
    while (this.#answered.has(this.acknowledged + 1)) this.acknowledged++
  }

  /** What a recovery now may find: no less than was acknowledged, no more than was asked for. */
  allowed(): Item[][] {
    return this.states.slice(this.acknowledged)
  }

  /**
   * What a reader was shown counts as acknowledged: nobody may see a write that can still be lost.
   * @throws when the state is none that the history went through
   */
  show(items: readonly Item[]): void {
    const index = this.states.findIndex((state) => same(state, items))
    if (index < 0) throw new Error(`A reader was shown ${brief(items)}, which never was`)
    // Direct edits of `_items` are seen before the save that makes them durable.
    if (this.steps[index - 1]?.kind !== 'save') this.acknowledged = Math.max(this.acknowledged, index)
  }

  toString(): string {
    return this.steps.map((step) => step.kind).join(', ')
  }
}

export interface Exploration {
  /** Crash points times choices of what is left. */
  states: number
  /** Of these, those that differed from one already checked in the same history. */
  checked: number
}

export interface HistoryOptions {
  readonly open: OpenSubject
  /** Items that the file holds at the start; null: no file. */
  readonly start: readonly Item[] | null
  readonly kinds: readonly Kind[]
  /** Whether the disk has files whose writes are flushed at once. */
  readonly durableWrites: boolean
  /** Crashes before the step with this index are not looked at: a shorter history has them. */
  readonly from: number
  /** How many choices of what is left of unflushed data are made at each crash point, besides nothing and all. */
  readonly choices: number
  /** One in how many images is checked thoroughly; the others only for what is recovered. */
  readonly thoroughEvery: number
  readonly seed: number
  readonly check: (image: Image, where: string) => Promise<void>
}

/**
 * Runs one history on a simulated disk, a step after the other, folds beside the next steps, and has an image checked
 * for every disk call from step `from` on to the end of the closing, with several choices of what the crash left.
 */
export async function explore(options: HistoryOptions): Promise<Exploration> {
  const random = new Random(options.seed)
  const disk = new SimulatedDisk(options.seed)
  disk.recordLog = true
  disk.durableWrites = options.durableWrites
  if (options.start !== null) disk.putFile(PATH, JSON.stringify(options.start))
  const ledger = new Ledger([...(options.start ?? [])])
  const images: { image: Image; where: string }[] = []
  const seen = new Set<string>()
  const found: Exploration = { states: 0, checked: 0 }

  const look = () => {
    watch(subject, ledger, (error) => {
      wrong ??= error
    })
    found.states += 2 + options.choices
    // Calls that only look change nothing, so a crash leaves what it left before.
    const now = `${disk.version} ${ledger.acknowledged} ${ledger.states.length}`
    if (now === last) return
    last = now
    const allowed = ledger.allowed()
    const seeds = [0, 1, ...Array.from({ length: options.choices }, () => 2 + random.below(1 << 30))]
    for (const seed of seeds) {
      const image = disk.afterCrash(seed)
      const print = `${ledger.acknowledged} ${ledger.states.length} ${fingerprint(image)}`
      if (seen.has(print)) continue
      seen.add(print)
      const where = `crash before call ${disk.calls}, seed ${seed}`
      images.push({
        image: { disk: image, allowed, seed, thorough: images.length % options.thoroughEvery === 0 },
        where,
      })
    }
  }

  let last = ''
  let wrong: unknown = null
  let subject: Subject | null = null
  const run = async () => {
    subject = await options.open(disk, PATH)
    for (const [i, kind] of options.kinds.entries()) {
      if (i === options.from) disk.onCall = look
      const { step, index } = ledger.add(kind)
      if (step.kind === 'reopen') {
        await subject.close()
        subject = await options.open(disk, PATH)
        const items = await subject.items()
        if (!same(items, ledger.newest)) throw new Error(`${ledger}: reopened as ${brief(items)}`)
      } else await ask(subject, step)
      ledger.acknowledge(index)
    }
    if (options.kinds.length === options.from) disk.onCall = look
    await settled(disk)
    await subject.close()
    look()
    disk.onCall = null
    if (wrong !== null) throw wrong
  }
  try {
    await within(5000, run())
  } catch (error) {
    throw new Error(`${describe(options)}: ${stackOf(error)}\nCalls:\n${disk.log.slice(-60).join('\n')}`)
  }

  for (const { image, where } of images) {
    found.checked++
    try {
      await within(5000, options.check(image, where))
    } catch (error) {
      const calls = disk.log.slice(-60).join('\n')
      throw new Error(`${describe(options)}, ${where}: ${stackOf(error)}\nCalls of the history:\n${calls}`)
    }
  }
  return found
}

/** Reads beside the work, as soon as the store answers; what is seen counts as acknowledged. */
export function watch(subject: Subject | null, ledger: Ledger, wrong: (error: unknown) => void): void {
  subject
    ?.items()
    // A store that is being closed or opened shows nothing.
    .catch(() => null)
    .then((items) => items && ledger.show(items))
    .catch(wrong)
}

function describe({ kinds, start, durableWrites, seed }: HistoryOptions): string {
  return `[${kinds.join(', ')}], durable writes ${durableWrites}, on ${start === null ? 'no file' : brief(start)}, history seed ${seed}`
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}

/** Rejects when nothing came of the work after that time: a promise that was forgotten. */
export async function within<V>(ms: number, work: Promise<V>): Promise<V> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`Nothing happened for ${ms} ms`)), ms)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

/** Waits until no call was made for some turns of the event loop: what runs beside the work is through. */
export async function settled(disk: SimulatedDisk): Promise<void> {
  for (let quiet = 0, calls = disk.calls; quiet < 4; quiet++) {
    await new Promise((resume) => setImmediate(resume))
    if (disk.calls === calls) continue
    calls = disk.calls
    quiet = 0
  }
}

function fingerprint(disk: SimulatedDisk): string {
  let text = ''
  for (const [name, bytes] of disk.files()) text += `${name}:${Buffer.from(bytes).toString('latin1')};`
  return text
}
