import { dirname } from 'node:path'
import type { Disk } from './Disk.js'
import { writeFailed } from './fileErrors.js'
import { backupTempPath, discard } from './fileSet.js'
import { writeSnapshot } from './SnapshotWriter.js'

/**
 * Writes items to a new data file at `path`: whole and on the disk when it resolves, nothing there when it rejects.
 * @throws FileException WRITE_FAILED  something is there already, or the disk refuses; STORAGE_FULL
 */
export async function writeNew(disk: Disk, path: string, items: readonly unknown[]): Promise<void> {
  try {
    await refuseTaken(disk, path)
    const written = await writeSnapshot(disk, backupTempPath(path), items, 0o600)
    try {
      // Again: many items take a while to write, and the rename asks nobody.
      await refuseTaken(disk, path)
      await disk.rename(written.path, path)
    } catch (error) {
      await discard(disk, written.path)
      throw error
    }
    await disk.syncFolder(dirname(path))
  } catch (error) {
    throw writeFailed(path, error)
  }
}

async function refuseTaken(disk: Disk, path: string): Promise<void> {
  if ((await disk.stat(path)) !== null)
    throw new Error('something is there already, and nothing is overwritten')
}
