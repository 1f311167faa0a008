import { dirname } from 'node:path'
import { setTimeout } from '../core/timers.js'
import { FileException } from '../errors/index.js'
import type { Disk, DiskStat } from './Disk.js'
import { readFailed, systemCode } from './fileErrors.js'
import { findFiles, journalPath } from './fileSet.js'
import { FilesChanged, type Recovered, recover } from './recovery.js'

const ATTEMPTS = 100
/**
 * Milliseconds after which a write shows in the time of a file. Linux takes that from its coarse clock
 * (CLOCK_REALTIME_COARSE in clock_gettime(2)), which moves with the timer interrupt: each hundredth of a second or more
 * often.
 */
const TICK_MS = 25

/**
 * Reads a file and its journals without a lock and without changing a byte, beside an owner who may be writing and
 * folding. When names came to mean other files in the meantime, what was read may not fit together, and it begins again;
 * that goes for what looks like damage too.
 */
export async function readOnlyOpening<T>(
  disk: Disk,
  path: string,
): Promise<{ recovered: Recovered<T>; journalFound: boolean; path: string }> {
  const real = await realPathOf(disk, path)
  let lastError: unknown = null
  let failedOn = ''
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    try {
      const before = await look(disk, real)
      let recovered: Recovered<T> | null = null
      let failure: unknown = null
      try {
        recovered = await recover<T>(disk, real, await findFiles(disk, real))
      } catch (error) {
        failure = error
      }
      const after = await look(disk, real)
      if (recovered !== null && before.names === after.names) {
        return { recovered, journalFound: recovered.journals.length > 0, path: real }
      }
      lastError = failure
      // A write into space that a journal has already changes nothing but its time, and that only when the clock ticks.
      // Twice the same, and a tick between: what was read is what is there.
      const still = failure !== null && before.all === after.all && !(failure instanceof FilesChanged)
      if (still && failedOn === after.all) throw failure
      failedOn = still ? after.all : ''
    } catch (error) {
      throw error instanceof FileException ? error : readFailed(real, error)
    }
    await new Promise((resume) => setTimeout(resume, failedOn === '' ? Math.min(attempt, 20) : TICK_MS))
  }
  if (lastError instanceof FileException) throw lastError
  throw readFailed(real, new Error(`its owner changes it faster than it can be read (${ATTEMPTS} attempts)`))
}

/**
 * The path with every symbolic link resolved, beside which the journals stand; the path itself where its folder is
 * missing.
 * @throws FileException READ_FAILED
 */
export async function realPathOf(disk: Disk, path: string): Promise<string> {
  try {
    if ((await disk.stat(dirname(path))) === null) return path
    return await disk.realPath(path)
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return path
    throw readFailed(path, error)
  }
}

/** Which files the names mean, and how those files are now. An owner who only appends changes the second alone. */
async function look(disk: Disk, path: string): Promise<{ names: string; all: string }> {
  const set = await findFiles(disk, path)
  const file = await disk.stat(path)
  let names = identity(file) + content(file)
  let all = names
  for (const generation of set.journals) {
    const stat = await disk.stat(journalPath(path, generation))
    names += ` ${generation}=${identity(stat)}`
    all += ` ${generation}=${identity(stat)}${content(stat)}`
  }
  return { names, all }
}

function identity(stat: DiskStat | null): string {
  return stat === null ? '-' : `${stat.device}:${stat.inode}`
}

function content(stat: DiskStat | null): string {
  return stat === null ? '' : `:${stat.size}:${stat.mtimeNs}`
}
