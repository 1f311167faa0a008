import { randomBytes } from 'node:crypto'
import { basename, dirname, join } from 'node:path'
import type { Disk } from './Disk.js'
import { systemCode } from './fileErrors.js'

/** Names of the files that may stand beside the data file at `path`. */
export function journalPath(path: string, generation: number): string {
  return `${path}.journal-${generation}`
}

/** Where a journal is made before it gets its name. */
export function journalTempPath(path: string, generation: number): string {
  return `${path}.tmp-journal-${generation}`
}

/** Where a snapshot is written before it takes the place of the file. */
export function snapshotTempPath(path: string, generation: number): string {
  return `${path}.tmp-snapshot-${generation}`
}

/**
 * Where a new file is written before it gets its name: another path each time, for several may be on their way to one
 * name.
 */
export function backupTempPath(path: string): string {
  return `${path}.tmp-backup-${randomBytes(8).toString('hex')}`
}

/**
 * Bytes that the longest of these names has more than the file's own: `.conflict-20261122T170512345Z-99`. A snapshot's
 * has two fewer when the number of its journal has sixteen digits.
 */
const LONGEST_ENDING = 32

/**
 * Refuses a name that leaves no room for those that will stand beside it: else the first write would fail, or a
 * closing, or what somebody else wrote could not be kept. How long a name may be the file system knows, so it is asked.
 */
export async function refuseLongName(disk: Disk, path: string): Promise<void> {
  try {
    await disk.stat(path + 'x'.repeat(LONGEST_ENDING))
  } catch (error) {
    if (systemCode(error) !== 'ENAMETOOLONG') throw error
    throw new Error(
      `its name or its path is too long: the name has ${Buffer.byteLength(basename(path))} bytes, and those of files ` +
        `beside it have up to ${LONGEST_ENDING} more; where a name may have 255 bytes, as on most file systems, choose ` +
        `one of ${255 - LONGEST_ENDING} at most`,
      { cause: error },
    )
  }
}

/** What stands beside a data file. */
export interface FileSet {
  /** Generations of the journals, ascending. */
  readonly journals: readonly number[]
  /** Paths of temporary files that an interrupted run left. */
  readonly leftovers: readonly string[]
}

/** Looks beside the file. A folder that is missing holds nothing. */
export async function findFiles(disk: Disk, path: string): Promise<FileSet> {
  const folder = dirname(path)
  const base = basename(path)
  const journals: number[] = []
  const leftovers: string[] = []
  for (const name of await listFolder(disk, folder)) {
    if (!name.startsWith(`${base}.`)) continue
    const rest = name.slice(base.length + 1)
    const journal = JOURNAL.exec(rest)
    if (journal !== null && Number.isSafeInteger(Number(journal[1]))) journals.push(Number(journal[1]))
    else if (TEMPORARY.test(rest)) leftovers.push(join(folder, name))
  }
  journals.sort((a, b) => a - b)
  return { journals, leftovers }
}

/** What stands behind the path and a dot in the names of journals, and of files that are being written. */
const JOURNAL = /^journal-([1-9][0-9]{0,15})$/
const TEMPORARY = /^tmp-((journal|snapshot)-[0-9]{1,16}|backup-[0-9a-f]{16})$/

/**
 * Refuses a path that ends as a journal's does, or that of a file that is being written: the store beside it would take
 * the file for damaged, or remove it.
 */
export function refuseNameOfStore(path: string): void {
  const rest = path.slice(path.lastIndexOf('.') + 1)
  if (JOURNAL.test(rest) || TEMPORARY.test(rest))
    throw new Error('a store gives names like that to files of its own')
}

async function listFolder(disk: Disk, folder: string): Promise<string[]> {
  try {
    return await disk.list(folder)
  } catch (error) {
    const code = systemCode(error)
    if (code === 'ENOENT' || code === 'ENOTDIR') return []
    throw error
  }
}

/** Makes the folder and its missing parents. */
export async function makeFolders(disk: Disk, folder: string): Promise<void> {
  if ((await disk.stat(folder)) !== null) return
  const parent = dirname(folder)
  if (parent !== folder) await makeFolders(disk, parent)
  await disk.makeFolder(folder)
}

/** Makes the names of the folder and its parents durable: a power cut could take all that is in them. */
export async function flushFolders(disk: Disk, folder: string): Promise<void> {
  for (let name = folder; name !== dirname(name); name = dirname(name)) {
    try {
      await disk.syncFolder(dirname(name))
    } catch (error) {
      // A folder that may not be read is none that this process has made a name in.
      const code = systemCode(error)
      if (code !== 'EACCES' && code !== 'EPERM') throw error
    }
  }
}

/** Flushes a file that somebody else wrote, perhaps by hand. Its content and size are on the disk when that resolves. */
export async function flushFile(disk: Disk, path: string): Promise<void> {
  // Windows flushes only what is open for writing; a file that may only be read can be flushed elsewhere.
  const file = await disk.open(path, 'write').catch(() => disk.open(path, 'read'))
  try {
    await file.sync()
  } finally {
    await file.close().catch(() => {})
  }
}

/** A name beside `path` that nothing has: `<path>.<ending>`, or with `-2`, `-3` … behind. */
export async function freePath(disk: Disk, path: string, ending: string): Promise<string> {
  for (let n = 1; ; n++) {
    const candidate = `${path}.${ending}${n === 1 ? '' : `-${n}`}`
    if ((await disk.stat(candidate)) === null) return candidate
  }
}

/** Removes a file that may be gone already, and swallows what stands in the way: nothing depends on it. */
export async function discard(disk: Disk, path: string): Promise<void> {
  await disk.unlink(path).catch(() => {})
}
