import type { SimulatedDisk } from '../simulated/SimulatedDisk.js'
import { type Item, type OpenSubject, same } from './Subject.js'

export const PATH = '/items.json'

/** A disk as a crash left it, and what may be on it. */
export interface Image {
  readonly disk: SimulatedDisk
  /** States that the history went through, from the last acknowledged on to the last asked for. */
  readonly allowed: readonly (readonly Item[])[]
  /** Seed of what the check itself chooses. */
  readonly seed: number
  /** Whether more is looked at than what is recovered. */
  readonly thorough: boolean
}

/**
 * Recovers from the image and checks: the state is one of those allowed; if `thorough`: recovering again, also from a crash in the
 * midst of recovering, gives the same; the store takes a write and keeps it through another crash; after a close the file
 * alone is plain JSON with the items. Throws when something is not so.
 */
export async function checkImage(open: OpenSubject, image: Image): Promise<void> {
  const { disk, seed } = image
  const untouched = disk.afterKill(seed)
  const subject = await open(disk, PATH)
  const items = await subject.items()
  if (!image.allowed.some((state) => same(state, items))) {
    throw new Error(`Recovered ${brief(items)}, expected one of\n${image.allowed.map(brief).join('\n')}`)
  }
  if (!image.thorough) return
  const callsOfRecovery = disk.calls

  const again = disk.afterCrash(seed % 3)
  const second = await (await open(again, PATH)).items()
  if (!same(second, items)) throw new Error(`Recovered ${brief(items)}, and again ${brief(second)}`)

  // Somewhere in the recovery the power goes a second time.
  untouched.crashAt = 1 + (seed % callsOfRecovery)
  await Promise.race([open(untouched, PATH), untouched.crashed])
  const third = await (await open(untouched.afterCrash(seed), PATH)).items()
  if (!same(third, items)) {
    throw new Error(
      `Recovered ${brief(items)}; with a crash at call ${untouched.crashAt} of the recovery ${brief(third)}`,
    )
  }

  const extra: Item = { id: 'after', v: 1 }
  await subject.create(extra)
  const fourth = await (await open(disk.afterCrash(seed), PATH)).items()
  if (!same(fourth, [...items, extra])) {
    throw new Error(`Acknowledged after the recovery: ${brief([...items, extra])}; found ${brief(fourth)}`)
  }
  await subject.close()
  const closed = disk.afterCrash(0)
  const text = closed.getText(PATH)
  if (text === null || !same(JSON.parse(text), [...items, extra]))
    throw new Error(`Closed, the file holds ${text}`)
  const left = [...closed.files().keys()].filter((name) => name !== PATH && !name.includes('.torn-'))
  if (left.length > 0) throw new Error(`Closed, these are left: ${left.join(', ')}`)
}

export function brief(items: readonly Item[]): string {
  return `[${items.map((item) => `${item.id}=${item.v}`).join(' ')}]`
}
