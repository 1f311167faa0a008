import { ChangeLines, type NumberedBatch } from './ChangeLines.js'
import { decodeFolded, type Folded } from './changeText.js'
import type { DiskFile, DiskStat } from './Disk.js'
import { corrupted } from './fileErrors.js'
import {
  decodeHeader,
  FRAME_HEADER_SIZE,
  FRAME_MARK,
  type FrameFields,
  frameIsWhole,
  JOURNAL_HEADER_SIZE,
  type JournalHeader,
  KIND_FOLDED,
  MAX_FRAME_SIZE,
  peekFrame,
  UNUSED,
} from './frame.js'
import { LINE_FEED } from './jsonBytes.js'
import { StrictPieces } from './strictText.js'
import { readAll } from './writeAll.js'

/** What a pass over a journal found. */
export interface JournalScan {
  readonly header: JournalHeader
  readonly headerCrc: number
  /** Offset behind the last whole batch. */
  readonly end: number
  /** Offset of the unused space at the end; what lies between `end` and it was never acknowledged, or is damage. */
  readonly used: number
  /** CRC of the last frame before `end`, or of the header. */
  readonly crc: number
  /** Sequence number that the next frame would have. */
  readonly next: number
  readonly batches: number
  readonly frames: number
  readonly folds: readonly (Folded & { readonly at: number })[]
  /** Highest sequence number that any valid frame, also behind a bad one, says was flushed. */
  readonly flushed: number
  /** Offset of the first frame that is not what was written; null when there is none (frames may lack their commit). */
  readonly badAt: number | null
}

const UNUSED_WINDOW = Buffer.alloc(64 * 1024, UNUSED)
const BUFFER_SIZE = 1024 * 1024
const NO_BUFFER = Buffer.alloc(0)
const WAY_OUT =
  'Restore a backup, or call salvage() to get what can be read out of the file and its journals into new files.'

/**
 * Reads one journal. Memory: one buffer, which grows to the longest frame, 16 MiB at most. Only the `stat.size` bytes
 * that were there when the file was opened are looked at, so that a live owner may go on writing.
 */
export class JournalReader {
  readonly path: string
  readonly stat: DiskStat
  readonly file: DiskFile
  #buffer: Buffer = NO_BUFFER
  /** What the buffer holds: `#held` bytes of the file from `#start` on. */
  #start = 0
  #held = 0

  constructor(path: string, file: DiskFile, stat: DiskStat) {
    this.path = path
    this.file = file
    this.stat = stat
  }

