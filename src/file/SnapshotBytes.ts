import { BRACKET, COMMA, LINE_FEED } from './jsonBytes.js'

/** Bytes gathered before they are written. */
const CHUNK_SIZE = 128 * 1024
/** Room for a chunk of text in any script, and for one item past it that is not a long one. */
const BUFFER_SIZE = 4 * CHUNK_SIZE

/**
 * The bytes of a JSON array, an item a line, as they come: items as text or as bytes that were text before. `take` hands
 * out what is ready to be written.
 */
export class SnapshotBytes {
  /** Bytes of each item's text: right for what was taken. */
  readonly lengths: Uint32Array
  #buffer = Buffer.allocUnsafe(BUFFER_SIZE)
  #used = 0
  /** Text that is not in the buffer yet, and the first item in it. */
  #text = ''
  #textFrom = 0
  #next = 0

  constructor(count: number) {
    this.lengths = new Uint32Array(count)
  }

  /** Items added so far. */
  get next(): number {
    return this.#next
  }

  /** It is time to write. */
  get isFull(): boolean {
    return this.#used + this.#text.length >= CHUNK_SIZE
  }

  addText(text: string): void {
    // Together with what is there it might be too long for a string.
    if (text.length > CHUNK_SIZE) this.#encode()
    this.#text += this.#next === 0 ? '[\n' : ',\n'
    this.#text += text
    // In characters, until it is encoded.
    this.lengths[this.#next++] = text.length
  }

  /**
   * Begins a run of items that are added as bytes by `copy`, all separators but the first among them.
   * @param from  where their lengths stand in `lengths`
   */
  beginRun(lengths: Uint32Array, from: number, count: number): void {
    this.#encode()
    this.#reserve(2)
    this.#buffer[this.#used++] = this.#next === 0 ? BRACKET : COMMA
    this.#buffer[this.#used++] = LINE_FEED
    for (let i = 0; i < count; i++) this.lengths[this.#next++] = lengths[from + i]!
    this.#textFrom = this.#next
  }

  /** Room for bytes to be copied into, and then how many were. */
  copy(fill: (buffer: Buffer, at: number, room: number) => number): void {
    this.#reserve(1)
    this.#used += fill(this.#buffer, this.#used, this.#buffer.length - this.#used)
  }

  end(): void {
    this.#text += this.#next === 0 ? '[]\n' : '\n]\n'
  }

  /** All that was added since; valid until the next call of a method. */
  take(): Buffer {
    this.#encode()
    const bytes = this.#buffer.subarray(0, this.#used)
    this.#used = 0
    // That of a huge item is not kept.
    if (this.#buffer.length > BUFFER_SIZE) this.#buffer = Buffer.allocUnsafe(BUFFER_SIZE)
    return bytes
  }

  #encode(): void {
    const text = this.#text
    if (text === '') return
    this.#reserve(text.length * 3)
    const length = this.#buffer.write(text, this.#used)
    this.#used += length
    if (length !== text.length) this.#measure(text)
    this.#text = ''
    this.#textFrom = this.#next
  }

  /** Lengths of the items in a text with characters of several bytes. */
  #measure(text: string): void {
    let at = 0
    for (let item = this.#textFrom; item < this.#next; item++) {
      const from = at + 2
      at = from + this.lengths[item]!
      this.lengths[item] = Buffer.byteLength(text.slice(from, at))
    }
  }

  #reserve(length: number): void {
    if (this.#used + length <= this.#buffer.length) return
    const larger = Buffer.allocUnsafe(Math.max(this.#used + length, this.#buffer.length * 2))
    this.#buffer.copy(larger, 0, 0, this.#used)
    this.#buffer = larger
  }
}
