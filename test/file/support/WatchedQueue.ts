import { type WaitingBatch, WriteQueue } from '../../../src/file/WriteQueue.js'
import type { Sightings } from './Sightings.js'

/** What a `GroupWriter` decides; whether it is called as it should be is looked at before. */
export interface BlindWriter {
  lanes(): number
  coming(queue: WatchedQueue): void
  write(): Promise<void>
  /** Calls `refuse` once: for the groups that failed, or for the batches that wait too. */
  failed(queue: WatchedQueue, refuse: (waitingToo: boolean) => void): Promise<void>
}

/** A task or a step. */
interface Work {
  /** Its number, as in a batch. */
  readonly context: number
  readonly isStep: boolean
  /** Why it is to reject; null where it is not, or is not known to. */
  error: unknown
}

type Entry = WaitingBatch | Work

/** A group that is begun, and not acknowledged as a whole. */
interface Flight {
  readonly untold: WaitingBatch[]
  readonly isLarge: boolean
  outcome: 'open' | 'written' | 'failed'
  error: unknown
  isLanding: boolean
}

/**
 * A queue between callers and a writer, both of which may do as they like. All that passes is compared with a plain
 * line of what waits. The first promise that the queue breaks is noted, with what happened before.
 */
export class WatchedQueue {
  /** The promise that was broken first; null while all are kept. */
  broken: string | null = null
  readonly #queue: WriteQueue
  readonly #writer: BlindWriter
  readonly #large: number
  readonly #seen: Sightings
  readonly #story: string[] = []
  #asked = 0
  /** What waits, in the order in which it is to have its turn. */
  #line: Entry[] = []
  readonly #flights: Flight[] = []
  readonly #unsettled = new Set<Entry>()
  /** A task or a step runs, or a failure is dealt with. */
  #isTaken = false
  /** Callers of a group of several were told in this turn of the event loop. */
  #isTelling = false
  /** Bytes of the group that is to be begun now. */
  #announced = 0

