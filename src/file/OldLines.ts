import { crc32 } from 'node:zlib'
import type { Disk, DiskFile } from './Disk.js'
import { readAll } from './writeAll.js'

/** A file of items, one a line, as it was written. */
export interface Lines {
  readonly size: number
  readonly crc: number
  /** Bytes of each item's text, without the two bytes before it: a comma or the bracket, and a line feed. */
  readonly lengths: Uint32Array
}

/** What a new file of items can take over from one that is there. */
export interface Unchanged {
  readonly lines: Lines
  /** For each of the items its line in that file; -1 where it has none, or another text. Ascending otherwise. */
  readonly positions: Int32Array
}

/** The file is not what was written: nothing may be taken over from it. */
export class OldFileDiffers extends Error {}

const CHUNK_SIZE = 256 * 1024

/**
 * The lines of items that did not change, from a file that is read once from its start to its end. All of its bytes count
 * for the checksum, so what was taken over is right if `check` finds nothing when all is read.
 */
export class OldLines {
  readonly lengths: Uint32Array
  readonly #file: DiskFile
  readonly #lines: Lines
  readonly #positions: Int32Array
  /** The line that stands next, and its offset. */
  #line = 0
  #offset = 2
  readonly #chunk = Buffer.allocUnsafe(CHUNK_SIZE)
  /** What part of the file is in the chunk. */
  #from = 0
  #to = 0
  #crc = 0
  /** What is still to be copied. */
  #copyFrom = 0
  #copyTo = 0

  private constructor(file: DiskFile, { lines, positions }: Unchanged) {
    this.#file = file
    this.#lines = lines
    this.#positions = positions
    this.lengths = lines.lengths
  }

  /** To be closed. @throws OldFileDiffers  it cannot be opened */
  static async open(disk: Disk, path: string, unchanged: Unchanged): Promise<OldLines> {
    try {
      return new OldLines(await disk.open(path, 'read'), unchanged)
    } catch (error) {
      throw new OldFileDiffers('it cannot be opened', { cause: error })
    }
  }

  /** The line of an item; -1 when its text has to be made. */
  lineOf(item: number): number {
    return this.#positions[item]!
  }

  /** Goes on to the run of items from `item` on that stand in a row here; how many those are. They are to be copied. */
  take(item: number, most: number): number {
    const positions = this.#positions
    const { lengths } = this
    const first = positions[item]!
    while (this.#line < first) this.#offset += lengths[this.#line++]! + 2
    this.#copyFrom = this.#offset
    let count = 0
    do this.#offset += lengths[this.#line++]! + 2
    while (++count < most && positions[item + count] === this.#line)
    this.#copyTo = this.#offset - 2
    return count
  }

  /** Bytes of the run that are still to be copied. */
  get left(): number {
    return this.#copyTo - this.#copyFrom
  }

  /** What is left is not at hand: `read` first. */
  get isBehind(): boolean {
    return this.#copyFrom >= this.#to
  }

  /** Copies what is at hand of the run, `most` bytes of it; how many. */
  copy(target: Buffer, at: number, most: number): number {
    const length = Math.min(this.#copyTo, this.#to, this.#copyFrom + most) - this.#copyFrom
    const start = this.#copyFrom - this.#from
    this.#chunk.copy(target, at, start, start + length)
    this.#copyFrom += length
    return length
  }

  /** Reads the next bytes. @throws OldFileDiffers  they are not there, or cannot be read */
  async read(): Promise<void> {
    const wanted = Math.min(CHUNK_SIZE, this.#lines.size - this.#to)
    let length = 0
    try {
      length = await readAll(this.#file, this.#chunk, wanted, this.#to)
    } catch (error) {
      throw new OldFileDiffers('it cannot be read', { cause: error })
    }
    if (length === 0 || length < wanted) throw new OldFileDiffers('it is shorter')
    this.#crc = crc32(length === CHUNK_SIZE ? this.#chunk : this.#chunk.subarray(0, length), this.#crc)
    this.#from = this.#to
    this.#to += length
  }

  /** All of the file was read. */
  get isRead(): boolean {
    return this.#to === this.#lines.size
  }

  /** To be called when all is read. @throws OldFileDiffers */
  check(): void {
    if (this.#crc !== this.#lines.crc) throw new OldFileDiffers('its checksum is another')
  }

  /** Never rejects: nothing was written. */
  async close(): Promise<void> {
    await this.#file.close().catch(() => {})
  }
}
