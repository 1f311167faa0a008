import { FileException } from '../errors/index.js'
import type { Disk } from './Disk.js'
import { readFailed } from './fileErrors.js'
import { type FileIdentity, findStart, findStranger } from './findStart.js'
import { fullPath } from './fullPath.js'
import { nodeDisk } from './NodeDisk.js'
import { Replay } from './Replay.js'
import { realPathOf } from './readOnlyOpening.js'
import { salvageItems } from './salvageItems.js'
import { type FoundBatch, salvageJournals } from './salvageJournals.js'
import { toolOptions } from './toolOptions.js'
import { writeNew } from './writeNew.js'

/**
 * What to get out. `file`: the items of the data file, journals left aside. `replay`: the same with the readable
 * batches of the journals done to them in order: those that the file does not hold yet, or, when the journals do not go
 * on from the file as it is, all of them but deletions by position, which a problem then says. `everything`: nothing
 * put together: one entry for each item of the file and each readable change of the journals, with its place, for a
 * person to judge.
 */
export type SalvageWhat = 'file' | 'replay' | 'everything'

const WHATS: readonly SalvageWhat[] = ['file', 'replay', 'everything']

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
 * @throws ConfigException BAD_CONFIG  an option that does not exist, or a value it cannot have
 */
export async function salvage(
  path: string,
  into: string,
  options: { readonly what?: SalvageWhat /** @internal */; readonly disk?: Disk } = {},
): Promise<SalvageReport> {
  const { disk = nodeDisk, what = 'replay' } = toolOptions('salvage', options, { what: WHATS })
  const from = await realPathOf(disk, fullPath(path))
  const target = fullPath(into)
  const problems: string[] = []
  const file = await salvageFile(disk, from, problems)
  const journals = what === 'file' ? [] : await salvageJournals(disk, from, problems)
  const mixed = findStranger(journals) !== null
  if (mixed)
    problems.push(
      `The journals of "${from}" do not belong together: some are of another store, or of an earlier time.`,
    )
  const start = mixed || file.identity === 'damaged' ? null : findStart(journals, file.identity)
  if (file.identity === null && start === null) problems.push(`"${from}" is missing.`)
  const batches = journals.flatMap((journal) => journal.batches)
  let result: unknown[]
  if (start !== null && what === 'replay') {
    const after = start.use
      .flatMap((journal) => journal.batches)
      .filter(({ sequence }) => sequence > start.after)
    result = replayed(file.items, after, true, problems)
  } else {
    if (start === null && journals.length > 0) problems.push(foreign(from, what, batches.length))
    result =
      what === 'everything' ? setOut(file.items, batches) : replayed(file.items, batches, false, problems)
  }
  await writeNew(disk, target, result)
  return {
    into: target,
    written: result.length,
    itemsInFile: file.items.length,
    batches: batches.length,
    changes: batches.reduce((sum, { changes }) => sum + changes.length, 0),
    problems,
  }
}

interface FoundFile {
  readonly items: unknown[]
  /** Null when there is no file. A file that is damaged is not one that a journal names. */
  readonly identity: FileIdentity | 'damaged' | null
}

async function salvageFile(disk: Disk, path: string, problems: string[]): Promise<FoundFile> {
  try {
    if ((await disk.stat(path)) === null) return { items: [], identity: null }
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

function foreign(path: string, what: SalvageWhat, batches: number): string {
  const found =
    `The journals do not go on from "${path}" as it is: somebody changed or replaced it, or it or a journal is ` +
    'damaged. '
  if (batches === 0)
    return `${found}They hold no changes, and what the file should hold cannot be told from them.`
  const unknown = `${found}Which of their changes it holds already is not known. `
  return what === 'everything'
    ? unknown
    : `${unknown}All were done to it again, in order: what was changed in the file since then by id is undone, and items ` +
        'that were added without an id can be there twice. { what: "file" } leaves the journals out.'
}

/**
 * Does the batches to the items of the file. Positions are of use only in the list that they were counted in: when the
 * file may be another one, or something of a journal is missing, deletions by position are left out, for an item too many
 * can be deleted later, and one deleted in the place of another is gone. From a `clear` on the list is the journals' own.
 */
function replayed(
  file: unknown[],
  batches: readonly FoundBatch[],
  fits: boolean,
  problems: string[],
): unknown[] {
  const replay = new Replay<unknown>(file)
  let known = fits
  let left = 0
  for (const { sequence, changes, broken } of batches) {
    known &&= !broken
    const done = known ? changes : changes.filter(({ op }) => op !== 'deleteAt')
    left += changes.length - done.length
    if (!replay.apply(done)) {
      problems.push(`Batch ${sequence} names positions that do not exist; not all of it was done.`)
      known = false
    }
    known ||= !broken && changes.some(({ op }) => op === 'clear')
  }
  if (left > 0) {
    problems.push(
      `${left} deletions by position were left out, since other items can stand at those positions now; ` +
        '{ what: "everything" } lists them.',
    )
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
