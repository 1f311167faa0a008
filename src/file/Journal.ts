import type { Disk, DiskStat } from './Disk.js'
import { discard, journalPath, journalTempPath } from './fileSet.js'
import {
  encodeHeader,
  FRAME_HEADER_SIZE,
  frameSizeAtMost,
  JOURNAL_HEADER_SIZE,
  type JournalHeader,
  sealFrame,
} from './frame.js'
import { JournalFile } from './JournalFile.js'
import { writeAll } from './writeAll.js'

/** Where a journal ends: what a cut goes back to. */
export interface JournalMark {
  readonly size: number
  readonly crc: number
  readonly next: number
}

/**
 * The journal that batches are appended to: frames, their checksums and numbers. As many appends may be under way as
 * there are `lanes`, and none may begin behind a long one; the engine's queue sees to that. A flush may run beside a
 * write.
 */
export class Journal {
  readonly path: string
  readonly header: JournalHeader
  readonly #headerCrc: number
  readonly #file: JournalFile
  #size: number
  #crc: number
  #next: number
  #flushed: number
  /** Sequence number up to which writes have resolved: frames are sealed before they are written. */
  #written: number
  /** Bytes written and not yet flushed; a flush that is not needed is left out. */
  #dirty: boolean
  #syncing: Promise<void> | null = null
  /** Where the last append that resolved ends. */
  #settled: JournalMark
  /** The buffer that frames are built in, and those of writes that are over. */
  #buffer: Buffer = Buffer.allocUnsafe(SMALL_BUFFER)
  readonly #buffers: Buffer[] = []

  /** `flushed`: the last sequence number known to be on the disk. */
  constructor(
    path: string,
    header: JournalHeader,
    headerCrc: number,
    file: JournalFile,
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
    this.#settled = mark
  }

  /**
   * Makes an empty journal under a temporary name, flushes it, gives it its name and flushes the folder.
   *
   * @param ahead  what `append` writes is to be flushed at once, which is quicker in one go where the system can; then the
   *   bytes by which the file is first written ahead. null: `sync` is called now and then
   */
  static async create(
    disk: Disk,
    path: string,
    folder: string,
    header: JournalHeader,
    ahead: number | null = null,
  ): Promise<Journal> {
    const temp = journalTempPath(path, header.generation)
    const name = journalPath(path, header.generation)
    const { bytes, crc } = encodeHeader(header)
    const file = await disk.open(temp, 'create', 0o600, ahead !== null)
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
    let whole: JournalFile | null = null
    try {
      // That closes the file when it rejects. Closed again, its number may be that of a file somebody else opened since.
      whole = await JournalFile.over(file, disk, name, JOURNAL_HEADER_SIZE, ahead ?? 0)
      await disk.syncFolder(folder)
    } catch (error) {
      await whole?.close().catch(() => {})
      await discard(disk, name)
      throw error
    }
    const mark = { size: JOURNAL_HEADER_SIZE, crc, next: header.first }
    return new Journal(name, header, crc, whole, mark, header.first - 1)
  }

  /** Bytes in the journal. */
  get size(): number {
    return this.#size
  }

