import type { Disk, DiskFile } from './Disk.js'
import { isFull } from './fileErrors.js'
import { discard, journalPath, journalTempPath } from './fileSet.js'
import {
  encodeHeader,
  FRAME_HEADER_SIZE,
  JOURNAL_HEADER_SIZE,
  type JournalHeader,
  sealFrame,
} from './frame.js'
import { writeAll, writeSome } from './writeAll.js'

/** Where a journal ends: what a cut goes back to. */
export interface JournalMark {
  readonly size: number
  readonly crc: number
  readonly next: number
}

/**
 * The journal that batches are appended to. Not safe for two writers at once: the engine's queue sees to that. A flush
 * may run beside a write.
 */
export class Journal {
  readonly path: string
  readonly header: JournalHeader
  readonly #headerCrc: number
  readonly #file: DiskFile
  #size: number
  #crc: number
  #next: number
  #flushed: number
  /** Sequence number up to which writes have resolved: frames are sealed before they are written. */
  #written: number
  /** Bytes written and not yet flushed; a flush that is not needed is left out. */
  #dirty: boolean
  #syncing: Promise<void> | null = null
  /** Why nobody knows any more what the file holds: a flush within a write failed. */
  #lost: unknown = null
  /** The buffer that frames are built in, kept from group to group. */
  #buffer = Buffer.allocUnsafe(64 * 1024)

  /** `flushed`: the last sequence number known to be on the disk. */
  constructor(
    path: string,
    header: JournalHeader,
    headerCrc: number,
    file: DiskFile,
    mark: JournalMark,
    flushed: number,
  ) {
    this.path = path
    this.header = header
    this.#headerCrc = headerCrc
    this.#file = file
    this.#size = mark.size
    this.#crc = mark.crc
    this.#next = mark.next
    this.#flushed = flushed
    this.#written = mark.next - 1
    this.#dirty = flushed < mark.next - 1
  }

  /**
   * Makes an empty journal under a temporary name, flushes it, gives it its name and flushes the folder. `durable`: what
   * `append` writes is to be flushed at once, which is quicker in one go where the system can.
   */
  static async create(
    disk: Disk,
    path: string,
    folder: string,
    header: JournalHeader,
    durable = false,
  ): Promise<Journal> {
    const temp = journalTempPath(path, header.generation)
    const name = journalPath(path, header.generation)
    const { bytes, crc } = encodeHeader(header)
    const file = await disk.open(temp, 'create', 0o600, durable)
    try {
      await writeAll(file, bytes, bytes.length, 0)
      await file.sync()
      await disk.rename(temp, name)
    } catch (error) {
      await file.close().catch(() => {})
      await discard(disk, temp)
      // The rename may be done and say otherwise. An empty journal that stays is harmless, but better gone.
      await discard(disk, name)
      throw error
    }
    try {
      await disk.syncFolder(folder)
    } catch (error) {
      await file.close().catch(() => {})
      await discard(disk, name)
      throw error
    }
    const mark = { size: JOURNAL_HEADER_SIZE, crc, next: header.first }
    return new Journal(name, header, crc, file, mark, header.first - 1)
  }

  /** Bytes in the journal. */
  get size(): number {
    return this.#size
  }

  /** CRC of the last frame, or of the header: what the next journal's header names as its link. */
  get crc(): number {
    return this.#crc
  }

  /** Sequence number of the next frame's batch. */
  get next(): number {
    return this.#next
  }

  /** Everything up to this sequence number is on the disk. */
  get flushed(): number {
    return this.#flushed
  }

