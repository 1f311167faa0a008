import { FAULTY_CALLS, type Fault, type FaultKind } from '../simulated/calls.js'
import { Random } from '../simulated/random.js'
import { SimulatedDisk } from '../simulated/SimulatedDisk.js'
import { PATH } from './checkImage.js'
import { codeOf, Fates, isRefusal } from './Fates.js'
import { settled, within } from './history.js'
import { persistenceWith } from './PersistenceSubject.js'
import type { OpenSubject, Subject } from './Subject.js'
import { skipTime } from './skippedTime.js'

/** Counts of a random search. */
export interface FaultsRun {
  readonly calls: number
  readonly faults: number
  /** States that a kill or a power cut would have left, and that were opened. */
  readonly ends: number
}

/** How likely each thing is to come next, in parts of their sum. */
const ACTIONS = {
  create: 30,
  createMany: 6,
  delete: 6,
  save: 8,
  flush: 4,
  close: 8,
  kill: 6,
  fault: 12,
  calm: 8,
  wait: 4,
}

/**
 * One store over several lives on one disk that fails some times, at any calls and in any way: writes under way at once,
 * folds, closings, kills, openings that fail. Now and then, and at the end, what a kill or a power cut would leave is
 * opened: what was acknowledged has to be there, and nothing that was refused. Everything follows from the seed. Needs
 * `withSkippedTime`.
 */
export async function randomFaults(seed: number): Promise<FaultsRun> {
  const history = new History(seed)
  try {
    return await within(20_000, history.run())
  } catch (error) {
    const text = error instanceof Error ? error.stack : String(error)
    throw new Error(
      `Seed ${seed}: ${text}\n${history.story.join('\n')}\nCalls:\n${history.disk.log.join('\n')}`,
    )
  }
}

