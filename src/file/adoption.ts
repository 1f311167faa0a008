import { dirname } from 'node:path'
import { copyOut } from './copyOut.js'
import type { Disk } from './Disk.js'
import { discard, flushFile, freePath } from './fileSet.js'
import { Journal } from './Journal.js'
import type { JournalCopy } from './JournalCopy.js'
import { JournalFile } from './JournalFile.js'
import type { FoundJournal, Recovered } from './recovery.js'

/** A journal of this store: its path and its size when it was last written. */
export interface OldJournal {
  readonly path: string
  readonly size: number
}

/** What stands in a journal behind its last whole batch. */
export interface Tail {
  readonly journal: string
  readonly from: number
  readonly length: number
  /** That of the batch before it. */
  readonly sequence: number
}

/** What an opening goes on with. */
export interface Adopted {
  /** The journal to append to; null when there is none yet. */
  readonly journal: Journal | null
  /** The journals before it, oldest first. */
  readonly old: readonly OldJournal[]
  /** What has to be set aside before the journal goes; null when there is nothing. */
  readonly tail: Tail | null
  /** The path of what was set aside; null when nothing was. */
  readonly torn: string | null
  /**
   * Why it is not certain that what was read is on the disk, so that everything has to be written to new files before
   * anything else; null when all is well.
   */
  readonly doubt: unknown
}

/**
 * Takes over what a recovery found: sees to it that all of it is on the disk, for whoever wrote it may not have flushed
 * it, sets the unacknowledged tail aside, and puts the copy of the last journal, which ends before that, in its place.
 *
 * @param copy  that of the last journal; null when there is no journal
 * @param ahead  as in `Journal.create`
 */
export async function adopt(
  disk: Disk,
  path: string,
  recovered: Recovered<unknown>,
  copy: JournalCopy | null,
  ahead: number | null,
): Promise<Adopted> {
  const { file, journals, obsolete } = recovered
  const last = journals.at(-1) ?? null
  const old = journals.slice(0, -1).map(({ path, scan }) => ({ path, size: scan.end }))
  let tail = last === null ? null : tailOf(last, recovered)
  let torn: string | null = null
  let journal: Journal | null = null
  try {
    if (file !== null) await flushFile(disk, path)
    for (const { path } of old) await flushFile(disk, path)
    if (last !== null) {
      await copy!.flushed()
      if (tail !== null) torn = await setTailAside(disk, path, tail)
      tail = null
      await copy!.putInPlace()
      journal = await openJournal(disk, last, ahead)
    } else if (file !== null) {
      await disk.syncFolder(dirname(path))
    }
  } catch (doubt) {
    // Nothing is appended to it: it is there to be left for new files.
    if (last !== null) {
      journal = await openJournal(disk, last, null).catch(async (error: unknown) => {
        // Each opening that is refused would leave one more.
        if (torn !== null && !copy!.isInPlace) await discard(disk, torn)
        throw error
      })
    }
    old.unshift(...obsolete.map((path) => ({ path, size: 0 })))
    return { journal, old, tail, torn, doubt }
  }
  try {
    // The rename that made them obsolete is on the disk now, since the copy got its name.
    for (const path of obsolete) await disk.unlink(path)
    if (obsolete.length > 0) await disk.syncFolder(dirname(path))
  } catch (error) {
    await journal?.close().catch(() => {})
    throw error
  }
  return { journal, old, tail, torn, doubt: null }
}

/**
 * Copies a tail to `<path>.torn-<sequence>`, and flushes the copy: it was never acknowledged, but it may be of use to a
 * person. The path of the copy.
 */
export async function setTailAside(disk: Disk, path: string, tail: Tail): Promise<string> {
  const aside = await freePath(disk, path, `torn-${tail.sequence}`)
  const file = await disk.open(tail.journal, 'read')
  try {
    await copyOut(disk, file, tail.from, tail.length, aside, 0o600)
  } finally {
    await file.close().catch(() => {})
  }
  return aside
}

function tailOf({ path, scan }: FoundJournal, { tail, sequence }: Recovered<unknown>): Tail | null {
  return tail === 0 ? null : { journal: path, from: scan.end, length: tail, sequence }
}

async function openJournal(disk: Disk, { path, scan }: FoundJournal, ahead: number | null): Promise<Journal> {
  const file = await disk.open(path, 'write', undefined, ahead !== null)
  // That closes the file when it rejects. Closed again, its number may be that of a file somebody else opened since.
  const whole = await JournalFile.over(file, disk, path, scan.end, ahead ?? 0)
  const mark = { size: scan.end, crc: scan.crc, next: scan.next }
  return new Journal(path, scan.header, scan.headerCrc, whole, mark, scan.next - 1)
}