  constructor(writer: BlindWriter, large: number, seen: Sightings) {
    this.#writer = writer
    this.#large = large
    this.#seen = seen
    this.#queue = new WriteQueue(
      {
        // When a promise is broken nothing more is begun, so that a queue that goes round in a circle comes to an end.
        lanes: () => (this.broken === null ? writer.lanes() : 0),
        coming: (bytes) => this.#coming(bytes),
        write: (group) => this.#write(group),
        written: (batches) => this.#written(batches),
        failed: (groups, error) => this.#failed(groups, error),
      },
      large,
    )
  }

  /** Nothing is to come any more, or is worth waiting for. */
  get isOver(): boolean {
    return this.#unsettled.size === 0 || this.broken !== null
  }

  /** To be called when there was time enough for all. */
  end(): void {
    this.#promise('every call is settled in the end', this.#unsettled.size === 0)
  }

  batch(text: string | readonly string[], goOn: () => void): void {
    const batch: WaitingBatch = {
      text,
      context: this.#asked++,
      done: () => {
        this.#promise('each caller is told exactly once', this.#unsettled.delete(batch))
        goOn()
      },
    }
    this.#happens('batch asked for:', batch)
    this.#line.push(batch)
    this.#unsettled.add(batch)
    this.#queue.batch(batch)
  }

  task(run: () => Promise<void>): void {
    const task: Work = { context: this.#asked++, isStep: false, error: null }
    this.#happens('task asked for:', task)
    if (this.#flights.length > 0) this.#seen.tasksBehindGroups++
    this.#line.push(task)
    this.#settles(task, this.#queue.task(this.#watched(task, run)))
  }

  step(run: () => Promise<void>): void {
    const step: Work = { context: this.#asked++, isStep: true, error: null }
    this.#happens('step asked for:', step)
    this.#line.unshift(step)
    this.#settles(step, this.#queue.step(this.#watched(step, run)))
  }

  cancelSteps(): void {
    const error = new Error('cancelled')
    const steps = this.#line.filter(isWork).filter(({ isStep }) => isStep)
    for (const step of steps) step.error = error
    this.#line = this.#line.filter((entry) => isBatch(entry) || !entry.isStep)
    this.#seen.stepsCancelled += steps.length
    this.#happens('cancelled:', ...steps)
    this.#queue.cancelSteps(error)
  }

  #watched(work: Work, run: () => Promise<void>): () => Promise<Work> {
    return async () => {
      this.#happens('runs:', work)
      this.#mayAct()
      this.#promise('whoever runs alone has nothing under way', this.#flights.length === 0)
      this.#promise(
        'a task runs after all that was asked for before it, a step before all that waits, a cancelled step never',
        this.#line.shift() === work,
      )
      this.#isTaken = true
      try {
        await run()
      } catch (error) {
        work.error = error
      }
      this.#isTaken = false
      this.#happens('over:', work)
      if (work.isStep) this.#seen.steps++
      if (work.error !== null) throw work.error
      return work
    }
  }

  #settles(work: Work, promise: Promise<Work>): void {
    this.#unsettled.add(work)
    const settled = (asItShould: boolean) => {
      this.#promise('work settles as it ended, and rejects where it was cancelled', asItShould)
      this.#unsettled.delete(work)
    }
    promise.then(
      (value) => settled(value === work && work.error === null),
      (error) => settled(error === work.error),
    )
  }

  #coming(bytes: number): void {
    this.#mayAct()
    this.#announced = bytes
    const first = this.#line[0]
    this.#writer.coming(this)
    if (this.#line[0] !== first) this.#seen.stepsBeforeAnnouncedGroups++
  }

  #write(group: readonly WaitingBatch[]): Promise<void> {
    const flying = this.#flights.filter(({ isLanding }) => !isLanding)
    const isLarge = sum(group, (batch) => this.#countedSize(batch)) >= this.#large
    const announced = this.#announced
    const lanes = this.#writer.lanes()
    this.#happens(`begun, with ${lanes} lanes:`, ...group)
    this.#mayAct()
    this.#promise(
      'groups are written in the order of calls, each behind the tasks and steps that go before it',
      group.length > 0 && same(group, this.#line.splice(0, group.length)),
    )
    const isAnnounced = announced >= sum(group, size)
    this.#promise('a group is announced directly before it, with its bytes or more', isAnnounced)
    this.#promise('no more groups are under way than there are lanes', flying.length < lanes)
    this.#promise('nothing is begun behind a large batch', !flying.some((flight) => flight.isLarge))
    this.#promise('a group of several stays below what is large', group.length === 1 || !isLarge)
    this.#promise('callers who go on together share a group', !this.#isTelling)

    this.#seen.batchesWritten += group.length
    if (group.length > 1) this.#seen.groupsOfSeveral++
    if (flying.length > 0) this.#seen.groupsBesideAnother++
    if (isLarge) this.#seen.largeBatches++
    if (isLarge && flying.length > 0) this.#seen.largeBatchesBesideAnother++
    if (this.#flights.length > flying.length) this.#seen.groupsBegunWhileCallersAreTold++

    const flight: Flight = { untold: [...group], isLarge, outcome: 'open', error: null, isLanding: false }
    this.#flights.push(flight)
    const written = this.#writer.write()
    written.then(
      () => {
        flight.outcome = 'written'
        this.#happens('written:', ...group)
      },
      (error) => {
        flight.outcome = 'failed'
        flight.error = error
        this.#happens('failed:', ...group)
      },
    )
    return written
  }

  #written(batches: readonly WaitingBatch[]): void {
    this.#happens('acknowledged:', ...batches)
    this.#mayAct()
    const flight = this.#flights[0]
    this.#promise('only what is written is acknowledged', flight?.outcome === 'written')
    if (flight === undefined) return
    flight.isLanding = true
    for (const batch of batches) {
      this.#promise('batches are acknowledged in the order of calls', flight.untold.shift() === batch)
      batch.done(null)
    }
    if (flight.untold.length === 0) this.#flights.shift()
    if (batches.length === 1) return
    this.#isTelling = true
    setImmediate(() => {
      this.#isTelling = false
    })
  }

  async #failed(groups: readonly WaitingBatch[], error: unknown): Promise<void> {
    this.#happens('told to have failed:', ...groups)
    this.#mayAct()
    const begun = this.#flights.splice(0)
    const first = begun[0]?.outcome === 'failed' ? begun[0].error : null
    const untold = begun.flatMap((flight) => flight.untold)
    const isOpen = begun.some(({ outcome }) => outcome === 'open')
    this.#promise('a failure is told in its turn, with its error', first === error)
    this.#promise('a failure is told when nothing is under way', !isOpen)
    this.#promise('a group fails together with all that were begun behind it, in order', same(groups, untold))
    this.#seen.failures++
    if (begun.length > 1) this.#seen.failuresOfTwoGroups++
    this.#isTaken = true
    await this.#writer.failed(this, (waitingToo) => {
      const waiting = waitingToo ? this.#takeBatches() : []
      for (const { done } of [...groups, ...waiting]) done(new Error('refused'))
    })
    this.#isTaken = false
    this.#happens('over')
  }

  #takeBatches(): readonly WaitingBatch[] {
    const taken = this.#queue.takeBatches()
    this.#happens('taken out:', ...taken)
    this.#promise('all batches that wait can be taken out, in order', same(taken, this.#line.filter(isBatch)))
    this.#line = this.#line.filter(isWork)
    this.#seen.batchesTakenOut += taken.length
    return taken
  }

  /** Bytes as a queue counts them: three for a character and 32 for a header; several texts are large in any case. */
  #countedSize({ text }: WaitingBatch): number {
    return typeof text === 'string' ? 32 + 3 * text.length : this.#large
  }

  /** Called at whatever the queue does. */
  #mayAct(): void {
    this.#announced = 0
    this.#promise('nothing is done beside a task, a step or the end of a failure', !this.#isTaken)
  }

  #promise(promise: string, isKept: boolean): void {
    if (isKept || this.broken !== null) return
    this.broken = `This promise is broken: ${promise}. What happened before:\n${this.#story.slice(-60).join('\n')}`
  }

  #happens(what: string, ...entries: readonly Entry[]): void {
    this.#story.push([what, ...entries.map(({ context }) => context)].join(' '))
  }
}

function isWork(entry: Entry): entry is Work {
  return 'isStep' in entry
}

function isBatch(entry: Entry): entry is WaitingBatch {
  return !isWork(entry)
}

function same(some: readonly Entry[], others: readonly Entry[]): boolean {
  return some.length === others.length && some.every((entry, i) => entry === others[i])
}

function sum(group: readonly WaitingBatch[], of: (batch: WaitingBatch) => number): number {
  return group.reduce((total, batch) => total + of(batch), 0)
}

/** Bytes that a batch takes at least: its texts, and the header of a frame for each. */
function size({ text }: WaitingBatch): number {
  return [text].flat().reduce((total, it) => total + 32 + Buffer.byteLength(it), 0)
}
