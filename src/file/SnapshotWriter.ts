import { crc32 } from 'node:zlib'
import type { Disk, DiskFile, DiskStat } from './Disk.js'
import { discard } from './fileSet.js'
import { writeAll } from './writeAll.js'

/** A snapshot on the disk: written whole and flushed. */
export interface WrittenSnapshot {
  readonly path: string
  readonly size: number
  readonly crc: number
  readonly stat: DiskStat
}

/** Longest time, in milliseconds, that a slice of the work keeps other work waiting. */
const SLICE_MS = 1
/** Items made into text between two looks at the clock. */
const RUN = 16
/** Bytes of text gathered before they are written; they end a slice too. */
const CHUNK_SIZE = 128 * 1024
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
 */
export async function writeSnapshot(
  disk: Disk,
  path: string,
  items: readonly unknown[],
  mode: number,
  between: Between = letOthersRun,
): Promise<WrittenSnapshot> {
  const file = await createAnew(disk, path, mode)
  try {
    const written = await writeItems(file, items, between)
    await file.sync()
    const stat = await file.stat()
    await file.close()
    return { path, ...written, stat }
  } catch (error) {
    await file.close().catch(() => {})
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

async function writeItems(
  file: DiskFile,
  items: readonly unknown[],
  between: Between,
): Promise<{ size: number; crc: number }> {
  let size = 0
  let crc = 0
  let unflushed = 0
  let next = 0
  let text = '['
  for (;;) {
    const from = performance.now()
    let bytes: Buffer | null = null
    do {
      const end = Math.min(next + RUN, items.length)
      while (next < end && text.length < CHUNK_SIZE) {
        text += next === 0 ? '\n' : ',\n'
        text += textOf(items[next++])
      }
    } while (next < items.length && text.length < CHUNK_SIZE && performance.now() - from < SLICE_MS)
    const atEnd = next === items.length
    if (atEnd) text += items.length === 0 ? ']\n' : '\n]\n'
    if (atEnd || text.length >= CHUNK_SIZE) {
      bytes = Buffer.from(text)
      text = ''
      crc = crc32(bytes, crc)
    }
    const worked = performance.now() - from
    if (bytes !== null) {
      await writeAll(file, bytes, bytes.length, size)
      size += bytes.length
      unflushed += bytes.length
    }
    if (atEnd) return { size, crc }
    if (unflushed >= FLUSH_EVERY) {
      await file.sync()
      unflushed = 0
    }
    await between(worked, next / items.length)
  }
}

/** What JSON cannot hold is null, as in any array. */
function textOf(item: unknown): string {
  return JSON.stringify(item) ?? 'null'
}
