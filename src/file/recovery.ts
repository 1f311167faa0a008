import { FileException } from '../errors/index.js'
import type { SlotTable } from '../memory/SlotTable.js'
import type { Disk, DiskFile, DiskStat } from './Disk.js'
import { corrupted, readFailed, systemCode } from './fileErrors.js'
import { type FileSet, journalPath } from './fileSet.js'
import { type FileIdentity, findStart, findStranger } from './findStart.js'
import { JournalReader, type JournalScan } from './JournalReader.js'
import { Replay } from './Replay.js'
import { readSnapshot } from './SnapshotReader.js'

/** What the file and its journals say together. */
export interface Recovered<T> {
  readonly items: T[]
  /** Where each id stands in `items`, when it is known that every item has one and no two the same; else null. */
  readonly slots: SlotTable | null
  /** The file as read; null when there is none. */
  readonly file: { readonly stat: DiskStat; readonly size: number; readonly crc: number } | null
  /** Sequence number of the last whole batch. */
  readonly sequence: number
  readonly replayed: number
  /** Journals that are still needed, oldest first; the last one is appended to. */
  readonly journals: readonly FoundJournal[]
  /** Paths of journals that are done with. */
  readonly obsolete: readonly string[]
  /** Bytes behind the last whole batch of the last journal, up to the space that was never used. */
  readonly tail: number
}

/** A journal that a recovery used. */
export interface FoundJournal {
  readonly path: string
  readonly scan: JournalScan
}

/** Thrown when names came to mean other files while they were read: a read-only opening begins again. */
export class FilesChanged extends Error {
  constructor() {
    super('a journal beside it was moved or removed while it was read')
  }
}

/** Where in a header the generation stands, and the lineage. */
const GENERATION_OFFSET = 16
const LINEAGE_OFFSET = 44
const WAY_OUT =
  'Restore a backup, or call salvage() to get what can be read out of the file and its journals into new files.'

/**
 * Reads the file and replays what its journals hold. Changes nothing. Journals are opened first, then the file: a fold
 * running in another process renames the file before it removes journals, so what is open here fits together or can be
 * told not to.
 *
 * @param found  called when the file and its journals are known to be whole, with the last journal, if there is one; what
 *   it answers is read in place of that
 */
export async function recover<T>(
  disk: Disk,
  path: string,
  set: FileSet,
  found?: (last: Scanned | null) => Promise<JournalReader | null>,
): Promise<Recovered<T>> {
  const readers: JournalReader[] = []
  let file: DiskFile | null = null
  try {
    for (const generation of set.journals) {
      const name = journalPath(path, generation)
      const journal = await open(disk, name)
      if (journal === null) throw new FilesChanged()
      readers.push(new JournalReader(name, journal.file, journal.stat))
    }
    const opened = await open(disk, path)
    file = opened?.file ?? null
    const snapshot = opened === null ? null : await guard(path, readSnapshot<T>(opened.file, path))
    const scans: Scanned[] = []
    for (const [i, reader] of readers.entries()) {
      const scan = await guard(reader.path, reader.scan())
      if (scan.header.generation !== set.journals[i]) throw renamed(reader.path, scan.header.generation)
      reader.forget()
      scans.push({ reader, scan })
    }
    const base = opened === null || snapshot === null ? null : { ...snapshot, stat: opened.stat }
    const plan = findBase(path, base, scans)
    const last = plan.use.at(-1) ?? null
    const copy = (await found?.(last)) ?? null

    const replay = new Replay<T>(base?.items ?? [])
    let replayed = 0
    for (const journal of plan.use) {
      const reader = journal === last && copy !== null ? copy : journal.reader
      replayed += await guard(reader.path, replayAll(replay, reader, journal.scan, plan.after))
      reader.forget()
    }
    return {
      items: replay.finish(),
      slots: replay.slots,
      file: base === null ? null : { stat: base.stat, size: base.size, crc: base.crc },
      sequence: last === null ? 0 : last.scan.next - 1,
      replayed,
      journals: plan.use.map(({ reader, scan }) => ({ path: reader.path, scan })),
      obsolete: plan.obsolete.map(({ reader }) => reader.path),
      tail: last === null ? 0 : last.scan.used - last.scan.end,
    }
  } finally {
    for (const reader of readers) await reader.close().catch(() => {})
    await file?.close().catch(() => {})
  }
}

/** Does the batches of a journal after that sequence number; how many they were. @throws FileException DATA_CORRUPTED */
async function replayAll(
  replay: Replay<unknown>,
  reader: JournalReader,
  scan: JournalScan,
  after: number,
): Promise<number> {
  let count = 0
  for await (const some of reader.batches(scan, after)) {
    for (const { sequence, batch } of some) {
      if (!replay.apply(batch as never)) {
        const what = `batch ${sequence} deletes a position that does not exist`
        throw corrupted(reader.path, null, what, WAY_OUT)
      }
    }
    count += some.length
  }
  return count
}

