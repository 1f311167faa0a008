import { dirname } from 'node:path'
import type { Disk } from './Disk.js'
import { systemCode, writeFailed } from './fileErrors.js'
import { backupTempPath, discard, findFiles, refuseNameOfStore } from './fileSet.js'
import { isSnapshot, writeSnapshot } from './SnapshotWriter.js'

/**
 * Writes items to a new data file at `path`: whole and on the disk when it resolves, nothing there when it rejects.
 *
 * @param own  path of the data file of the store whose items they are, links followed, where that is open
 * @throws FileException WRITE_FAILED  something is there already, or it is a place of a store's own files, or the disk
 *   refuses; STORAGE_FULL
 */
export async function writeNew(
  disk: Disk,
  path: string,
  items: readonly unknown[],
  own: string | null = null,
): Promise<void> {
  try {
    if ((await disk.stat(path)) !== null) throw taken()
    await refuseInStore(disk, path, own)
    const written = await writeSnapshot(disk, backupTempPath(path), items, 0o600)
    try {
      // Many items take a while to write, and somebody else may have been quicker.
      await disk.renameNew(written.path, path)
      await disk.syncFolder(dirname(path))
    } catch (error) {
      await discard(disk, written.path)
      // A rename may be done and say otherwise, and a name that is not flushed can be lost.
      if (isSnapshot(await disk.stat(path).catch(() => null), written)) await discard(disk, path)
      throw error
    }
  } catch (error) {
    throw writeFailed(path, systemCode(error) === 'EEXIST' ? taken(error) : error)
  }
}

function taken(cause?: unknown): Error {
  return new Error('something is there already, and nothing is overwritten', { cause })
}

/** Refuses a place where the file would be taken for a part of a store, and what that holds for damaged. */
async function refuseInStore(disk: Disk, path: string, own: string | null): Promise<void> {
  const real = await disk.realPath(path)
  if (own !== null && isOneFile(real, own)) throw new Error('that is the file of this store itself')
  refuseNameOfStore(real)
  if ((await findFiles(disk, real)).journals.length > 0)
    throw new Error('journals of a store stand there, and a file beside them would contradict them')
}

/** Also where the file system has no case. */
function isOneFile(a: string, b: string): boolean {
  return process.platform === 'linux' ? a === b : a.toLowerCase() === b.toLowerCase()
}
