import { dirname } from 'node:path'
import type { ChangeLogOwner } from '../contract/ChangeLog.js'
import { ApplicationException } from '../errors/index.js'
import { adopt } from './adoption.js'
import { checkItems } from './checkItems.js'
import type { Disk } from './Disk.js'
import { readFailed, writeFailed } from './fileErrors.js'
import { findFiles, flushFolders, makeFolders, refuseLongName, refuseNameOfStore } from './fileSet.js'
import { JournalCopy } from './JournalCopy.js'
import { acquireLock, type Lock } from './Lock.js'
import { OwnedDisk } from './OwnedDisk.js'
import { FilesChanged, type Recovered, recover } from './recovery.js'
import { StoreFiles } from './StoreFiles.js'

/** A store opened for writing. */
export interface OpenedStore<T> {
  readonly lock: Lock
  readonly files: StoreFiles
  readonly recovered: Recovered<T>
  readonly journalFound: boolean
  /** Where the bytes of an unacknowledged tail are kept; null when there was none. */
  readonly setAsidePath: string | null
  /** As in `Adopted`. */
  readonly doubt: unknown
}

/**
 * Makes folders, takes the lock, recovers, and sets right what an interrupted run left. Lets go of the lock when it
 * rejects. `ahead` as in `StoreFiles`.
 */
export async function openStore<T>(
  given: Disk,
  path: string,
  lockWaitMs: number,
  owner: Pick<ChangeLogOwner<T>, 'warn' | 'identified'>,
  ahead: number | null,
): Promise<OpenedStore<T>> {
  const real = await prepare(given, path)
  const lock = await acquireLock(given, real, { waitMs: lockWaitMs })
  const disk = new OwnedDisk(given, lock)
  let copy = null as JournalCopy | null
  try {
    const set = await findFiles(disk, real).catch((error) => {
      throw readFailed(real, error)
    })
    const recovered = await recover<T>(disk, real, set, async (last) => {
      // They may take the room that a copy needs.
      await orWriteFailed(real, () => removeAll(disk, set.leftovers))
      if (last !== null) copy = await JournalCopy.of(disk, real, last.reader, last.scan)
      return copy?.reader ?? null
    }).catch((error) => {
      throw error instanceof FilesChanged ? readFailed(real, error) : error
    })
    checkItems(real, recovered, owner)
    // Perhaps the process that made the folder was stopped before it flushed its name.
    if (recovered.file === null && recovered.journals.length === 0)
      await orWriteFailed(real, () => flushFolders(disk, dirname(real)))
    const warn = (message: string) => owner.warn(message)
    const adopted = await orWriteFailed(real, () => adopt(disk, real, recovered, copy, ahead))
    await copy?.close()
    const files = new StoreFiles(disk, real, recovered, adopted, set.journals.at(-1) ?? 0, warn, ahead)
    const { torn, doubt } = adopted
    return { lock, files, recovered, journalFound: set.journals.length > 0, setAsidePath: torn, doubt }
  } catch (error) {
    await copy?.close()
    await lock.release()
    throw error
  }
}

async function removeAll(disk: Disk, paths: readonly string[]): Promise<void> {
  for (const path of paths) await disk.unlink(path)
}

/**
 * Makes the folder, follows links, and refuses names that cannot be used and what a fold could not replace. The path to
 * use from here on.
 */
async function prepare(disk: Disk, path: string): Promise<string> {
  return orWriteFailed(path, async () => {
    await makeFolders(disk, dirname(path))
    const real = await disk.realPath(path)
    refuseNameOfStore(real)
    await refuseLongName(disk, real)
    if (!(await disk.canReplace(real))) {
      throw new Error(
        'no other file can be put in its place, as with a single file mounted into a container; mount its folder instead',
      )
    }
    return real
  })
}

/** Turns what the disk says into WRITE_FAILED or STORAGE_FULL; our own errors pass. */
export async function orWriteFailed<V>(path: string, work: () => Promise<V>): Promise<V> {
  try {
    return await work()
  } catch (error) {
    throw error instanceof ApplicationException ? error : writeFailed(path, error)
  }
}