/** A journal that was read from end to end. */
export interface Scanned {
  readonly reader: JournalReader
  readonly scan: JournalScan
}

interface Plan {
  /** Journals to replay, oldest first. */
  readonly use: readonly Scanned[]
  readonly obsolete: readonly Scanned[]
  /** Sequence number that the file already holds. */
  readonly after: number
}

/** Which journals go on from the file as it is. When none do, nothing is guessed. */
function findBase(path: string, file: FileIdentity | null, all: readonly Scanned[]): Plan {
  if (all.length === 0) return { use: [], obsolete: [], after: 0 }
  const stranger = findStranger(all)
  if (stranger !== null) {
    const what = `it does not belong to the journals before it (${all[0]!.reader.path} on): it is of another store, or of an earlier time of this one`
    throw corrupted(
      stranger.reader.path,
      LINEAGE_OFFSET,
      what,
      `${WAY_OUT} Or move away what does not belong here.`,
    )
  }
  const start = findStart(all, file)
  if (start !== null) {
    const { linked, leftover } = checkLinks(start.use)
    return { use: linked, obsolete: [...start.older, ...leftover, ...start.newer], after: start.after }
  }
  const names = all.map(({ reader }) => reader.path).join(', ')
  const what =
    file === null
      ? `the file is missing, and its journals (${names}) build on one`
      : `the file is not the one that its journals (${names}) build on: somebody changed or replaced it`
  throw corrupted(path, null, what, `${WAY_OUT} If the file alone is what you want, move the journals away.`)
}

/**
 * Checks that each journal goes on where the one before ends, and that what is unreadable was never acknowledged.
 * @throws FileException DATA_CORRUPTED
 */
function checkLinks(chain: readonly Scanned[]): { linked: Scanned[]; leftover: Scanned[] } {
  const linked: Scanned[] = [chain[0]!]
  const leftover: Scanned[] = []
  for (const journal of chain.slice(1)) {
    // One that a fold made and stopped, and that could not be removed, is followed by the one of the next fold.
    while (isEmpty(linked.at(-1)!) && !follows(journal, linked.at(-1)!) && follows(journal, linked.at(-2)))
      leftover.push(linked.pop()!)
    const last = linked.at(-1)!
    const { header } = journal.scan
    if (follows(journal, last) && (journal.scan.frames > 0 || !hasTail(last))) {
      if (hasTail(last)) throw damaged(last, header.first)
      linked.push(journal)
    } else if (isEmpty(journal) && header.first <= last.scan.next) {
      // Made for a fold that stopped before anything was written to it; the one before was gone on with.
      leftover.push(journal)
    } else throw damaged(last, header.first)
  }
  // The one before may have been gone on with, and may end in what was never flushed: it is copied, and this one not
  // needed.
  if (linked.length > 1 && isEmpty(linked.at(-1)!)) leftover.push(linked.pop()!)
  for (const { reader, scan } of linked) {
    if (scan.badAt !== null && scan.flushed >= scan.next) throw damaged({ reader, scan }, scan.flushed + 1)
  }
  return { linked, leftover }
}

/** Whether its header names the end of the one before. */
function follows({ scan }: Scanned, before: Scanned | undefined): boolean {
  const { base, first } = scan.header
  return base.kind === 'chain' && before?.scan.next === first && before.scan.crc === base.link
}

function isEmpty(journal: Scanned): boolean {
  return journal.scan.frames === 0 && !hasTail(journal)
}

function hasTail({ scan }: Scanned): boolean {
  return scan.end < scan.used
}

function damaged({ reader, scan }: Scanned, before: number): FileException {
  return corrupted(
    reader.path,
    scan.badAt ?? scan.end,
    `batch ${scan.next} was acknowledged and is damaged; batches up to ${scan.next - 1} can be read, and the journal ` +
      `went on to ${before - 1} at least`,
    WAY_OUT,
  ).withDetails('lastReadable', scan.next - 1)
}

function renamed(path: string, generation: number): FileException {
  const what = `its header says that it is journal ${generation}, so it is not in its place`
  return corrupted(path, GENERATION_OFFSET, what, WAY_OUT)
}

async function open(disk: Disk, path: string): Promise<{ file: DiskFile; stat: DiskStat } | null> {
  try {
    const file = await disk.open(path, 'read')
    try {
      return { file, stat: await file.stat() }
    } catch (error) {
      await file.close().catch(() => {})
      throw error
    }
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return null
    throw readFailed(path, error)
  }
}

/** Turns what the disk says into READ_FAILED; our own errors pass. */
async function guard<V>(path: string, work: Promise<V>): Promise<V> {
  try {
    return await work
  } catch (error) {
    throw error instanceof FileException ? error : readFailed(path, error)
  }
}