class History {
  readonly story: string[] = []
  readonly disk: SimulatedDisk
  readonly #random: Random
  readonly #fates = new Fates()
  readonly #open: OpenSubject
  /** Whether acknowledged means flushed: else only a kill may be looked at. */
  readonly #sync: boolean
  /** Texts repeat this up to 200 times. The long one, and small journals, make long items and groups of them. */
  readonly #unit: string
  readonly #images: {
    disk: SimulatedDisk
    wrong: (seen: ReadonlySet<string>) => string | null
    where: string
  }[] = []
  /** Faults that are still to be set. */
  readonly #faults: Fault[]
  #set: Fault | null = null
  #fired = 0
  #subject: Subject | null = null
  #life = { dead: false }
  #asked: Promise<unknown>[] = []
  #numbered = 0
  #untilLook: number

  constructor(seed: number) {
    const random = new Random(seed)
    this.#random = random
    this.disk = new SimulatedDisk(seed)
    this.disk.recordLog = true
    this.disk.durableWrites = random.chance(0.6)
    const durability = random.pick(['sync', 'sync', 'sync', 'interval', 'none'] as const)
    this.#sync = durability === 'sync'
    const checkpointSize = random.pick([600, 600, 600, 1, 150, 3000, 40_000])
    this.#unit = random.pick(['x', 'x', 'x', '日本語, a long text '])
    const options = { durability, foldOnClose: random.chance(0.7), flushIntervalMs: 1, checkpointSize }
    this.#open = persistenceWith(options)
    this.#faults = Array.from({ length: 1 + random.below(5) }, () => this.#fault())
    this.#untilLook = 1 + random.below(60)
    this.story.push(`${JSON.stringify(options)}, durable writes ${this.disk.durableWrites}`)
  }

  async run(): Promise<FaultsRun> {
    this.disk.onCall = () => this.#beforeCall()
    for (let steps = 20 + this.#random.below(30); steps > 0; steps--) {
      if (this.#subject === null) await this.#opening()
      else await this.#act(this.#action())
      if (this.#random.chance(0.5)) await this.#calm()
    }
    await this.#calm()
    this.#healthy()
    this.#faults.length = 0
    if (this.#subject === null) await this.#opening()
    // What failed before may be told once more.
    for (let tries = 0; this.#subject !== null; tries++) {
      if (tries > 3) throw new Error('The store cannot be closed')
      skipTime(10 * 60_000)
      await this.#closing()
    }
    this.disk.onCall = null
    this.#look('at the end', this.disk.afterCrash(0))
    for (const { disk, wrong, where } of this.#images) {
      const subject = await persistenceWith()(disk, PATH).catch((error) => {
        throw new Error(`${where}: ${codeOf(error)}: ${error.message}`)
      })
      const found = wrong(await idsOf(subject))
      if (found !== null) throw new Error(`${where}: ${found}`)
    }
    return { calls: this.disk.calls, faults: this.#fired, ends: this.#images.length }
  }

  #action(): keyof typeof ACTIONS {
    const parts = Object.entries(ACTIONS).flatMap(([name, times]) => Array(times).fill(name))
    return this.#random.pick(parts)
  }

  async #act(action: keyof typeof ACTIONS): Promise<void> {
    this.story.push(`${action} at call ${this.disk.calls}`)
    const subject = this.#subject!
    if (action === 'create') {
      for (let more = this.#random.below(4); more >= 0; more--) {
        const [item] = this.#items(1)
        this.#ask([item!.id], 'store', subject.create(item!))
      }
    } else if (action === 'createMany') {
      const items = this.#items(3)
      this.#ask(
        items.map(({ id }) => id),
        'store',
        subject.createMany(items),
      )
    } else if (action === 'delete') {
      const { stored } = this.#fates
      if (stored.length === 0) return
      const id = this.#random.pick(stored)
      this.#ask([id], 'delete', subject.delete(id))
    } else if (action === 'save') {
      // A whole save edits the items in place of the component, so nothing else may be under way.
      await this.#calm()
      const [item] = this.#items(1)
      const saving = subject.items().then((items) => subject.save([...items, item!]))
      this.#ask([item!.id], 'store', saving, true)
      await this.#calm()
      if (await isDone(saving)) this.#lookAtFlushed('save')
    } else if (action === 'flush') await this.#flush(subject)
    else if (action === 'close') await this.#closing()
    else if (action === 'kill') await this.#kill()
    else if (action === 'fault') this.#nextFault()
    else if (action === 'calm') this.#healthy()
    else await settled(this.disk)
  }

  async #flush(subject: Subject): Promise<void> {
    // With nothing else under way all that was acknowledged is on the disk then, at every level of durability.
    const alone = this.#random.chance(0.5)
    if (alone) await this.#calm()
    const flushing = subject.flush()
    this.#ask([], 'store', flushing)
    if (alone && (await isDone(flushing))) this.#lookAtFlushed('flush')
  }

  #ask(ids: string[], to: 'store' | 'delete', call: Promise<unknown>, left = false): void {
    this.#asked.push(this.#fates.follow(ids, to, call, left))
  }

  /** Waits for what was asked for, and sees whether readers are shown what they should be. */
  async #calm(): Promise<void> {
    await Promise.all(this.#asked.splice(0))
    if (this.#subject === null) return
    const wrong = this.#fates.check()(await idsOf(this.#subject))
    if (wrong !== null) throw new Error(`Readers: ${wrong}`)
  }

  async #opening(): Promise<void> {
    const wrong = this.#fates.check()
    try {
      this.#subject = await this.#open(mortal(this.disk, this.#life), PATH)
      this.story.push(`opened at call ${this.disk.calls}`)
    } catch (error) {
      this.story.push(`opening refused: ${codeOf(error)}`)
      if (!isRefusal(error)) throw error
      if (this.#random.chance(0.5)) this.#healthy()
      return
    }
    const seen = await idsOf(this.#subject)
    const found = wrong(seen)
    if (found !== null) throw new Error(`Opened: ${found}`)
    this.#fates.settle(seen)
  }

  async #closing(): Promise<void> {
    const subject = this.#subject!
    try {
      await subject.close()
      this.#subject = null
      await this.#calm()
      this.#lookAtFlushed('close')
    } catch (error) {
      this.story.push(`closing refused: ${codeOf(error)}`)
      if (!isRefusal(error)) throw error
    }
  }

  /** Ends the process and not the system: what it did not flush may be lost in a power cut later. */
  async #kill(): Promise<void> {
    for (let turns = this.#random.below(12); turns > 0; turns--) await null
    this.#life.dead = true
    this.#life = { dead: false }
    this.#subject = null
    this.#asked = []
    this.#healthy()
    // What was under way is answered; nobody is there to hear it.
    await new Promise((resume) => setImmediate(resume))
    const looking = this.disk.onCall
    this.disk.onCall = null
    for (const name of await this.disk.list('/')) if (name.startsWith('.')) await this.disk.unlink(`/${name}`)
    this.disk.onCall = looking
  }

  #nextFault(): void {
    this.#set = this.#faults.shift() ?? null
    this.disk.setFault(this.#set)
    if (this.#set !== null) this.story.push(`  ${JSON.stringify(this.#set)}`)
  }

  #healthy(): void {
    this.#set = null
    this.disk.setFault(null)
    skipTime(10 * 60_000)
  }

  #fault(): Fault {
    const random = this.#random
    const kind = random.pick(Object.keys(FAULTY_CALLS) as FaultKind[])
    const afterEffect = kind !== 'short' && random.chance(0.2)
    return { kind, at: 1 + random.below(8), forever: random.chance(0.3), afterEffect }
  }

  #beforeCall(): void {
    if (this.#set !== null && this.disk.faultsFired > 0) {
      this.#fired += this.#set.forever ? 0 : 1
      // The next fault may come where the store gets over this one.
      if (!this.#set.forever && this.#random.chance(0.5)) this.#nextFault()
      else if (!this.#set.forever) this.#set = null
    }
    if (--this.#untilLook > 0) return
    this.#untilLook = 20 + this.#random.below(120)
    const kill = !this.#sync || this.#random.chance(0.3)
    const seed = this.#random.chance(0.3) ? this.#random.below(2) : this.#random.next()
    const image = kill ? this.disk.afterKill() : this.disk.afterCrash(seed)
    this.#look(`${kill ? 'kill' : `power cut, seed ${seed},`} before call ${this.disk.calls}`, image)
  }

  /** What a power cut would leave behind that call, which resolved. */
  #lookAtFlushed(call: string): void {
    this.#look(`power cut behind ${call}`, this.disk.afterCrash(this.#random.below(3)))
  }

  #look(where: string, disk: SimulatedDisk): void {
    this.#images.push({ disk, wrong: this.#fates.check(), where })
  }

  #items(count: number): { id: string; v: number; text: string }[] {
    return Array.from({ length: count }, () => {
      const n = ++this.#numbered
      return { id: `i${n}`, v: n, text: this.#unit.repeat(this.#random.below(200)) }
    })
  }
}

async function idsOf(subject: Subject): Promise<Set<string>> {
  return new Set((await subject.items()).map(({ id }) => id))
}

/** The same disk as a process sees it that may be killed: nothing it asks for then is done, and nothing is answered. */
function mortal<O extends object>(target: O, life: { readonly dead: boolean }): O {
  const never = () => new Promise<never>(() => {})
  return new Proxy(target, {
    get(_, name) {
      const member: unknown = Reflect.get(target, name, target)
      if (typeof member !== 'function') return member
      // Not a call to the disk, and answered at once.
      if (name === 'keepYoung') return member.bind(target)
      return async (...given: unknown[]) => {
        if (life.dead) return never()
        try {
          const answer: unknown = await member.apply(target, given)
          if (life.dead) return await never()
          return name === 'open' ? mortal(answer as object, life) : answer
        } catch (error) {
          if (life.dead) return never()
          throw error
        }
      }
    },
  })
}

function isDone(call: Promise<unknown>): Promise<boolean> {
  return call.then(
    () => true,
    () => false,
  )
}