  /** Checks every frame without parsing what is in it. @throws FileException DATA_CORRUPTED for a bad header */
  async scan(): Promise<JournalScan> {
    const decoded = await this.header()
    if (typeof decoded === 'string') throw corrupted(this.path, 0, decoded, WAY_OUT)
    const { header, crc: headerCrc } = decoded

    let at = JOURNAL_HEADER_SIZE
    let crc = headerCrc
    let next = header.first
    let flushed = header.first - 1
    let inBatch = false
    const whole = { end: at, crc, next, batches: 0, frames: 0 }
    const folds: (Folded & { at: number })[] = []
    while (at < this.stat.size) {
      let fields = this.#frameInBuffer(at, headerCrc)
      if (fields === undefined) fields = await this.#frame(at, headerCrc)
      if (fields === null || fields.previous !== crc || fields.sequence !== next) break
      const isFold = fields.kind === KIND_FOLDED
      if (isFold && (inBatch || !fields.commit)) break
      if (isFold) {
        const folded = decodeFolded(await this.#text(at, fields))
        if (folded === null || folded.sequence >= next) break
        folds.push({ ...folded, at: next })
      }
      at += FRAME_HEADER_SIZE + fields.length
      crc = fields.crc
      flushed = Math.max(flushed, fields.flushed)
      inBatch = !fields.commit
      if (!fields.commit) continue
      next++
      whole.end = at
      whole.crc = crc
      whole.next = next
      whole.frames++
      if (!isFold) whole.batches++
    }
    const used = await this.#usedFrom(at)
    const badAt = at < used ? at : null
    if (badAt !== null) flushed = Math.max(flushed, await this.#flushedBehind(badAt, headerCrc, next))
    return { header, headerCrc, ...whole, used, folds, flushed, badAt }
  }

  /**
   * Hands out the batches after sequence number `after`, up to the offset `end` of a scan, in order, some at a time.
   * @throws FileException DATA_CORRUPTED  a batch whose checksum is right but whose text is not a batch
   */
  async *batches(scan: JournalScan, after: number): AsyncGenerator<readonly NumberedBatch[]> {
    const lines = new ChangeLines((at) =>
      corrupted(this.path, at, 'a frame holds what is no change', WAY_OUT),
    )
    let at = JOURNAL_HEADER_SIZE
    const pieces = new StrictPieces()
    let rest: string | null = null
    while (at < scan.end) {
      let fields = this.#frameInBuffer(at, scan.headerCrc)
      if (fields === undefined) fields = await this.#frame(at, scan.headerCrc)
      if (fields === null) {
        lines.parse()
        // The file was checked a moment ago: it can only have been changed since.
        throw corrupted(this.path, at, 'a frame changed while it was read', WAY_OUT)
      }
      if (fields.kind !== KIND_FOLDED && fields.sequence > after) {
        rest = this.#changes(at, fields.length, rest, pieces, lines)
        if (fields.commit) {
          if (rest !== null) {
            lines.parse()
            throw corrupted(this.path, at, 'a batch ends in the middle of a change', WAY_OUT)
          }
          lines.commit(fields.sequence)
        }
        const some = lines.take()
        if (some !== null) yield some
      }
      at += FRAME_HEADER_SIZE + fields.length
    }
    lines.parse()
    const some = lines.take()
    if (some !== null) yield some
  }

  /**
   * Every frame from `from` on that is whole, wherever it stands, with its place and its payload; what lies between them
   * is not readable.
   */
  async *wholeFrames(
    headerCrc: number,
    from = JOURNAL_HEADER_SIZE,
  ): AsyncGenerator<{ at: number; fields: FrameFields; text: Buffer }> {
    let at = from
    while (at <= this.stat.size - FRAME_HEADER_SIZE) {
      const window = await this.#bytes(at, Math.min(this.stat.size - at, 256 * 1024))
      if (window.length === 0) return
      const candidate = this.#firstCandidate(window, at, headerCrc)
      at += candidate === -1 ? window.length : candidate
      if (candidate === -1) continue
      const fields = await this.#frame(at, headerCrc)
      if (fields === null) at++
      else {
        const text = Buffer.from(await this.#bytes(at + FRAME_HEADER_SIZE, fields.length))
        yield { at, fields, text }
        at += FRAME_HEADER_SIZE + fields.length
      }
    }
  }

  /** The first bytes of the file, decoded as a header; a sentence saying what is wrong when they are none. */
  async header(): Promise<ReturnType<typeof decodeHeader>> {
    return decodeHeader(await this.#bytes(0, JOURNAL_HEADER_SIZE))
  }

  /** Lets go of the buffer, until it is read again: there may be many journals. */
  forget(): void {
    this.#buffer = NO_BUFFER
    this.#held = 0
  }

  close(): Promise<void> {
    return this.file.close()
  }

  /**
   * Takes the whole lines out of the payload of the frame at `at`, which is in the buffer. `rest` is the text that comes
   * before it of a line that goes on in it, `pieces` holds the beginning of its last character. Answered is the same for
   * the next frame. Each part is made into text once, and nothing of the journal is kept besides: a line may be long.
   */
  #changes(
    at: number,
    length: number,
    rest: string | null,
    pieces: StrictPieces,
    into: ChangeLines,
  ): string | null {
    const from = at - this.#start + FRAME_HEADER_SIZE
    const to = from + length
    let start = from
    if (rest !== null) {
      const payload = this.#buffer.subarray(from, to)
      const end = payload.indexOf(LINE_FEED)
      const text = end === -1 ? pieces.next(payload) : pieces.last(payload.subarray(0, end))
      const line = text === null ? null : rest + text
      if (end === -1 && line !== null) return line
      into.addText(line, at)
      start = from + end + 1
    }
    while (start < to) {
      const end = this.#buffer.indexOf(LINE_FEED, start)
      if (end === -1 || end >= to) {
        const text = pieces.next(this.#buffer.subarray(start, to))
        if (text === null) into.addText(null, at)
        return text
      }
      into.add(this.#buffer, start, end, at)
      start = end + 1
    }
    return null
  }

  /** Where in the window at `at` the first frame may begin; -1 when there is none. Rubbish may hold the mark everywhere. */
  #firstCandidate(window: Buffer, at: number, headerCrc: number): number {
    for (let i = window.indexOf(FRAME_MARK); i !== -1; i = window.indexOf(FRAME_MARK, i + 1))
      if (this.#frameInBuffer(at + i, headerCrc) !== null) return i
    return -1
  }

  /**
   * The fields of the whole frame at `at`, null when there is none, if the buffer is enough to tell; else undefined.
   * Frames are many and small, and a promise for each would take longer than the rest of the work.
   */
  #frameInBuffer(at: number, headerCrc: number): FrameFields | null | undefined {
    const from = at - this.#start
    if (from < 0 || from + FRAME_HEADER_SIZE > this.#held) return undefined
    const fields = peekFrame(this.#buffer, from)
    // A length is only believed within the file and within the longest frame (checked by peekFrame).
    if (fields === null || at + FRAME_HEADER_SIZE + fields.length > this.stat.size) return null
    if (from + FRAME_HEADER_SIZE + fields.length > this.#held) return undefined
    return frameIsWhole(this.#buffer, from, fields, headerCrc) ? fields : null
  }

  /** The same, with as much of the file read as that takes. */
  async #frame(at: number, headerCrc: number): Promise<FrameFields | null> {
    await this.#bytes(at, FRAME_HEADER_SIZE)
    const fields = this.#frameInBuffer(at, headerCrc)
    if (fields !== undefined) return fields
    if (at - this.#start + FRAME_HEADER_SIZE > this.#held) return null
    await this.#bytes(at, FRAME_HEADER_SIZE + this.#buffer.readUInt32LE(at - this.#start + 8))
    // Still not there: the file has become shorter.
    return this.#frameInBuffer(at, headerCrc) ?? null
  }

  /** Where the unused space begins that everything from `from` on ends in; `from` when all of it is unused. */
  async #usedFrom(from: number): Promise<number> {
    let used = from
    for (let at = from; at < this.stat.size; ) {
      const window = await this.#bytes(at, Math.min(this.stat.size - at, UNUSED_WINDOW.length))
      if (window.length === 0) break
      if (!window.equals(UNUSED_WINDOW.subarray(0, window.length)))
        used = at + window.findLastIndex((byte) => byte !== UNUSED) + 1
      at += window.length
    }
    return used
  }

  async #text(at: number, fields: FrameFields): Promise<string> {
    return (await this.#bytes(at + FRAME_HEADER_SIZE, fields.length)).toString('utf8')
  }

  /**
   * The highest flushed sequence number that a valid frame behind a bad one names. Frames vouch for themselves (their
   * CRC is seeded with the header's), so they are found wherever they stand.
   */
  async #flushedBehind(badAt: number, headerCrc: number, expected: number): Promise<number> {
    let flushed = 0
    // What stands at the bad place itself may be whole and in the wrong place: then what should be there is missing.
    for await (const { fields } of this.wholeFrames(headerCrc, badAt)) {
      if (fields.sequence >= expected) flushed = Math.max(flushed, fields.flushed)
    }
    return flushed
  }

  /** A view of `length` bytes at `at`, valid until the next call; shorter where the file ends. */
  async #bytes(at: number, length: number): Promise<Buffer> {
    if (at < this.#start || at + length > this.#start + this.#held) {
      if (length > this.#buffer.length) {
        const size = Math.max(length, this.#buffer.length * 2, BUFFER_SIZE)
        this.#buffer = Buffer.allocUnsafe(Math.min(MAX_FRAME_SIZE, size))
      }
      this.#start = at
      this.#held = await readAll(
        this.file,
        this.#buffer,
        Math.max(0, Math.min(this.#buffer.length, this.stat.size - at)),
        at,
      )
    }
    const from = at - this.#start
    return this.#buffer.subarray(from, Math.min(from + length, this.#held))
  }
}
