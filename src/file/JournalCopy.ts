import { dirname } from 'node:path'
import { copyBytes } from './copyOut.js'
import type { Disk } from './Disk.js'
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
  readonly #flushed: Promise<void>
  #isOpen: boolean
  #inPlace = false

  private constructor(
    disk: Disk,
    path: string,
    temp: string,
    reader: JournalReader | null,
    flushed: Promise<void>,
  ) {
    this.#disk = disk
    this.#path = path
    this.#temp = temp
    this.reader = reader
    this.#isOpen = reader !== null
    this.#flushed = flushed
    // Heard of when it is put in place.
    flushed.catch(() => {})
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
      const reader = await make(disk, temp, journal, scan)
      return new JournalCopy(disk, journal.path, temp, reader, reader.file.sync())
    } catch (failure) {
      return new JournalCopy(disk, journal.path, temp, null, Promise.reject(failure))
    }
  }

  /** Resolves when the copy is on the disk. Rejects with what went wrong, making it or flushing it. */
  flushed(): Promise<void> {
    return this.#flushed
  }

  /** Whether it took the place of the journal. */
  get isInPlace(): boolean {
    return this.#inPlace
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
    if (!this.#isOpen) return
    this.#isOpen = false
    await this.reader!.close().catch(() => {})
  }
}

/** Leaves no file when it rejects. */
async function make(
  disk: Disk,
  temp: string,
  { path, file, stat }: JournalReader,
  { end, headerCrc }: JournalScan,
): Promise<JournalReader> {
  const copy = await disk.open(temp, 'create', 0o600)
  try {
    await copyBytes(file, 0, end, copy)
    const reader = new JournalReader(path, copy, { ...stat, size: end })
    // All frames of it are checked as they are read, its header is not.
    const header = await reader.header()
    if (typeof header === 'string' || header.crc !== headerCrc)
      throw new Error('it changed while it was copied')
    return reader
  } catch (error) {
    await copy.close().catch(() => {})
    await discard(disk, temp)
    throw error
  }
}
