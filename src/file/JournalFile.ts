import type { Disk, DiskFile, DiskStat } from './Disk.js'
import { isFull } from './fileErrors.js'
import { UNUSED } from './frame.js'
import { taken } from './writeAll.js'

/** Writes that may be under way at once where the system flushes within a write. */
const LANES = 2
/** The step in which space is written ahead doubles up to this many times the first. */
const LARGEST_STEP = 16

/**
 * Bytes from which on a write extends the file itself: to write such space twice costs more than it saves. As many are
 * written ahead at most, so that stores with small journals take the same ways with few bytes.
 *
 * @param firstStep  as in `JournalFile.over`
 */
export function longWrite(firstStep: number): number {
  return firstStep * LARGEST_STEP
}

/** Bytes that may be written ahead: the largest step is begun when half of one is left, and ends with a whole first one. */
export function mostAhead(firstStep: number): number {
  return 1.5 * longWrite(firstStep) + firstStep
}

/**
 * The bytes of a journal.
 *
 * Where the system flushes within a write (`durable`), space is written ahead of the frames, so that a write changes
 * neither the size of the file nor where its blocks are, and its flush has nothing to write but its bytes. Then also
 * several writes may be under way at once, each through a descriptor of its own: Linux tells a descriptor once of pages
 * that could not be written, so with a shared one the failure of one write may be reported to the other alone
 * (errseq_t, "Error reporting", in the kernel's documentation of its core API; fsync(2)).
 *
 * Writes resolve in the order in which they were asked for. When one fails, those behind it fail too.
 */
export class JournalFile {
  readonly durable: boolean
  readonly #files: readonly DiskFile[]
  /** Descriptors that no write uses now. */
  readonly #idle: DiskFile[]
  /** Extends the file. */
  readonly #extender: DiskFile
  readonly #firstStep: number
  /** Bytes in the file: frames, then space written ahead. */
  #size: number
  /** The extension under way; resolves with its error, or null. */
  #extending: Promise<unknown> | null = null
  /** The last extension found no room: the next waits until it is needed. */
  #full = false
  /** The write asked for last, while it is under way, or when it failed. */
  #last: Promise<void> | null = null
  /** Writes asked for. */
  #asked = 0
  /** Why nobody knows any more what the file holds: a flush within a write failed. */
  #lost: unknown = null

  private constructor(files: readonly DiskFile[], size: number, firstStep: number) {
    this.durable = files[0]!.durable
    this.#files = files
    this.#idle = files.slice(0, LANES)
    this.#extender = files.at(-1)!
    this.#size = size
    this.#firstStep = firstStep
  }

  /**
   * Takes over a file of `size` bytes that is open for writing; closes it when it rejects.
   *
   * @param firstStep  bytes by which it is first written ahead
   */
  static async over(
    file: DiskFile,
    disk: Disk,
    path: string,
    size: number,
    firstStep: number,
  ): Promise<JournalFile> {
    const files = [file]
    try {
      while (file.durable && files.length <= LANES)
        files.push(await disk.open(path, 'write', undefined, true))
    } catch (error) {
      await closeAll(files).catch(() => {})
      throw error
    }
    return new JournalFile(files, size, firstStep)
  }

  /** Bytes in the file: what was written, then space written ahead. */
  get size(): number {
    return this.#size
  }

  /** Writes that may be under way at once. */
  get lanes(): number {
    return this.durable ? LANES : 1
  }

  /** Writes the first `length` bytes of a buffer. When it rejects, the file may hold any part of them. */
  write(buffer: Uint8Array, length: number, position: number): Promise<void> {
    this.#last = this.#write(buffer, length, position, this.#last)
    return this.#last
  }

  /** Flushes what was written. A failure is final for this file. */
  sync(): Promise<void> {
    return this.#files[0]!.sync()
  }

  /** The file itself, whatever stands at its path now. */
  stat(): Promise<DiskStat> {
    return this.#files[0]!.stat()
  }

