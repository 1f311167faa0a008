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

/** Longest time, in milliseconds, that a slice of the work keeps other work waiting, writing included. */
const SLICE_MS = 2
/** Bytes of text gathered before they are written. */
const CHUNK_SIZE = 128 * 1024
/** Flushed this often, so that the flush at the end, which journal flushes wait behind, is a short one. */
const FLUSH_EVERY = 4 * 1024 * 1024

/** Thrown when `stopped` said so; the temporary file is gone. */
export class SnapshotStopped extends Error {}

/**
 * Writes items as a JSON array, one a line, to a new file and flushes it. Works in slices of a few milliseconds and
 * lets other work run between them. On any failure the file is removed.
 */
export async function writeSnapshot(
  disk: Disk,
  path: string,
  items: readonly unknown[],
  mode: number,
  stopped: () => boolean,
): Promise<WrittenSnapshot> {
  const file = await createAnew(disk, path, mode)
  try {
    const written = await writeItems(file, items, stopped)
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
  stopped: () => boolean,
): Promise<{ size: number; crc: number }> {
  let size = 0
  let crc = 0
  let unflushed = 0
  let text = items.length === 0 ? '[]\n' : '[\n'
  let sliceEnd = performance.now() + SLICE_MS

  const put = async () => {
    const bytes = Buffer.from(text)
    text = ''
    await writeAll(file, bytes, bytes.length, size)
    crc = crc32(bytes, crc)
    size += bytes.length
    unflushed += bytes.length
    if (unflushed >= FLUSH_EVERY) {
      await file.sync()
      unflushed = 0
    }
  }

  for (let i = 0; i < items.length; i++) {
    text += JSON.stringify(items[i])
    text += i === items.length - 1 ? '\n]\n' : ',\n'
    const late = (i & 15) === 15 && performance.now() >= sliceEnd
    if (!late && text.length < CHUNK_SIZE) continue
    if (text.length >= CHUNK_SIZE) await put()
    if (stopped()) throw new SnapshotStopped()
    await pause()
    sliceEnd = performance.now() + SLICE_MS
  }
  if (text !== '') await put()
  if (stopped()) throw new SnapshotStopped()
  return { size, crc }
}

function pause(): Promise<void> {
  return new Promise((resume) => setImmediate(resume))
}
