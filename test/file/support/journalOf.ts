import { crc32 } from 'node:zlib'
import { encodeFolded } from '../../../src/file/changeText.js'
import {
  encodeHeader,
  type JournalHeader,
  KIND_BATCH,
  KIND_FOLDED,
  sealFrame,
  UNUSED,
} from '../../../src/file/frame.js'
import { SimulatedDisk } from '../../simulated/SimulatedDisk.js'

export interface MadeFrame {
  /** The payload; bytes where it is not whole characters. */
  readonly text: string | Uint8Array
  readonly kind?: number
  readonly commit?: boolean
  /** The one after the last commit, unless it is named. */
  readonly sequence?: number
  /** What was flushed before the frame's sequence, unless it is named. */
  readonly flushed?: number
}

/** A journal with whatever frames a test wants, each with a right checksum, chained as the writer chains them. */
export function journalOf(
  header: Partial<JournalHeader>,
  frames: readonly (MadeFrame | string)[],
): { bytes: Buffer; crc: number; next: number } {
  const full: JournalHeader = {
    generation: 1,
    first: 1,
    base: { kind: 'none' },
    lineage: '0102030405060708',
    ...header,
  }
  const head = encodeHeader(full)
  const parts = [head.bytes]
  let crc = head.crc
  let next = full.first
  for (const it of frames) {
    const { text, kind = KIND_BATCH, commit = true, ...rest } = typeof it === 'string' ? { text: it } : it
    const { sequence = next, flushed = sequence - 1 } = rest as Pick<MadeFrame, 'sequence' | 'flushed'>
    const payload = Buffer.from(text as string)
    const { length } = payload
    const frame = Buffer.concat([Buffer.alloc(32), payload])
    crc = sealFrame(frame, 0, { kind, commit, length, previous: crc, sequence, flushed }, head.crc)
    parts.push(frame)
    if (commit) next++
  }
  return { bytes: Buffer.concat(parts), crc, next }
}

/** A disk that holds these files, by the endings of their names behind the path. */
export function diskOf(path: string, files: Readonly<Record<string, Uint8Array | string>>): SimulatedDisk {
  const disk = new SimulatedDisk()
  disk.putFolder(path.slice(0, path.lastIndexOf('/')))
  for (const [ending, content] of Object.entries(files)) disk.putFile(path + ending, content)
  return disk
}

/** What a journal says of a data file. */
export function identityOf(file: string): { size: number; crc: number } {
  return { size: Buffer.byteLength(file), crc: crc32(file) }
}

/** The frame that says that a data file holds everything up to that batch. */
export function folded(sequence: number, file: string): MadeFrame {
  return { text: encodeFolded({ sequence, ...identityOf(file) }), kind: KIND_FOLDED }
}

/** A journal without the space written ahead behind its frames. */
export function framesOf(journal: Uint8Array): Uint8Array {
  return journal.slice(0, journal.findLastIndex((byte) => byte !== UNUSED) + 1)
}

/** The text of a batch that puts items with these ids. */
export function puts(...ids: readonly string[]): string {
  return ids.map((id) => `${JSON.stringify(['put', id, { id }])}\n`).join('')
}