  /** Waits for space that is being written ahead. Rejects when nobody knows any more what the file holds. */
  async settle(): Promise<void> {
    await this.#extending
    if (this.#lost !== null) throw this.#lost
  }

  /** Ends the file here, and flushes that; when no write is under way. */
  async cut(size: number): Promise<void> {
    await this.settle()
    await this.#files[0]!.truncate(size)
    await this.#files[0]!.sync()
    this.#size = size
    this.#full = false
    this.#last = null
  }

  async close(): Promise<void> {
    await this.#extending
    await closeAll(this.#files)
  }

  /** @param before  the write before, if it is under way */
  async #write(
    buffer: Uint8Array,
    length: number,
    position: number,
    before: Promise<void> | null,
  ): Promise<void> {
    const turn = ++this.#asked
    const end = position + length
    let file: DiskFile | null = null
    let done = 0
    try {
      if (this.durable && end > this.#size) await this.#makeRoom(length, end)
      file = this.#take(end)
      while (done < length) done += taken(await file.write(buffer, done, length - done, position + done))
    } catch (error) {
      if (file !== null && this.durable) await this.#judge(error, position + done, done > 0)
      throw error
    } finally {
      if (file !== null) this.#idle.push(file)
      // Last, so that nothing is under way when a write rejects. The failure of the first counts.
      if (before !== null) await before
    }
    if (turn === this.#asked) this.#last = null
  }

  /** A descriptor for a write up to `end`, for which there is room. */
  #take(end: number): DiskFile {
    if (this.#lost !== null) throw this.#lost
    if (!this.durable) this.#size = end
    // A long write ends where the file does: no space is written behind it, so that how long the file is tells what it took.
    else if (end < this.#size) this.#extendInTime(end)
    return this.#idle.pop()!
  }

  /**
   * Sees to it that the file reaches as far as `end`. What a long write is to extend itself counts from here on: another
   * that is asked for before it has begun would write space there.
   */
  async #makeRoom(length: number, end: number): Promise<void> {
    let least = false
    while (end > this.#size && this.#lost === null) {
      if (this.#extending === null && length >= longWrite(this.#firstStep)) {
        this.#size = end
        return
      }
      const error = await (this.#extending ?? this.#extend(least ? end : end + this.#step))
      if (error === null) continue
      // Perhaps there is no room for a whole step, and enough for this write.
      if (least) throw error
      least = true
    }
  }

  /** Starts to write more space ahead when half of the last step is used up. */
  #extendInTime(end: number): void {
    if (this.#extending !== null || this.#full || this.#size - end > this.#step / 2) return
    void this.#extend(this.#size + this.#step)
  }

  get #step(): number {
    return Math.min(Math.max(this.#size, this.#firstStep), longWrite(this.#firstStep))
  }

  /** Never rejects: what went wrong is the answer. */
  #extend(to: number): Promise<unknown> {
    // To the end of a whole step, so that the next one begins with a block of the disk.
    const extending = this.#fill(Math.ceil(to / this.#firstStep) * this.#firstStep).catch(
      (error: unknown) => error,
    )
    this.#extending = extending
    return extending.finally(() => {
      this.#extending = null
    })
  }

  async #fill(to: number): Promise<null> {
    const unused = Buffer.alloc(Math.min(to - this.#size, longWrite(this.#firstStep)), UNUSED)
    try {
      while (this.#size < to) {
        const length = Math.min(unused.length, to - this.#size)
        this.#size += taken(await this.#extender.write(unused, 0, length, this.#size))
      }
      this.#full = false
    } catch (error) {
      this.#full = true
      await this.#judge(error, this.#size, false)
      throw error
    }
    return null
  }

  /**
   * What a durable write that failed means. Where the system had no room for its first byte, nothing happened: the file
   * ends there, or holds unused space. Any other failure may be one of the flush within, after which the pages in memory
   * need not be what is on the disk.
   *
   * @param position  where the call that failed was to write
   * @param begun  another call had written before it, so that only the end of the file tells
   */
  async #judge(error: unknown, position: number, begun: boolean): Promise<void> {
    if (isFull(error)) {
      const byte = new Uint8Array(1)
      const read = await this.#files[0]!.read(byte, 0, 1, position).catch(() => null)
      if (read === 0) return
      if (read === 1 && !begun && position < this.#size && byte[0] === UNUSED) return
    }
    this.#lost ??= error
  }
}

async function closeAll(files: readonly DiskFile[]): Promise<void> {
  const closed = await Promise.allSettled(files.map((file) => file.close()))
  for (const it of closed) if (it.status === 'rejected') throw it.reason
}
