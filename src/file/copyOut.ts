import { dirname } from 'node:path'
import type { Disk, DiskFile } from './Disk.js'
import { discard } from './fileSet.js'
import { readAll, writeAll } from './writeAll.js'

/**
 * Copies `length` bytes of a file, or fewer where it ends, from `from` on to a new file at `to`, and flushes that and its
 * name. When it fails there is no new file: each attempt would leave one more, and take what is left of a full disk.
 */
export async function copyOut(
  disk: Disk,
  source: DiskFile,
  from: number,
  length: number,
  to: string,
  mode: number,
): Promise<void> {
  const copy = await disk.open(to, 'create', mode)
  try {
    await copyPart(source, from, length, copy)
    await disk.syncFolder(dirname(to))
  } catch (error) {
    await discard(disk, to)
    throw error
  }
}

/** Writes a part of a file to another, flushes that and closes it. */
async function copyPart(source: DiskFile, from: number, length: number, copy: DiskFile): Promise<void> {
  try {
    await copyBytes(source, from, length, copy)
    await copy.sync()
  } finally {
    await copy.close().catch(() => {})
  }
}

/**
 * Writes `length` bytes of a file, or fewer where it ends, from `from` on to the beginning of another; some at a time.
 */
export async function copyBytes(
  source: DiskFile,
  from: number,
  length: number,
  copy: DiskFile,
): Promise<void> {
  const buffer = Buffer.allocUnsafe(Math.min(length, 1024 * 1024))
  for (let done = 0; done < length; ) {
    const read = await readAll(source, buffer, Math.min(buffer.length, length - done), from + done)
    if (read === 0) break
    await writeAll(copy, buffer, read, done)
    done += read
  }
}
