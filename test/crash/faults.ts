import type { Fault } from '../simulated/calls.js'
import { SimulatedDisk } from '../simulated/SimulatedDisk.js'
import { brief, PATH } from './checkImage.js'
import { settled, within } from './history.js'
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

export interface FaultCase extends Fault {
  readonly open: OpenSubject
  readonly kinds: readonly Kind[]
  readonly start: readonly Item[] | null
  /** Whether the disk has files whose writes are flushed at once. */
  readonly durableWrites: boolean
  /** Moves the clock of the store on, so that tests do not wait for its pauses. */
  readonly passTime: (ms: number) => void
}

const REFUSED = ['WRITE_FAILED', 'STORAGE_FULL', 'STORE_FAILED', 'READ_FAILED', 'OUTCOME_UNKNOWN']

/**
 * Runs a scenario on a disk one of whose calls fails, and checks: each call resolves, or rejects with an error of the
 * library; what was rejected is not seen, what was acknowledged is; a power cut at any end of a step finds exactly that,
 * and may find besides what was rejected with OUTCOME_UNKNOWN and not superseded since; when the fault is gone writing
 * works again and a closing leaves the file whole. The number of calls that failed is handed back, 0 when the fault
 * came too late for the scenario.
 */
export async function runFaultCase(fault: FaultCase): Promise<number> {
  const disk = new SimulatedDisk(fault.at)
  disk.recordLog = true
  disk.durableWrites = fault.durableWrites
  if (fault.start !== null) disk.putFile(PATH, JSON.stringify(fault.start))
  const story: string[] = []
  try {
    return await within(10_000, run(fault, disk, story))
  } catch (error) {
    const { kinds, kind, at, forever, again, afterEffect } = fault
    const text = error instanceof Error ? error.stack : String(error)
    throw new Error(
      `[${kinds.join(', ')}] with ${kind} at faulty call ${at}${forever ? ' and from then on' : ''}` +
        `${again === undefined ? '' : ` and at the one ${again} behind it`}${afterEffect ? ', after the effect' : ''}: ${text}\n${story.join('\n')}\nCalls:\n${disk.log.slice(-70).join('\n')}`,
    )
  }
}

async function run(fault: FaultCase, disk: SimulatedDisk, story: string[]): Promise<number> {
  let model: Item[] = [...(fault.start ?? [])]
  /** States that a power cut may bring besides the model: nobody knows whether they are on the disk. */
  let doubtful: Item[][] = []
  let subject: Subject | null = null
  let n = 0
  /** Direct edits that a save did not put on the disk: readers see them, and the next save tries again. */
  let unsaved: Item[] | null = null

  const look = async (where: string) => {
    for (const seed of [0, 1, 7 + n]) {
      const image = disk.afterCrash(seed)
      const calm = await (await openCalm(fault.open, image)).items()
      if (![model, ...doubtful].some((state) => same(state, calm))) {
        throw new Error(
          `${where}, power cut with seed ${seed}: ${brief(calm)}, expected ${[model, ...doubtful].map(brief).join(' or ')}`,
        )
      }
    }
  }
  const reads = async (where: string) => {
    const seen = await subject!.items()
    const expected = unsaved ?? model
    if (!same(seen, expected))
      throw new Error(`${where}: readers see ${brief(seen)}, expected ${brief(expected)}`)
  }
  const opened = async (where: string) => {
    const items = await subject!.items()
    if (![model, ...doubtful].some((state) => same(state, items)))
      throw new Error(`${where}: opened as ${brief(items)}, expected ${brief(model)}`)
    model = items
    doubtful = []
  }
  /** Does one step; true when it was acknowledged. */
  const attempt = async (step: Step): Promise<boolean> => {
    const next = after(model, step)
    const error = await ask(subject!, step).then(
      () => null,
      (thrown: unknown) => thrown,
    )
    story.push(`${step.kind}: ${error === null ? 'acknowledged' : codeOf(error)}`)
    if (error === null) {
      // What is acknowledged stands on everything before it, so nothing doubtful is left.
      if (!same(model, next)) doubtful = []
      model = next
      unsaved = null
    } else {
      if (!REFUSED.includes(codeOf(error))) throw error
      const editsStay = step.kind === 'save' && subject!.keepsEdits
      if (editsStay) unsaved = next
      // Edits that readers see may become durable by whatever is written next.
      if (editsStay || codeOf(error) === 'OUTCOME_UNKNOWN') doubtful.push(next)
    }
    await reads(step.kind)
    return error === null
  }

  disk.setFault(fault)
  for (const kind of [null, ...fault.kinds]) {
    if (kind === 'reopen' && subject !== null) {
      const error = await subject.close().then(
        () => null,
        (thrown: unknown) => thrown,
      )
      story.push(`close: ${error === null ? 'done' : codeOf(error)}`)
      if (error !== null) {
        if (!REFUSED.includes(codeOf(error))) throw error
        await reads('after a closing that failed')
      } else subject = null
    } else if (
      kind !== null &&
      kind !== 'reopen' &&
      subject !== null &&
      (unsaved === null || kind === 'save')
    ) {
      await attempt(makeStep(kind, model, ++n))
    }
    if (subject === null) {
      subject = await fault.open(disk, PATH).catch((thrown: unknown) => {
        story.push(`open: ${codeOf(thrown)}`)
        if (!REFUSED.includes(codeOf(thrown))) throw thrown
        return null
      })
      if (subject !== null) await opened('open')
    }
    await settled(disk)
    await look(kind ?? 'open')
  }
  const fired = disk.faultsFired

  disk.setFault(null)
  fault.passTime(10 * 60_000)
  if (subject === null) {
    subject = await fault.open(disk, PATH)
    await opened('open without the fault')
  }
  if (unsaved !== null) {
    const step: Step = { kind: 'save', items: unsaved }
    if (!(await attempt(step)) && !(await attempt(step))) throw new Error('A save does not try again')
  }
  // One write may be told of an earlier failure; then writing works.
  const resumed =
    (await attempt(makeStep('create', model, ++n))) || (await attempt(makeStep('create', model, ++n)))
  if (!resumed) throw new Error('Writing does not resume when the fault is gone')
  await settled(disk)
  await look('resumed')
  await subject.close()
  const text = disk.afterCrash(0).getText(PATH)
  if (text === null || !same(JSON.parse(text), model)) throw new Error(`Closed, the file holds ${text}`)
  const last = await (await fault.open(disk, PATH)).items()
  if (!same(last, model)) throw new Error(`Opened at last: ${brief(last)}, expected ${brief(model)}`)
  return fired
}

function openCalm(open: OpenSubject, disk: SimulatedDisk): Promise<Subject> {
  disk.setFault(null)
  return open(disk, PATH)
}

function codeOf(error: unknown): string {
  return String((error as { code?: unknown }).code ?? error)
}
