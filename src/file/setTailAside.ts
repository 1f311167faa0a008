import { dirname } from 'node:path'
import type { Disk, DiskFile } from './Disk.js'
import { freePath } from './fileSet.js'
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
    const buffer = Buffer.allocUnsafe(Math.min(length, 1024 * 1024))
    for (let done = 0; done < length; ) {
      const read = await readAll(journal, buffer, Math.min(buffer.length, length - done), from + done)
      if (read === 0) break
      await writeAll(copy, buffer, read, done)
      done += read
    }
    await copy.sync()
  } finally {
    await copy.close().catch(() => {})
  }
  await disk.syncFolder(dirname(path))
  return aside
}
