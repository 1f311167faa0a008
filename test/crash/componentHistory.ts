import { Descriptor, LogLevel, References } from '../../src/component/index.js'
import type { Disk } from '../../src/file/Disk.js'
import { FilePersistence } from '../../src/file/FilePersistence.js'
import { IdentifiableFilePersistence } from '../../src/file/IdentifiableFilePersistence.js'
import { JsonFilePersister, type JsonFilePersisterOptions } from '../../src/file/JsonFilePersister.js'
import { Random } from '../simulated/random.js'
import type { SimulatedDisk } from '../simulated/SimulatedDisk.js'
import { PATH } from './checkImage.js'
import { Ledger, within } from './history.js'
import { SlowDisk, turn } from './SlowDisk.js'
import { type Item, same } from './Subject.js'

/** Most calls of a burst are of one row, each as likely as it is often named. */
const CALLS = [
  ['create', 'create', 'create', 'create', 'createMany'],
  ['set', 'update', 'updatePartially'],
  ['deleteById', 'deleteById', 'deleteById', 'deleteByIds', 'deleteByFilter'],
] as const
const CALLS_WITHOUT_IDS = [
  ['create', 'create', 'create', 'createMany'],
  ['create', 'deleteByFilter'],
] as const
const RARE_CALLS = ['clear', 'save'] as const
type Call = (typeof CALLS)[number][number] | (typeof RARE_CALLS)[number]

/** What a subclass does with the items in its hands. */
const EDITS: ((items: Item[], other: Item) => unknown)[] = [
  (items) => items.length,
  (items, other) => items.push(other),
  (items) => items.reverse(),
  (items, other) => items.splice(0, 3, other),
  (items, { v }) => Object.assign(items.at(-1) ?? {}, { v }),
]
/** Texts repeat these. */
const UNITS = ['x', 'ä', '日本語', '😀', '"\n']
/** Characters of all items past which only deletions follow. */
const LARGE = 40_000
const LONGEST_MS = 10_000

/**
 * One component over several openings, with or without ids, on a slow disk and with small journals, against a model that
 * is a plain list: bursts of calls, edits by a subclass and by strangers, closings beside calls. What readers see and what
 * a kill or a power cut leaves has to be the model; while calls are under way, a state between what was acknowledged and
 * what was asked for. What is asked follows from the seed; folds rest by the clock, and may stand at another place.
 * Resolves with counts of what happened.
 */
export async function componentHistory(seed: number) {
  const history = new History(seed)
  try {
    await history.run()
    return { ...history.counts, ...history.disk.counts }
  } catch (error) {
    const text = error instanceof Error ? error.stack : String(error)
    const calls = history.disk.log.slice(-60)
    throw new Error(`Seed ${seed}: ${text}\n${history.story.join('\n')}\nCalls:\n${calls.join('\n')}`)
  }
}

/** The components, with what a subclass can do. */
class WithIds extends IdentifiableFilePersistence<Item, string> {
  edit(change: (items: Item[]) => unknown) {
    change(this._items)
  }
}
class WithoutIds extends FilePersistence<Item> {
  edit(change: (items: Item[]) => unknown) {
    change(this._items)
  }
}

class History {
  readonly story: string[] = []
  readonly disk: SlowDisk
  /** Ends: copies of the disk, as a kill or a power cut leaves it, that were opened; some were taken beside calls. */
  readonly counts = {
    calls: 0,
    answersBesideFolds: 0,
    ends: 0,
    endsBesideCalls: 0,
    edits: 0,
    foreignEdits: 0,
    closings: 0,
  }
  readonly #random: Random
  /** Chooses what depends on the clock. */
  readonly #looks: Random
  readonly #hasIds: boolean
  #ledger: Ledger
  #options: JsonFilePersisterOptions = {}
  #component!: WithIds | WithoutIds
  #numbered = 0
  /** Repetitions in a text, at most. */
  #longest = 20
  #wrong: unknown = null
  #images: { disk: SimulatedDisk; allowed: Item[][]; where: string }[] = []
  #untilImage = 1
  /** Edits that a subclass has not saved need not be in the file. */
  #isEdited = false
  /** How many folds there had been when a stranger wrote the file: until the next it is not the component's. */
  #foreignSince = -1

