import { crc32 } from 'node:zlib'
import { performance, setImmediate } from '../core/timers.js'
import type { Disk, DiskFile, DiskStat } from './Disk.js'
import { withoutText } from './fileErrors.js'
import { discard } from './fileSet.js'
import { jsonText } from './jsonText.js'
import type { Lines, OldLines } from './OldLines.js'
import { SnapshotBytes } from './SnapshotBytes.js'
import { writeAll } from './writeAll.js'

/** A snapshot on the disk: written whole and flushed. */
export interface WrittenSnapshot extends Lines {
  readonly path: string
  readonly stat: DiskStat
}

/** Whether what was found at a path is that snapshot. */
export function isSnapshot(found: DiskStat | null | undefined, { stat }: WrittenSnapshot): boolean {
  return found?.inode === stat.inode && found.device === stat.device
}

/** Longest time, in milliseconds, that a slice of the work keeps other work waiting. */
const SLICE_MS = 1
/** Items made into text between two looks at the clock. */
const RUN = 16
/** Items copied in one go at most: between two looks at the clock, too. */
const LONGEST_RUN = 256
/** Flushed this often, so that the flush at the end, which journal flushes wait behind, is a short one. */
const FLUSH_EVERY = 1024 * 1024

/**
 * Runs between two slices and lets other work run. `worked`: milliseconds that the slice took; `done`: the share of the
 * items that is made into text. What it rejects with ends the writing.
 */
export type Between = (worked: number, done: number) => Promise<void>

export const letOthersRun: Between = () => new Promise((resume) => setImmediate(resume))

/**
 * Writes items as a JSON array, one a line, to a new file and flushes it. Works in slices of about a millisecond. On any
 * failure the file is removed.
 *
 * @param old  a file from which the text of items that did not change is copied
 * @throws OldFileDiffers  that file is not what it should be
 * @throws BadRequestException INVALID_ITEM  an item has no text, or one that could not be read again
 */
export async function writeSnapshot(
  disk: Disk,
  path: string,
  items: readonly unknown[],
  mode: number,
  between: Between = letOthersRun,
  old: OldLines | null = null,
): Promise<WrittenSnapshot> {
  const file = await createAnew(disk, path, mode)
  let open = true
  try {
    const written = await writeItems(file, items, between, old)
    await file.sync()
    const stat = await file.stat()
    // Once, whatever comes of it: closed again, its number may be that of a file somebody else opened since.
    open = false
    await file.close()
    return { path, ...written, stat }
  } catch (error) {
    if (open) await file.close().catch(() => {})
    await discard(disk, path)
    throw error
  }
}

/** A temporary name may be left from an attempt whose file could not be removed. */
async function createAnew(disk: Disk, path: string, mode: number): Promise<DiskFile> {
  try {
    return await disk.open(path, 'create', mode)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    await disk.unlink(path)
    return disk.open(path, 'create', mode)
  }
}

/** Writes the items; the bytes of those that did not change are copied from the old file, if there is one. */
async function writeItems(
  file: DiskFile,
  items: readonly unknown[],
  between: Between,
  old: OldLines | null,
): Promise<Lines> {
  const bytes = new SnapshotBytes(items.length)
  let size = 0
  let crc = 0
  let unflushed = 0
  let worked = 0
  for (;;) {
    const from = performance.now()
    do addSome(bytes, items, old)
    while (
      bytes.next < items.length &&
      !bytes.isFull &&
      !isBehind(old) &&
      worked + performance.now() - from < SLICE_MS
    )
    const atEnd = bytes.next === items.length && (old === null || old.left === 0)
    if (atEnd) bytes.end()
    const chunk = atEnd || bytes.isFull ? bytes.take() : null
    if (chunk !== null) crc = crc32(chunk, crc)
    worked += performance.now() - from
    if (chunk !== null) {
      await writeAll(file, chunk, chunk.length, size)
      size += chunk.length
      unflushed += chunk.length
    }
    if (atEnd) break
    if (unflushed >= FLUSH_EVERY) {
      await file.sync()
      unflushed = 0
    }
    if (isBehind(old)) await old!.read()
    if (chunk === null && worked < SLICE_MS) continue
    await between(worked, bytes.next / items.length)
    worked = 0
  }
  // What nobody took counts for the checksum too.
  while (old !== null && !old.isRead) {
    await old.read()
    await between(0, 1)
  }
  old?.check()
  return { size, crc, lengths: bytes.lengths }
}

/** Adds some items, or what is at hand of those that were begun. */
function addSome(bytes: SnapshotBytes, items: readonly unknown[], old: OldLines | null): void {
  const end = Math.min(bytes.next + RUN, items.length)
  for (;;) {
    if (old !== null && old.left > 0 && !old.isBehind)
      bytes.copy((buffer, at, room) => old.copy(buffer, at, room))
    if (bytes.next >= end || bytes.isFull || isBehind(old)) return
    const line = old === null ? -1 : old.lineOf(bytes.next)
    if (line === -1) bytes.addText(textOf(items[bytes.next]))
    else bytes.beginRun(old!.lengths, line, old!.take(bytes.next, LONGEST_RUN))
  }
}

function isBehind(old: OldLines | null): boolean {
  return old !== null && old.left > 0 && old.isBehind
}

/** What JSON cannot hold is null, as in any array. */
function textOf(item: unknown): string {
  try {
    return jsonText(item) ?? 'null'
  } catch (error) {
    throw withoutText(error, null)
  }
}
