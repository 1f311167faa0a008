import { dirname } from 'node:path'
import { copyBytes } from './copyOut.js'
import type { Disk, DiskFile } from './Disk.js'
import { discard, journalTempPath } from './fileSet.js'
import { JournalReader, type JournalScan } from './JournalReader.js'

/**
 * A copy of the whole batches of the journal that an opening goes on with, to take its place.
 *
 * What an opening reads need not be on the disk. After a flush that failed, the system may keep the pages and take them
 * for written: readers see what they hold, and later flushes pass over them (fsync(2) of Linux; Rebello and others, "Can
 * Applications Recover from fsync Failures?", USENIX ATC 2020). The process that was told so may be gone. A copy is
 * written by this process, and so its flush vouches for all of it.
 */
export class JournalCopy {
  /** Reads the copy; null when it could not be made. */
  readonly reader: JournalReader | null
  readonly #disk: Disk
  readonly #path: string
  readonly #temp: string
  #file: DiskFile | null
  readonly #flushed: Promise<void>
  #inPlace = false

  /** @param failure  why there is no file; of no meaning when there is one */
  private constructor(
    disk: Disk,
    journal: JournalReader,
    temp: string,
    size: number,
    file: DiskFile | null,
    failure: unknown,
  ) {
    this.#disk = disk
    this.#path = journal.path
    this.#temp = temp
    this.#file = file
    this.#flushed = file === null ? Promise.reject(failure) : file.sync()
    // Heard of when it is put in place.
    this.#flushed.catch(() => {})
    this.reader = file === null ? null : new JournalReader(journal.path, file, { ...journal.stat, size })
  }

  /** Copies the journal, and begins to flush the copy. Never rejects: `flushed` tells what went wrong. */
  static async of(
    disk: Disk,
    store: string,
    journal: JournalReader,
    scan: JournalScan,
  ): Promise<JournalCopy> {
    const temp = journalTempPath(store, scan.header.generation)
    try {
      return new JournalCopy(disk, journal, temp, scan.end, await make(disk, temp, journal, scan), null)
    } catch (failure) {
      return new JournalCopy(disk, journal, temp, scan.end, null, failure)
    }
  }

  /** Resolves when the copy is on the disk. Rejects with what went wrong, making it or flushing it. */
  flushed(): Promise<void> {
    return this.#flushed
  }

  /** The copy, flushed, takes the place of the journal, and its name is flushed. It is not to be read any more. */
  async putInPlace(): Promise<void> {
    await this.#flushed
    // Windows renames no file that is open, unless all who opened it allow that.
    await this.#letGo()
    await this.#disk.rename(this.#temp, this.#path)
    this.#inPlace = true
    await this.#disk.syncFolder(dirname(this.#path))
  }

  /** Lets go of the copy, and removes it where it did not take the place of the journal. */
  async close(): Promise<void> {
    await this.#flushed.catch(() => {})
    await this.#letGo()
    if (!this.#inPlace) await discard(this.#disk, this.#temp)
  }

  async #letGo(): Promise<void> {
    const file = this.#file
    this.#file = null
    await file?.close().catch(() => {})
  }
}

/** Leaves no file when it rejects. */
async function make(
  disk: Disk,
  temp: string,
  journal: JournalReader,
  { end, headerCrc }: JournalScan,
): Promise<DiskFile> {
  const file = await disk.open(temp, 'create', 0o600)
  try {
    await copyBytes(journal.file, 0, end, file)
    // Whoever reads the copy checks all its frames, and not the header.
    const header = await new JournalReader(journal.path, file, { ...journal.stat, size: end }).header()
    if (typeof header === 'string' || header.crc !== headerCrc)
      throw new Error('it changed while it was copied')
    return file
  } catch (error) {
    await file.close().catch(() => {})
    await discard(disk, temp)
    throw error
  }
}
