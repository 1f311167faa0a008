import { crc32 } from 'node:zlib'

/*
 * Journal header and frames, byte by byte as in docs/file-format.md. All numbers are little-endian.
 */

export const JOURNAL_HEADER_SIZE = 64
export const FRAME_HEADER_SIZE = 32
/** Longest frame, header included. Nothing longer is ever allocated on the word of a length field. */
export const MAX_FRAME_SIZE = 16 * 1024 * 1024
export const MAX_PAYLOAD_SIZE = MAX_FRAME_SIZE - FRAME_HEADER_SIZE
export const JOURNAL_VERSION = 1

/** The first byte of a frame; it occurs in no UTF-8 text, so a payload never holds what looks like a frame. */
export const FRAME_MARK = 0xff
/**
 * Fills space that is written ahead of the frames. It occurs in no UTF-8 text and begins no frame; and it is not zero, so
 * that a record that a disk lost and gives back as zeros is not taken for space that was never used.
 */
export const UNUSED = 0xfe
export const KIND_BATCH = 0
export const KIND_FOLDED = 1
const FLAG_COMMIT = 1

const MAGIC = Buffer.from([0xff, 0x48, 0x46, 0x4a, 0x4f, 0x55, 0x52, 0x0a])

/**
 * What a journal's batches build on. `none`: no file at the path. `file`: the file with that size and CRC. `chain`: the
 * journal whose last frame has the CRC `link`, or a snapshot that a FOLDED frame names.
 */
export type Base =
  | { readonly kind: 'none' }
  | { readonly kind: 'file'; readonly size: number; readonly crc: number }
  | { readonly kind: 'chain'; readonly link: number }

const BASE_KINDS = ['none', 'file', 'chain'] as const

export interface JournalHeader {
  readonly generation: number
  /** Sequence number of the first frame. Everything below it was flushed before this journal got its name. */
  readonly first: number
  readonly base: Base
  /** Eight random bytes as hex, the same in all journals that follow from one another. */
  readonly lineage: string
}

/** The header and its CRC, which seeds the CRC of every frame: a frame of another journal is never valid here. */
export function encodeHeader(header: JournalHeader): { bytes: Buffer; crc: number } {
  // One more would be rounded to another number, and a journal under a name that is no number is never found.
  if (!Number.isSafeInteger(header.generation)) throw new Error('the numbers for journals are used up')
  const bytes = Buffer.alloc(JOURNAL_HEADER_SIZE)
  MAGIC.copy(bytes, 0)
  bytes.writeUInt16LE(JOURNAL_VERSION, 8)
  bytes[10] = BASE_KINDS.indexOf(header.base.kind)
  if (header.base.kind === 'chain') bytes.writeUInt32LE(header.base.link, 12)
  writeNumber(bytes, header.generation, 16)
  writeNumber(bytes, header.first, 24)
  if (header.base.kind === 'file') {
    writeNumber(bytes, header.base.size, 32)
    bytes.writeUInt32LE(header.base.crc, 40)
  }
  bytes.write(header.lineage, 44, 8, 'hex')
  const crc = crc32(bytes.subarray(0, 60))
  bytes.writeUInt32LE(crc, 60)
  return { bytes, crc }
}

/** The header in the first 64 bytes; a sentence saying what is wrong when it is none. */
export function decodeHeader(bytes: Buffer): { header: JournalHeader; crc: number } | string {
  if (bytes.length < JOURNAL_HEADER_SIZE) return 'it is shorter than a journal header'
  if (!bytes.subarray(0, 8).equals(MAGIC)) return 'it does not start as a journal does'
  const crc = bytes.readUInt32LE(60)
  if (crc32(bytes.subarray(0, 60)) !== crc) return 'the checksum of its header is wrong'
  const version = bytes.readUInt16LE(8)
  if (version !== JOURNAL_VERSION)
    return `it has version ${version}, and this program knows ${JOURNAL_VERSION}`
  const kind = BASE_KINDS[bytes[10]!]
  const generation = readNumber(bytes, 16)
  const first = readNumber(bytes, 24)
  const size = readNumber(bytes, 32)
  if (kind === undefined || generation === null || first === null || first < 1 || size === null) {
    return 'its header holds impossible numbers'
  }
  const base: Base =
    kind === 'none'
      ? { kind }
      : kind === 'file'
        ? { kind, size, crc: bytes.readUInt32LE(40) }
        : { kind, link: bytes.readUInt32LE(12) }
  return { header: { generation, first, base, lineage: bytes.toString('hex', 44, 52) }, crc }
}