  /** Bytes of space written ahead, behind those of the journal. */
  get ahead(): number {
    return this.#file.size - this.#size
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

  /** What was appended is on the disk when that resolves. */
  get durable(): boolean {
    return this.#file.durable
  }

  /** Appends that may be under way at once. */
  get lanes(): number {
    return this.#file.lanes
  }

  /** The end of what was appended last, whether or not that is written yet. */
  mark(): JournalMark {
    return { size: this.#size, crc: this.#crc, next: this.#next }
  }

  /** The end of the last append that resolved, and all before it: what to cut back to when the next one rejects. */
  get settled(): JournalMark {
    return this.#settled
  }

  /**
   * Writes whole batches, each a text of lines or several, in one write call unless they are large. Flushed only where
   * the file is durable. Resolves in the order of calls. When it rejects, the file may hold any part of them, and appends
   * behind it reject too: `cut` when none is under way any more.
   */
  append(batches: readonly (string | readonly string[])[], kind: number): Promise<void> {
    let used = 0
    for (let i = 0; i < batches.length; i++) {
      const batch = batches[i]!
      if (typeof batch !== 'string' || !this.#fits(used, batch))
        return this.#appendRest(used, batches.slice(i), kind)
      used = this.#piece(used, batch, kind, true)
    }
    return this.#write(used, true)
  }

  /** Puts what was appended so far on the disk; `flushed` moves up to it. A failure is final for this file. */
  async sync(): Promise<void> {
    // A flush under way covers what was written before it began: wait for it, also to hear of its failure.
    while (this.#syncing !== null) await this.#syncing
    if (!this.#dirty) return this.#file.settle()
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
    // A flush under way would end up vouching for what is cut off here. Its failure is told to whoever asked for it.
    while (this.#syncing !== null) await this.#syncing.catch(() => {})
    await this.#file.cut(mark.size)
    this.#settled = mark
    this.#size = mark.size
    this.#crc = mark.crc
    this.#next = mark.next
    this.#flushed = mark.next - 1
    this.#written = mark.next - 1
    this.#dirty = false
  }

  /** The file that is written to, whatever stands at its path now. */
  stat(): Promise<DiskStat> {
    return this.#file.stat()
  }

  close(): Promise<void> {
    return this.#file.close()
  }

  /** Whether that text makes one frame that is written together with what is there. */
  #fits(used: number, text: string): boolean {
    return text.length <= LARGE_FRAME / 3 && used + frameSizeAtMost(text) <= LARGE_WRITE
  }

  /** Adds one text that fits, as a frame; the bytes of the buffer then in use. */
  #piece(used: number, text: string, kind: number, commit: boolean): number {
    this.#reserve(used, used + frameSizeAtMost(text))
    const length = this.#buffer.write(text, used + FRAME_HEADER_SIZE, 'utf8')
    return this.#seal(used, length, kind, commit)
  }

  /** Goes on with batches some of which are long, and writes in between. */
  async #appendRest(
    used: number,
    batches: readonly (string | readonly string[])[],
    kind: number,
  ): Promise<void> {
    let filled = used
    for (const batch of batches) {
      const texts = typeof batch === 'string' ? [batch] : batch
      for (const [i, text] of texts.entries()) {
        const commit = i === texts.length - 1
        if (!this.#fits(filled, text)) {
          await this.#write(filled, false)
          filled = 0
        }
        filled = this.#fits(0, text)
          ? this.#piece(filled, text, kind, commit)
          : await this.#longPiece(text, kind, commit)
      }
    }
    await this.#write(filled, true)
  }

  /** Adds one text to the empty buffer, as several frames where it is long; the bytes of the buffer then in use. */
  async #longPiece(text: string, kind: number, commit: boolean): Promise<number> {
    const bytes = Buffer.from(text)
    // The bytes are cut anywhere, in a character too: the reader puts them together again before it decodes them.
    for (let at = 0; ; ) {
      const length = Math.min(bytes.length - at, LARGE_FRAME)
      this.#reserve(0, FRAME_HEADER_SIZE + length)
      bytes.copy(this.#buffer, FRAME_HEADER_SIZE, at, at + length)
      at += length
      const frame = this.#seal(0, length, kind, commit && at === bytes.length)
      if (at === bytes.length) return frame
      await this.#write(frame, false)
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

  /**
   * Writes the first `used` bytes of the buffer, and puts an empty one in its place.
   *
   * @param last  they end what was to be appended
   */
  async #write(used: number, last: boolean): Promise<void> {
    if (used === 0) return
    const buffer = this.#buffer
    this.#buffer = this.#buffers.pop() ?? Buffer.allocUnsafe(SMALL_BUFFER)
    const position = this.#size
    this.#size += used
    this.#dirty = true
    const mark = this.mark()
    await this.#file.write(buffer, used, position)
    if (last) this.#settled = mark
    this.#written = mark.next - 1
    if (this.#file.durable) this.#flushed = this.#written
    // A flush that began during the write need not have covered it.
    this.#dirty = !this.#file.durable
    // That of a huge batch is not kept.
    if (buffer.length <= KEPT_BUFFER) this.#buffers.push(buffer)
  }

  #reserve(used: number, length: number): void {
    if (length <= this.#buffer.length) return
    const larger = Buffer.allocUnsafe(Math.max(length, this.#buffer.length * 2))
    this.#buffer.copy(larger, 0, 0, used)
    this.#buffer = larger
  }
}

const SMALL_BUFFER = 64 * 1024
const KEPT_BUFFER = 1024 * 1024
/** Bytes gathered before they are written when a group is large. */
const LARGE_WRITE = 4 * 1024 * 1024
/** Payload of the frames of a batch that needs several. */
const LARGE_FRAME = 4 * 1024 * 1024
