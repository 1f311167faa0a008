import { resolve } from 'node:path'
import type { Change } from '../contract/Change.js'
import { FileException } from '../errors/index.js'
import { decodeChange } from './changeText.js'
import type { Disk } from './Disk.js'
import { readFailed } from './fileErrors.js'
import { findFiles, journalPath } from './fileSet.js'
import { KIND_FOLDED } from './frame.js'
import { JournalReader } from './JournalReader.js'
import { nodeDisk } from './NodeDisk.js'
import { Replay } from './Replay.js'
import { salvageItems } from './salvageItems.js'
import { writeNew } from './writeNew.js'

/**
 * What to get out. `file`: the items of the data file, journals left aside. `replay`: the same with every readable batch
 * of the journals done to them in order, whether or not they fit that file. `everything`: nothing put together: one
 * entry for each item of the file and each readable change of the journals, with its place, for a person to judge.
 */
export type SalvageWhat = 'file' | 'replay' | 'everything'

/** What `salvage` found and wrote. */
export interface SalvageReport {
  /** The new file. */
  readonly into: string
  /** Entries of its array. */
  readonly written: number
  readonly itemsInFile: number
  /** Batches read from journals, and changes in them. */
  readonly batches: number
  readonly changes: number
  /** One sentence for each thing that could not be read or done. */
  readonly problems: readonly string[]
}

/**
 * Gets what can be read out of a damaged store into a new file, a plain JSON array. The originals are only read; close
 * the store first.
 *
 * @param path  the data file; it may be missing, and its journals too
 * @param into  where to write; nothing may be there
 * @throws FileException READ_FAILED, WRITE_FAILED, STORAGE_FULL
 */
export async function salvage(
  path: string,
  into: string,
  options: { readonly what?: SalvageWhat /** @internal */; readonly disk?: Disk } = {},
): Promise<SalvageReport> {
  const disk = options.disk ?? nodeDisk
  const what = options.what ?? 'replay'
  const [from, target] = [resolve(path), resolve(into)]
  const problems: string[] = []
  const file = await salvageFile(disk, from, problems)
  const batches = what === 'file' ? [] : await salvageJournals(disk, from, problems)
  const result = what === 'everything' ? setOut(file, batches) : replayed(file, batches, problems)
  await writeNew(disk, target, result)
  return {
    into: target,
    written: result.length,
    itemsInFile: file.length,
    batches: batches.length,
    changes: batches.reduce((sum, { changes }) => sum + changes.length, 0),
    problems,
  }
}

interface FoundBatch {
  readonly journal: string
  readonly offset: number
  readonly sequence: number
  readonly changes: readonly Change[]
}

async function salvageFile(disk: Disk, path: string, problems: string[]): Promise<unknown[]> {
  try {
    if ((await disk.stat(path)) === null) {
      problems.push(`"${path}" is missing.`)
      return []
    }
    const file = await disk.open(path, 'read')
    try {
      return await salvageItems(file, path, problems)
    } finally {
      await file.close().catch(() => {})
    }
  } catch (error) {
    throw error instanceof FileException ? error : readFailed(path, error)
  }
}

async function salvageJournals(disk: Disk, path: string, problems: string[]): Promise<FoundBatch[]> {
  const found: FoundBatch[] = []
  try {
    for (const generation of (await findFiles(disk, path)).journals) {
      const name = journalPath(path, generation)
      const file = await disk.open(name, 'read')
      const reader = new JournalReader(name, file, await file.stat())
      try {
        await salvageJournal(reader, found, problems)
      } finally {
        await reader.close().catch(() => {})
      }
    }
  } catch (error) {
    throw readFailed(path, error)
  }
  return found
}

async function salvageJournal(reader: JournalReader, found: FoundBatch[], problems: string[]): Promise<void> {
  const decoded = await reader.header()
  if (typeof decoded === 'string') {
    problems.push(`"${reader.path}": ${decoded}; without it no frame can be checked.`)
    return
  }
  let expected = decoded.header.first
  let parts: Buffer[] = []
  let start = 0
  for await (const { at, fields, text } of reader.wholeFrames(decoded.crc)) {
    if (fields.sequence > expected) {
      problems.push(
        `"${reader.path}": batches ${expected} to ${fields.sequence - 1} cannot be read (before byte ${at}).`,
      )
      parts = []
    } else if (fields.sequence < expected) continue
    expected = fields.sequence
    if (parts.length === 0) start = at
    parts.push(text)
    if (!fields.commit) continue
    if (fields.kind !== KIND_FOLDED) {
      const { changes, bad } = changesIn(Buffer.concat(parts).toString('utf8'))
      if (bad > 0) problems.push(`"${reader.path}": ${bad} changes of batch ${expected} cannot be read.`)
      found.push({ journal: reader.path, offset: start, sequence: expected, changes })
    }
    parts = []
    expected++
  }
  if (parts.length > 0) problems.push(`"${reader.path}": batch ${expected} has no end and was left out.`)
}

function changesIn(text: string): { changes: Change[]; bad: number } {
  const lines = text.split('\n').filter((line) => line !== '')
  const changes = lines.map(decodeChange)
  const good = changes.filter((change) => change !== null)
  return { changes: good, bad: lines.length - good.length }
}

function replayed(file: unknown[], batches: readonly FoundBatch[], problems: string[]): unknown[] {
  const replay = new Replay<unknown>(file)
  for (const { sequence, changes } of batches) {
    if (!replay.apply(changes))
      problems.push(`Batch ${sequence} names positions that do not exist; not all of it was done.`)
  }
  return replay.finish()
}

function setOut(file: readonly unknown[], batches: readonly FoundBatch[]): unknown[] {
  const entries: unknown[] = file.map((item, position) => ({ from: 'file', position, item }))
  for (const { journal, offset, sequence, changes } of batches) {
    for (const change of changes) entries.push({ from: journal, offset, sequence, change })
  }
  return entries
}
