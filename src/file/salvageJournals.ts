import type { Change } from '../contract/Change.js'
import { decodeChange, decodeFolded } from './changeText.js'
import type { Disk } from './Disk.js'
import { readFailed } from './fileErrors.js'
import { findFiles, journalPath } from './fileSet.js'
import { FRAME_HEADER_SIZE, JOURNAL_HEADER_SIZE, type JournalHeader, KIND_FOLDED } from './frame.js'
import { JournalReader, type JournalScan } from './JournalReader.js'
import { LINE_FEED } from './jsonBytes.js'
import { strictText } from './strictText.js'

/** A batch as far as it can be read. */
export interface FoundBatch {
  readonly journal: string
  readonly offset: number
  readonly sequence: number
  readonly changes: readonly Change[]
  /** Something of the journals before it cannot be read, or of itself. */
  readonly broken: boolean
}

/** A journal whose header can be read. */
export interface FoundJournal {
  readonly scan: Pick<JournalScan, 'header' | 'frames' | 'badAt'> & {
    readonly folds: JournalScan['folds'][number][]
  }
  readonly batches: FoundBatch[]
  /** Sequence number behind the last that was found, and the CRC of its last frame, or of the header. */
  readonly next: number
  readonly crc: number
}

/** Reads what can be read of all journals of the file at `path`, oldest first, and says what cannot. */
export async function salvageJournals(disk: Disk, path: string, problems: string[]): Promise<FoundJournal[]> {
  try {
    const { journals } = await findFiles(disk, path)
    const headers = await readHeaders(disk, path, journals, problems)
    const found: FoundJournal[] = []
    for (const journal of inOrder(headers, problems)) {
      const reader = await readerOf(disk, journal.name)
      try {
        found.push(await salvageJournal(reader, journal, found, problems))
      } finally {
        await reader.close().catch(() => {})
      }
    }
    return found
  } catch (error) {
    throw readFailed(path, error)
  }
}

/** A journal, by its name and by its header. */
interface Named {
  readonly name: string
  /** The generation in its name. */
  readonly generation: number
  readonly header: JournalHeader
  /** CRC of the header. */
  readonly crc: number
}

async function readHeaders(
  disk: Disk,
  path: string,
  generations: readonly number[],
  problems: string[],
): Promise<Named[]> {
  const all: Named[] = []
  for (const generation of generations) {
    const name = journalPath(path, generation)
    const reader = await readerOf(disk, name)
    try {
      const decoded = await reader.header()
      if (typeof decoded === 'string')
        problems.push(`"${name}": ${decoded}; without it no frame can be checked.`)
      else all.push({ name, generation, ...decoded })
    } finally {
      await reader.close().catch(() => {})
    }
  }
  return all
}

/** In the order of their headers, for names may have been changed; copies of one that has its own name too are left out. */
function inOrder(all: readonly Named[], problems: string[]): Named[] {
  const inPlace = new Set(
    all.filter((it) => it.generation === it.header.generation).map(({ generation }) => generation),
  )
  const taken: Named[] = []
  for (const journal of all) {
    const { name, generation } = journal
    const says = journal.header.generation
    const isCopy = generation !== says && inPlace.has(says)
    if (generation !== says) {
      const left = isCopy ? ', which is there; it was left out' : '; it was read as that one'
      problems.push(`"${name}": its header says that it is journal ${says}${left}.`)
    }
    if (!isCopy) taken.push(journal)
  }
  return taken.sort((a, b) => a.header.generation - b.header.generation)
}

async function readerOf(disk: Disk, name: string): Promise<JournalReader> {
  const file = await disk.open(name, 'read')
  try {
    return new JournalReader(name, file, await file.stat())
  } catch (error) {
    await file.close().catch(() => {})
    throw error
  }
}

