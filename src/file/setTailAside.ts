import { copyOut } from './copyOut.js'
import type { Disk, DiskFile } from './Disk.js'
import { freePath } from './fileSet.js'

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
  await copyOut(disk, journal, from, length, aside, 0o600)
  return aside
}