  mark(): JournalMark {
    return { size: this.#size, crc: this.#crc, next: this.#next }
  }

  /**
   * Writes whole batches, each a text of lines or several, in one write call unless they are large. Flushed only where
   * the file is durable. When it rejects, the file may hold any part of them: `cut` back to the mark taken before.
   */
  async append(batches: readonly (string | readonly string[])[], kind: number): Promise<void> {
    let used = 0
    for (const batch of batches) {
      if (typeof batch === 'string') {
        const end = this.#piece(used, batch, kind, true)
        // Most need no wait, and there may be thousands.
        used = typeof end === 'number' ? end : await end
        continue
      }
      for (const [i, text] of batch.entries()) {
        used = await this.#piece(used, text, kind, i === batch.length - 1)
      }
    }
    await this.#write(used)
    // A single huge batch must not keep its buffer for good.
    if (this.#buffer.length > LARGE_WRITE) this.#buffer = Buffer.allocUnsafe(64 * 1024)
  }

  /** Puts what was appended so far on the disk; `flushed` moves up to it. A failure is final for this file. */
  async sync(): Promise<void> {
    // A flush under way covers what was written before it began: wait for it, also to hear of its failure.
    while (this.#syncing !== null) await this.#syncing
    if (!this.#dirty) return
    // A write that has not resolved may not be covered: it counts with the next flush.
    const upTo = this.#written
    this.#dirty = false
    const syncing = this.#file.sync()
    this.#syncing = syncing
    try {
      await syncing
    } finally {
      this.#syncing = null
    }
    this.#flushed = upTo
  }

  /** Takes back everything behind the mark, and flushes that. A failure means that nobody knows what the file holds. */
  async cut(mark: JournalMark): Promise<void> {
    if (this.#lost !== null) throw this.#lost
    // A flush under way would end up vouching for what is cut off here. Its failure is told to whoever asked for it.
    while (this.#syncing !== null) await this.#syncing.catch(() => {})
    await this.#file.truncate(mark.size)
    await this.#file.sync()
    this.#size = mark.size
    this.#crc = mark.crc
    this.#next = mark.next
    this.#flushed = mark.next - 1
    this.#written = mark.next - 1
    this.#dirty = false
  }

  close(): Promise<void> {
    return this.#file.close()
  }

  /** Adds one text as a frame, or as several when it is long; the bytes of the buffer then in use. */
  #piece(used: number, text: string, kind: number, commit: boolean): number | Promise<number> {
    // A character takes three bytes of UTF-8 at most, which is quicker to say than how many it takes.
    const size = text.length < 64 * 1024 ? text.length * 3 : Buffer.byteLength(text)
    const room = FRAME_HEADER_SIZE + size
    if (size > LARGE_FRAME || used + room > LARGE_WRITE) return this.#largePiece(used, text, kind, commit)
    this.#reserve(used, used + room)
    const length = this.#buffer.write(text, used + FRAME_HEADER_SIZE, 'utf8')
    return this.#seal(used, length, kind, commit)
  }

  async #largePiece(used: number, text: string, kind: number, commit: boolean): Promise<number> {
    await this.#write(used)
    const bytes = Buffer.from(text)
    // The bytes are cut anywhere, in a character too: the reader puts them together again before it decodes them.
    for (let at = 0; ; ) {
      const length = Math.min(bytes.length - at, LARGE_FRAME)
      this.#reserve(0, FRAME_HEADER_SIZE + length)
      bytes.copy(this.#buffer, FRAME_HEADER_SIZE, at, at + length)
      at += length
      const frame = this.#seal(0, length, kind, commit && at === bytes.length)
      if (at === bytes.length) return frame
      await this.#write(frame)
    }
  }

  #seal(offset: number, length: number, kind: number, commit: boolean): number {
    this.#crc = sealFrame(
      this.#buffer,
      offset,
      { kind, commit, length, previous: this.#crc, sequence: this.#next, flushed: this.#flushed },
      this.#headerCrc,
    )
    if (commit) this.#next++
    return offset + FRAME_HEADER_SIZE + length
  }

  /** Writes the first `used` bytes of the buffer; 0, so that the buffer begins anew. */
  async #write(used: number): Promise<0> {
    if (used === 0) return 0
    this.#dirty = true
    try {
      for (let done = 0; done < used; ) {
        const written = await writeSome(this.#file, this.#buffer, done, used - done, this.#size)
        done += written
        this.#size += written
      }
    } catch (error) {
      if (this.#file.durable && !(await this.#tookNothing(error))) this.#lost = error
      throw error
    }
    this.#written = this.#next - 1
    if (this.#file.durable) this.#flushed = this.#written
    // A flush that began during the write need not have covered it.
    this.#dirty = !this.#file.durable
    return 0
  }

  /**
   * Whether a durable write that failed did nothing. Where the system had no room for its first byte, the file ends
   * where the write was to begin. Any other failure may be one of the flush within, after which the pages in memory need
   * not be what is on the disk.
   */
  async #tookNothing(error: unknown): Promise<boolean> {
    if (!isFull(error)) return false
    const stat = await this.#file.stat().catch(() => null)
    return stat?.size === this.#size
  }

  #reserve(used: number, length: number): void {
    if (length <= this.#buffer.length) return
    const larger = Buffer.allocUnsafe(Math.max(length, this.#buffer.length * 2))
    this.#buffer.copy(larger, 0, 0, used)
    this.#buffer = larger
  }
}

/** Bytes gathered before they are written when a group is large. */
const LARGE_WRITE = 4 * 1024 * 1024
/** Payload of the frames of a batch that needs several. */
const LARGE_FRAME = 4 * 1024 * 1024