async function salvageJournal(
  reader: JournalReader,
  { header, crc: headerCrc }: Named,
  before: readonly FoundJournal[],
  problems: string[],
): Promise<FoundJournal> {
  const { frames, used, badAt } = await reader.scan()
  const scan = { header, frames, badAt, folds: [] as FoundJournal['scan']['folds'] }
  const batches: FoundBatch[] = []
  const note = (what: string) => {
    problems.push(`"${reader.path}": ${what}`)
    broken = true
  }
  let broken = false
  let crc = headerCrc
  let expected = header.first
  let end = JOURNAL_HEADER_SIZE
  /** Frames of the batch so far that follow from one another, and those before a gap in it. */
  let parts: Buffer[] = []
  let pieces: Buffer[][] = []
  /** Those of the batch so far. */
  let seen = new Set<number>()
  let start = 0
  const begin = () => {
    parts = []
    pieces = [parts]
    seen = new Set()
  }
  begin()
  if (before.length > 0 && header.base.kind === 'chain') {
    const { link } = header.base
    // It goes on behind the one before, or, where nothing was written to that, behind the last with something in it.
    const last = before.findLast((it) => it.scan.frames > 0) ?? before.at(-1)!
    const isNext = (it: FoundJournal) => it.next === header.first && it.crc === link
    if (last.next < header.first)
      note(`batches ${last.next} to ${header.first - 1} are in no journal that can be read.`)
    else if (frames > 0 && !isNext(last) && !isNext(before.at(-1)!))
      note('it does not go on where the journal before ends.')
  }

  for await (const { at, fields, text } of reader.wholeFrames(headerCrc)) {
    const before = end
    end = at + FRAME_HEADER_SIZE + fields.length
    if (fields.sequence < expected) {
      problems.push(
        `"${reader.path}": batch ${fields.sequence} stands there again, or a part of it (at byte ${at}); it was passed over.`,
      )
      continue
    }
    if (fields.sequence > expected) {
      note(`batches ${expected} to ${fields.sequence - 1} cannot be read (before byte ${at}).`)
      begin()
    } else if (seen.has(fields.crc)) {
      note(`a part of batch ${expected} stands there twice (at byte ${at}).`)
      continue
    } else if (fields.previous !== crc) {
      note(`a part of batch ${expected} cannot be read (before byte ${at}).`)
      parts = []
      pieces.push(parts)
    } else if (at > before) note(`bytes ${before} to ${at - 1} are no batch that can be read.`)
    expected = fields.sequence
    crc = fields.crc
    if (seen.size === 0) start = at
    seen.add(crc)
    parts.push(text)
    if (!fields.commit) continue
    if (fields.kind === KIND_FOLDED) {
      const folded = decodeFolded(Buffer.concat(parts).toString('utf8'))
      if (folded !== null) scan.folds.push({ ...folded, at: expected })
    } else {
      const { changes, bad } = changesIn(pieces.map((piece) => Buffer.concat(piece)))
      if (bad > 0) note(`${bad} changes of batch ${expected} cannot be read.`)
      batches.push({ journal: reader.path, offset: start, sequence: expected, changes, broken })
      broken = false
    }
    begin()
    expected++
  }
  if (seen.size > 0) note(`batch ${expected} has no end and was left out.`)
  if (end < used) note(`bytes ${end} to ${used - 1} are no batch that can be read.`)
  return { scan, batches, next: expected, crc }
}

/** The changes whose lines are whole. A line goes on from one piece to the next nowhere: what was between is lost. */
function changesIn(pieces: readonly Buffer[]): { changes: Change[]; bad: number } {
  const changes: Change[] = []
  let bad = 0
  for (const piece of pieces) {
    for (let from = 0; from < piece.length; ) {
      const end = piece.indexOf(LINE_FEED, from)
      const text = end === -1 ? null : strictText(piece.subarray(from, end))
      const change = text === null ? null : decodeChange(text)
      if (change === null) bad++
      else changes.push(change)
      from = end === -1 ? piece.length : end + 1
    }
  }
  return { changes, bad }
}
