import type { Batch, Change } from '../contract/Change.js'
import { changeOf, decodeChange } from './changeText.js'
import { BRACKET, BRACKET_END, COMMA } from './jsonBytes.js'
import { strictText } from './strictText.js'

/** A batch with its sequence number. */
export interface NumberedBatch {
  readonly sequence: number
  readonly batch: Batch
}

const TEXT_SIZE = 64 * 1024

/**
 * Gathers the lines of a journal and parses many at a time, as one JSON array: most are so short that a call of
 * JSON.parse costs as much as what is in them. Few enough that what comes of them is still young when it is forgotten.
 */
export class ChangeLines {
  readonly #bad: (at: number) => Error
  /** A bracket, and the lines gathered, each with a comma behind it. */
  readonly #text = Buffer.allocUnsafe(TEXT_SIZE)
  #length = 1
  /** Where in the text each line ends, and where in the journal its frame begins. */
  #ends: number[] = []
  #frames: number[] = []
  /** The batches that end among these lines, and how many of the lines stand before the end of each. */
  #commits: { readonly sequence: number; readonly lines: number }[] = []
  /** What has been parsed: whole batches, and the beginning of one more. */
  #batches: NumberedBatch[] = []
  #begun: Change[] = []

  /** @param bad  the error for a line that is no change, in the frame at that offset */
  constructor(bad: (at: number) => Error) {
    this.#bad = bad
    this.#text[0] = BRACKET
  }

  /** Adds the line in these bytes, without its line feed, from the frame at that offset. */
  add(bytes: Buffer, from: number, to: number, at: number): void {
    if (this.#length + to - from >= TEXT_SIZE) this.parse()
    if (1 + to - from >= TEXT_SIZE) {
      this.#begun.push(this.#change(strictText(bytes.subarray(from, to)), at))
      return
    }
    bytes.copy(this.#text, this.#length, from, to)
    this.#length += to - from
    this.#ends.push(this.#length)
    this.#frames.push(at)
    this.#text[this.#length++] = COMMA
  }

  /**
   * Adds the text of one line, without its line feed, which ends in the frame at that offset.
   * @throws what `bad` gives, always when it is null: the line is not UTF-8
   */
  addText(text: string | null, at: number): void {
    this.parse()
    this.#begun.push(this.#change(text, at))
  }

  /** The lines so far, back to the batch before, are the batch with that number. */
  commit(sequence: number): void {
    this.#commits.push({ sequence, lines: this.#ends.length })
  }

  /** The whole batches that have been parsed and not taken before; null when there are none. */
  take(): readonly NumberedBatch[] | null {
    if (this.#batches.length === 0) return null
    const batches = this.#batches
    this.#batches = []
    return batches
  }

  /**
   * Parses what has been gathered; that is done without being asked for, too, when it is much.
   * @throws what `bad` gives
   */
  parse(): void {
    const changes = this.#together() ?? this.#oneByOne()
    let from = 0
    for (const { sequence, lines } of this.#commits) {
      const some = changes.slice(from, lines)
      this.#batches.push({ sequence, batch: this.#begun.length === 0 ? some : this.#begun.concat(some) })
      if (this.#begun.length > 0) this.#begun = []
      from = lines
    }
    for (; from < changes.length; from++) this.#begun.push(changes[from]!)
    this.#length = 1
    this.#ends = []
    this.#frames = []
    this.#commits = []
  }

  /** The changes in all lines; null when they are not one to each line. */
  #together(): Change[] | null {
    if (this.#ends.length === 0) return []
    this.#text[this.#length - 1] = BRACKET_END
    let values: unknown[]
    try {
      values = JSON.parse(strictText(this.#text.subarray(0, this.#length)) ?? '') as unknown[]
    } catch {
      return null
    }
    if (values.length !== this.#ends.length) return null
    const changes: Change[] = []
    for (const value of values) {
      const change = changeOf(value)
      if (change === null) return null
      changes.push(change)
    }
    return changes
  }

  /** The same, to find the one that is bad. */
  #oneByOne(): Change[] {
    let from = 1
    return this.#ends.map((end, i) => {
      const change = this.#change(strictText(this.#text.subarray(from, end)), this.#frames[i]!)
      from = end + 1
      return change
    })
  }

  #change(text: string | null, at: number): Change {
    const change = text === null ? null : decodeChange(text)
    if (change === null) throw this.#bad(at)
    return change
  }
}
