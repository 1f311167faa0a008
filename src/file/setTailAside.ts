import { dirname } from 'node:path'
import type { Disk, DiskFile } from './Disk.js'
import { discard, freePath } from './fileSet.js'
import { readAll, writeAll } from './writeAll.js'

/**
 * Copies the bytes behind the last whole batch of a journal to `<path>.torn-<sequence>` and flushes them, before they are
 * cut off: they were never acknowledged, but they may be of use to a person. The path of the copy.
 */
export async function setTailAside(
  disk: Disk,
  path: string,
  journal: DiskFile,
  from: number,
  length: number,
  sequence: number,
): Promise<string> {
  const aside = await freePath(disk, path, `torn-${sequence}`)
  const copy = await disk.open(aside, 'create', 0o600)
  try {
    await copyPart(journal, from, length, copy)
    await disk.syncFolder(dirname(path))
  } catch (error) {
    // The tail stays where it is: each attempt would leave one more copy, and take what is left of a full disk.
    await discard(disk, aside)
    throw error
  }
  return aside
}

/** Writes a part of a file to another, flushes that and closes it. */
async function copyPart(file: DiskFile, from: number, length: number, copy: DiskFile): Promise<void> {
  try {
    const buffer = Buffer.allocUnsafe(Math.min(length, 1024 * 1024))
    for (let done = 0; done < length; ) {
      const read = await readAll(file, buffer, Math.min(buffer.length, length - done), from + done)
      if (read === 0) break
      await writeAll(copy, buffer, read, done)
      done += read
    }
    await copy.sync()
  } finally {
    await copy.close().catch(() => {})
  }
}