/** Bytes of a frame with that text, at most: a character takes three of UTF-8, which is quicker to say than how many it is. */
export function frameSizeAtMost(text: string): number {
  return FRAME_HEADER_SIZE + text.length * 3
}

/** What a frame says besides its payload. */
export interface FrameFields {
  readonly kind: number
  /** The last frame of its batch. */
  readonly commit: boolean
  readonly length: number
  /** CRC of the frame before, or of the journal header. */
  readonly previous: number
  readonly sequence: number
  /** Everything up to this sequence number was on the disk when the frame was written. */
  readonly flushed: number
  readonly crc: number
}

/** Writes the 32 bytes before a payload that stands in `buffer` at `offset + 32`; the frame's CRC. */
export function sealFrame(
  buffer: Buffer,
  offset: number,
  fields: Omit<FrameFields, 'crc'>,
  journalCrc: number,
): number {
  buffer[offset] = FRAME_MARK
  buffer[offset + 5] = fields.kind
  buffer[offset + 6] = fields.commit ? FLAG_COMMIT : 0
  buffer[offset + 7] = 0
  buffer.writeUInt32LE(fields.length, offset + 8)
  buffer.writeUInt32LE(fields.previous, offset + 12)
  writeNumber(buffer, fields.sequence, offset + 16)
  writeNumber(buffer, fields.flushed, offset + 24)
  const crc = crc32(buffer.subarray(offset + 5, offset + FRAME_HEADER_SIZE + fields.length), journalCrc)
  buffer.writeUInt32LE(crc, offset + 1)
  return crc
}

/**
 * The fields of what may be a frame at `offset` (32 bytes must be there), or null when it cannot be one. Only plausible:
 * `frameIsWhole` tells whether the bytes are those that were written.
 */
export function peekFrame(buffer: Buffer, offset: number): FrameFields | null {
  if (buffer[offset] !== FRAME_MARK) return null
  const kind = buffer[offset + 5]!
  const flags = buffer[offset + 6]!
  if (kind > KIND_FOLDED || flags > FLAG_COMMIT || buffer[offset + 7] !== 0) return null
  const length = buffer.readUInt32LE(offset + 8)
  if (length > MAX_PAYLOAD_SIZE) return null
  const sequence = readNumber(buffer, offset + 16)
  const flushed = readNumber(buffer, offset + 24)
  if (sequence === null || flushed === null || flushed >= sequence) return null
  return {
    kind,
    commit: flags === FLAG_COMMIT,
    length,
    previous: buffer.readUInt32LE(offset + 12),
    sequence,
    flushed,
    crc: buffer.readUInt32LE(offset + 1),
  }
}

/** Whether the frame at `offset`, all of which is in `buffer`, has the CRC it names. */
export function frameIsWhole(
  buffer: Buffer,
  offset: number,
  fields: FrameFields,
  journalCrc: number,
): boolean {
  const end = offset + FRAME_HEADER_SIZE + fields.length
  return crc32(buffer.subarray(offset + 5, end), journalCrc) === fields.crc
}

/** Numbers up to 2^53 - 1 in eight bytes, without the cost of a bigint. */
function writeNumber(buffer: Buffer, value: number, offset: number): void {
  buffer.writeUInt32LE(value >>> 0, offset)
  buffer.writeUInt32LE(value < 0x1_0000_0000 ? 0 : Math.floor(value / 0x1_0000_0000), offset + 4)
}

function readNumber(buffer: Buffer, offset: number): number | null {
  const value = buffer.readUInt32LE(offset) + buffer.readUInt32LE(offset + 4) * 0x1_0000_0000
  return Number.isSafeInteger(value) ? value : null
}
