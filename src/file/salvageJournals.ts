import type { Change } from '../contract/Change.js'
import { decodeChange, decodeFolded } from './changeText.js'
import type { Disk } from './Disk.js'
import { readFailed } from './fileErrors.js'
import { findFiles, journalPath } from './fileSet.js'
import { FRAME_HEADER_SIZE, JOURNAL_HEADER_SIZE, KIND_FOLDED } from './frame.js'
import { JournalReader, type JournalScan } from './JournalReader.js'

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
  readonly scan: Pick<JournalScan, 'header' | 'frames'> & { readonly folds: JournalScan['folds'][number][] }
  readonly batches: FoundBatch[]
  /** Sequence number behind the last that was found. */
  readonly next: number
}

/** Reads what can be read of all journals of the file at `path`, oldest first, and says what cannot. */
export async function salvageJournals(disk: Disk, path: string, problems: string[]): Promise<FoundJournal[]> {
  const found: FoundJournal[] = []
  try {
    const { journals } = await findFiles(disk, path)
    for (const generation of journals) {
      const name = journalPath(path, generation)
      const file = await disk.open(name, 'read')
      const reader = new JournalReader(name, file, await file.stat())
      try {
        const journal = await salvageJournal(reader, found.at(-1), problems)
        if (journal === null) continue
        const named = journal.scan.header.generation
        if (named !== generation) problems.push(`"${name}": its header says that it is journal ${named}.`)
        // A copy of one that has its own name too: its batches would be done twice.
        if (named === generation || !journals.includes(named)) found.push(journal)
      } finally {
        await reader.close().catch(() => {})
      }
    }
  } catch (error) {
    throw readFailed(path, error)
  }
  return found
}

async function salvageJournal(
  reader: JournalReader,
  before: FoundJournal | undefined,
  problems: string[],
): Promise<FoundJournal | null> {
  const decoded = await reader.header()
  if (typeof decoded === 'string') {
    problems.push(`"${reader.path}": ${decoded}; without it no frame can be checked.`)
    return null
  }
  const { header } = decoded
  const { frames, used } = await reader.scan()
  const scan = { header, frames, folds: [] as FoundJournal['scan']['folds'] }
  const batches: FoundBatch[] = []
  const note = (what: string) => {
    problems.push(`"${reader.path}": ${what}`)
    broken = true
  }
  let broken = false
  let { crc } = decoded
  let expected = header.first
  let end = JOURNAL_HEADER_SIZE
  let parts: Buffer[] = []
  let start = 0
  if (before !== undefined && header.base.kind === 'chain' && before.next < header.first)
    note(`batches ${before.next} to ${header.first - 1} are in no journal that can be read.`)

  for await (const { at, fields, text } of reader.wholeFrames(decoded.crc)) {
    if (fields.sequence < expected) continue
    if (fields.sequence > expected) {
      note(`batches ${expected} to ${fields.sequence - 1} cannot be read (before byte ${at}).`)
      parts = []
    } else if (fields.previous !== crc)
      note(`a part of batch ${expected} cannot be read (before byte ${at}).`)
    expected = fields.sequence
    crc = fields.crc
    end = at + FRAME_HEADER_SIZE + fields.length
    if (parts.length === 0) start = at
    parts.push(text)
    if (!fields.commit) continue
    const whole = Buffer.concat(parts).toString('utf8')
    if (fields.kind === KIND_FOLDED) {
      const folded = decodeFolded(whole)
      if (folded !== null) scan.folds.push({ ...folded, at: expected })
    } else {
      const { changes, bad } = changesIn(whole)
      if (bad > 0) note(`${bad} changes of batch ${expected} cannot be read.`)
      batches.push({ journal: reader.path, offset: start, sequence: expected, changes, broken })
      broken = false
    }
    parts = []
    expected++
  }
  if (parts.length > 0) note(`batch ${expected} has no end and was left out.`)
  if (end < used) note(`bytes ${end} to ${used - 1} are no batch that can be read.`)
  return { scan, batches, next: expected }
}

function changesIn(text: string): { changes: Change[]; bad: number } {
  const lines = text.split('\n').filter((line) => line !== '')
  const changes = lines.map(decodeChange)
  const good = changes.filter((change) => change !== null)
  return { changes: good, bad: lines.length - good.length }
}