  constructor(seed: number) {
    this.#random = new Random(seed)
    this.#looks = new Random(seed + 1)
    this.disk = new SlowDisk(seed, PATH, this.#random.pick([1, 3, 10, 30]))
    this.disk.recordLog = true
    this.#hasIds = this.#random.chance(0.7)
    const start = Array.from({ length: this.#random.below(30) }, () => this.#item())
    if (start.length > 0) this.disk.putFile(PATH, JSON.stringify(start))
    this.#ledger = new Ledger(start)
  }

  async run(): Promise<void> {
    await this.#open()
    this.disk.onCall = () => this.#beforeCall()
    for (let bursts = 8 + this.#random.below(12); bursts > 0; bursts--) {
      await this.#burst()
      if (this.#random.chance(0.1)) await this.#edit()
      if (this.#random.chance(0.15)) await this.#foreignEdit()
      if (this.#random.chance(0.1)) await this.#close()
      // Now and then a fold comes to its end before the next calls.
      if (this.#random.chance(0.3)) await new Promise((resume) => setTimeout(resume, this.#random.below(4)))
    }
    await this.#close()
  }

  async #open(): Promise<void> {
    const random = this.#random
    const durability = random.pick(['sync', 'sync', 'sync', 'interval', 'none'] as const)
    const checkpointSize = random.pick([1, 300, 2000, 8000, 30_000])
    this.#options = { durability, checkpointSize, flushIntervalMs: 5, foldOnClose: random.chance(0.7) }
    this.disk.durableWrites = random.chance(0.7)
    this.story.push(`${JSON.stringify(this.#options)}, durable writes ${this.disk.durableWrites}`)
    this.#component = await this.#openOn(this.disk, this.#options)
    const log = (_level: number, _context: unknown, _error: unknown, message: string) => {
      // Nothing else is cause for a warning, once it is open.
      if (this.counts.foreignEdits === 0) this.#wrong ??= new Error(`Warned: ${message}`)
    }
    const logger = new Descriptor('test', 'logger', 'default', 'default', '1.0')
    this.#component.setReferences(References.fromTuples(logger, { getLevel: () => LogLevel.Warn, log }))
    await this.#compare()
  }

  async #openOn(disk: Disk, options: JsonFilePersisterOptions): Promise<WithIds | WithoutIds> {
    const persister = new JsonFilePersister<Item>(PATH, { ...options, disk })
    const component = this.#hasIds ? new WithIds(persister) : new WithoutIds(persister)
    await within(LONGEST_MS, component.open(null))
    return component
  }

  /** Asks for some calls, now and then closes beside them, waits for the answers and looks at everything. */
  async #burst(mayClose = true): Promise<void> {
    const random = this.#random
    const { newest } = this.#ledger
    this.#ledger = new Ledger(newest)
    const rows: readonly (readonly Call[])[] = this.#hasIds ? CALLS : CALLS_WITHOUT_IDS
    const isLarge = newest.reduce((sum, { text = '' }) => sum + 30 + text.length, 0) > LARGE
    const favoured = isLarge ? rows.at(-1)! : random.pick(rows)
    const count = random.pick([1, 2, 5, 20, 100])
    const atOnce = random.pick([0, 0.9, 1, 1])
    const isClosing = random.chance(0.05) && mayClose
    this.#longest = random.pick([3, 20, 150, 800])
    this.story.push(
      `${count} calls, most ${favoured[0]}, texts to ${this.#longest}, ${atOnce} at once, closing ${isClosing}`,
    )
    const asked: Promise<void>[] = []
    for (let left = count; left > 0; left--) {
      const row = random.chance(0.005) ? RARE_CALLS : random.chance(0.6) ? favoured : random.pick(rows)
      const answered = this.#ask(random.pick(row))
      asked.push(answered)
      if (random.chance(0.05)) asked.push(this.#read())
      if (!random.chance(atOnce)) await within(LONGEST_MS, answered)
      for (let turns = random.below(6); turns > 0; turns--) await null
      if (random.chance(0.1)) await turn()
    }
    const closed = isClosing ? this.#watch(this.#component.close(null)) : null
    await within(LONGEST_MS, Promise.all(asked))
    if (closed !== null) await this.#close(closed)
    await this.#look()
  }

  /** Asks for one call, and notes what it makes of the list. */
  #ask(call: Call): Promise<void> {
    const ledger = this.#ledger
    const [answer, after] = this.#call(call)
    const index = ledger.states.push(after) - 1
    this.counts.calls++
    const acknowledge = () => {
      if (this.disk.isFolding) this.counts.answersBesideFolds++
      ledger.acknowledge(index)
    }
    return this.#watch(answer.then(acknowledge))
  }

  #call(call: Call): [answer: Promise<unknown>, after: Item[]] {
    const random = this.#random
    const items = this.#ledger.newest
    const component = this.#component as WithIds
    const idOfOne = () => (items.length === 0 ? 'none' : random.pick(items).id)
    switch (call) {
      case 'create': {
        const item = this.#item()
        return [component.create(null, { ...item }), [...items, item]]
      }
      case 'createMany': {
        const added = Array.from({ length: 1 + random.below(30) }, () => this.#item())
        return [component.createMany(null, structuredClone(added)), [...items, ...added]]
      }
      case 'set':
      case 'update': {
        const item = this.#item(random.chance(0.3) ? undefined : idOfOne())
        const isNew = !items.some(({ id }) => id === item.id)
        const after = items.map((old) => (old.id === item.id ? item : old))
        return [component[call](null, { ...item }), isNew && call === 'set' ? [...items, item] : after]
      }
      case 'updatePartially': {
        const [id, v] = [idOfOne(), ++this.#numbered]
        const after = items.map((item) => (item.id === id ? { ...item, v } : item))
        return [component.updatePartially(null, id, { v }), after]
      }
      case 'deleteById': {
        const id = idOfOne()
        return [component.deleteById(null, id), items.filter((item) => item.id !== id)]
      }
      case 'deleteByIds': {
        const ids = Array.from({ length: 1 + random.below(10) }, idOfOne)
        return [component.deleteByIds(null, ids), items.filter(({ id }) => !ids.includes(id))]
      }
      case 'deleteByFilter': {
        const every = 2 + random.below(20)
        const isMeant = ({ v }: Item) => v % every === 0
        const filter = random.chance(0.5) ? isMeant : { v: { $in: items.filter(isMeant).map(({ v }) => v) } }
        return [component.deleteByFilter(null, filter), items.filter((item) => !isMeant(item))]
      }
      case 'clear':
        return [component.clear(null), []]
      case 'save':
        return [component.save(null), items]
    }
  }

  /** Reads beside the calls: what is shown counts as acknowledged. */
  #read(): Promise<void> {
    const ledger = this.#ledger
    return this.#watch(this.#component.getListByFilter(null, null).then((items) => ledger.show(items)))
  }

  /** A subclass edits its items, and saves or closes. */
  async #edit(): Promise<void> {
    const edit = this.#random.pick(EDITS)
    const other = this.#item()
    this.story.push(`a subclass: ${edit}`)
    this.counts.edits++
    this.#isEdited = true
    const edited = structuredClone(this.#ledger.newest)
    edit(edited, { ...other })
    this.#ledger = new Ledger(edited)
    this.#component.edit((items) => edit(items, { ...other }))
    if (this.#random.chance(0.5)) await this.#burst(false)
    if (this.#random.chance(0.3)) return this.#close()
    await within(LONGEST_MS, this.#component.save(null))
    this.#isEdited = false
    await this.#look()
  }

  /** Somebody else writes the file: the data of the process wins, and what else the file holds is kept beside it. */
  async #foreignEdit(): Promise<void> {
    const { disk } = this
    const what = this.#random.pick(['replaced', 'touched', 'damaged', 'damaged'] as const)
    const bytes = disk.getFile(PATH)
    if (bytes === null) return this.#burst(false)
    this.story.push(`the file is ${what} by somebody else`)
    this.counts.foreignEdits++
    this.#foreignSince = disk.counts.folds
    // A fold that is about to replace the file need not see it.
    const isSeen = what === 'replaced' && this.#names(/\.tmp-snapshot-/).length === 0
    const foreign = JSON.stringify([{ id: 'foreign', v: this.#numbered }])
    if (what === 'replaced') disk.putFile(PATH, foreign)
    else if (what === 'touched') disk.putFile(PATH, bytes)
    else disk.damage(PATH, this.#looks.below(bytes.length))
    await this.#burst(false)
    if (this.#isUnsure) await within(LONGEST_MS, this.#component.save(null))
    if (isSeen && !this.#names(/\.conflict-/).some((name) => disk.getText(name) === foreign))
      throw new Error('What somebody else wrote is not kept')
    await this.#look()
  }

  /** What is on the disk need not be what was acknowledged. */
  get #isUnsure(): boolean {
    return this.#isEdited || this.disk.flushedFolds <= this.#foreignSince
  }

  /** Closed, the file alone holds everything if that was asked for, and nothing is left of what was on its way. */
  async #close(closed = this.#watch(this.#component.close(null))): Promise<void> {
    await within(LONGEST_MS, closed)
    if (this.#wrong !== null) throw this.#wrong
    const { disk } = this
    const { newest } = this.#ledger
    this.#ledger = new Ledger(newest)
    this.#isEdited = false
    this.counts.closings++
    const { foldOnClose } = this.#options
    const left = this.#names(foldOnClose ? /\.(tmp|journal)-/ : /\.tmp-/)
    if (left.length > 0) throw new Error(`Closed, these are left: ${left.join(', ')}`)
    if (foldOnClose) this.#expect(JSON.parse(disk.getText(PATH) ?? '[]'), [newest], 'the file')
    // A closing flushes at every level.
    await this.#checkImage(disk.afterCrash(this.#looks.below(3)), [newest], 'power cut behind a closing')
    this.story.push('closed')
    await this.#open()
  }

  /** Everything asked for was answered: readers see it, and an end now leaves it. */
  async #look(): Promise<void> {
    await this.#compare()
    for (const { disk, allowed, where } of this.#images.splice(0))
      await this.#checkImage(disk, allowed, where)
    if (this.#isUnsure) return
    const newest = [this.#ledger.newest]
    await this.#checkImage(this.disk.afterKill(), newest, 'kill behind the calls')
    if (this.#options.durability !== 'sync' || this.#looks.chance(0.5)) return
    const seed = this.#looks.next()
    await this.#checkImage(this.disk.afterCrash(seed), newest, `power cut behind the calls, seed ${seed}`)
  }

  async #compare(): Promise<void> {
    if (this.#wrong !== null) throw this.#wrong
    this.#expect(await this.#component.getListByFilter(null, null), [this.#ledger.newest], 'readers')
  }

  /** Beside anything, now and then: what a kill or a power cut would leave. */
  #beforeCall(): void {
    if (this.#isUnsure) return
    // More often as long as a power cut can take a fold back.
    this.#untilImage -= this.disk.flushedFolds < this.disk.counts.folds ? 20 : 1
    if (this.#untilImage > 0) return
    this.#untilImage = 1 + this.#looks.below(200)
    const isKill = this.#options.durability !== 'sync' || this.#looks.chance(0.5)
    const seed = this.#looks.next()
    const disk = isKill ? this.disk.afterKill() : this.disk.afterCrash(seed)
    const allowed = this.#ledger.allowed()
    if (allowed.length > 1) this.counts.endsBesideCalls++
    const where = `${isKill ? 'kill' : `power cut, seed ${seed},`} before call ${this.disk.calls}`
    this.#images.push({ disk, allowed, where })
  }

  async #checkImage(disk: SimulatedDisk, allowed: Item[][], where: string): Promise<void> {
    this.counts.ends++
    const component = await this.#openOn(disk, {}).catch((error) => {
      throw new Error(`${where}: ${error.code}: ${error.message}`)
    })
    this.#expect(await component.getListByFilter(null, null), allowed, where)
  }

  #expect(items: Item[], allowed: Item[][], where: string): void {
    if (allowed.some((state) => same(state, items))) return
    const newest = allowed.at(-1)!
    const at = newest.findIndex((item, i) => !same(item, items[i]))
    throw new Error(
      `${where}: ${items.length} items, which is none of ${allowed.length} states. The newest has ${newest.length}; ` +
        `in place ${at} it has ${print(newest[at])} and not ${print(items[at])}`,
    )
  }

  #watch(work: Promise<unknown>): Promise<void> {
    return work.then(
      () => {},
      (error) => {
        this.#wrong ??= error
      },
    )
  }

  #item(id?: string): Item {
    const v = ++this.#numbered
    const times = this.#random.below(this.#random.chance(0.005) ? 6000 : this.#longest)
    return { id: id ?? `i${v}`, v, text: this.#random.pick(UNITS).repeat(times) }
  }

  #names(pattern: RegExp): string[] {
    return [...this.disk.files().keys()].filter((name) => pattern.test(name))
  }
}

function print(item: Item | undefined): string {
  return item === undefined
    ? 'none'
    : `${JSON.stringify(item).slice(0, 60)} (${item.text?.length} characters)`
}
