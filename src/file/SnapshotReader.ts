import { isUtf8 } from 'node:buffer'
import { crc32 } from 'node:zlib'
import { MAX_DEPTH } from '../core/copyValue.js'
import type { DiskFile } from './Disk.js'
import { isTooDeep, MAX_OPEN, mayBeTooDeep } from './depth.js'
import { corrupted } from './fileErrors.js'
import { ItemScanner } from './ItemScanner.js'
import { BRACKET, markLength, skipSpace } from './jsonBytes.js'
import { jsonErrorAt } from './jsonErrorAt.js'
import { MAX_TEXT_SIZE } from './jsonText.js'
import { strictText } from './strictText.js'
import { readAll } from './writeAll.js'

/** What a data file held. */
export interface Snapshot<T> {
  readonly items: T[]
  readonly size: number
  readonly crc: number
}

/** How far a reading came, for those who want what stands before an error. */
export interface SnapshotProgress<T> {
  readonly items: T[]
  /** Offset behind the last item read, in front of what follows it; 0 when there is none. */
  offset: number
}

const CHUNK_SIZE = 1024 * 1024
const WAY_OUT =
  'Restore a backup, repair the text by hand, call salvage() to get what can be read out of it into a new file, or move ' +
  'the file away to begin without items.'

/**
 * Reads a JSON array however it is laid out, with a byte order mark too, in one buffer of a MiB that grows only for an
 * item longer than that; so files far past the longest string open.
 * @throws FileException DATA_CORRUPTED  zero bytes, NULs, bad UTF-8, not an array, not JSON, nested too deeply; names
 *   the offset
 */
export async function readSnapshot<T>(
  file: DiskFile,
  path: string,
  progress: SnapshotProgress<T> = { items: [], offset: 0 },
): Promise<Snapshot<T>> {
  const { items } = progress
  let buffer = Buffer.allocUnsafe(CHUNK_SIZE)
  /** Bytes in the buffer not yet parsed, and where in the file they start. */
  let held = 0
  let offset = 0
  let size = 0
  let crc = 0
  let place: Place = 'before'
  /**
   * Our own files have an item a line: then a line feed behind a comma is a boundary, and JSON.parse checks the guess.
   */
  let byLines = true
  const scanner = new ItemScanner()

  for (;;) {
    if (held === buffer.length) {
      if (held >= MAX_TEXT_SIZE) throw corrupted(path, offset, 'an item is longer than 512 MiB', WAY_OUT)
      const larger = Buffer.allocUnsafe(Math.min(buffer.length * 2, MAX_TEXT_SIZE))
      buffer.copy(larger, 0, 0, held)
      buffer = larger
    }
    const read = await readAll(file, buffer.subarray(held), buffer.length - held, size)
    crc = crc32(buffer.subarray(held, held + read), crc)
    size += read
    const atEnd = held + read < buffer.length
    held += read
    let start = 0

    if (place === 'before') {
      if (offset === 0) start = markLength(buffer.subarray(0, held))
      start = skipSpace(buffer, start, held)
      if (start < held) {
        if (buffer[start] !== BRACKET) throw notAnArray(path, buffer, start, held, offset)
        start++
        place = 'first'
      } else if (atEnd) {
        const what =
          size === 0
            ? 'it has no bytes, and no items would be "[]"'
            : 'it is blank, and no items would be "[]"'
        throw corrupted(path, 0, what, WAY_OUT)
      }
    }

    if (place === 'first' || place === 'items') {
      if (byLines && !atEnd) {
        const cut = lastLine(buffer, start, held)
        const group = cut === -1 ? null : tryParse<T>(buffer.subarray(start, cut))
        if (group !== null && group.length > 0) {
          if (mayBeTooDeep(buffer, start, cut, group.length))
            refuseDeep(path, items.length, group, offset + start)
          append(items, group)
          progress.offset = offset + cut
          start = cut + 1
          place = 'items'
        } else byLines = false
      }
      if (!byLines || atEnd) {
        const found = scanner.find(buffer, start, held)
        // A brace that nothing opened: parsing up to it says what is wrong.
        if (found.broken) parseGroup<T>(buffer.subarray(start, found.end + 1), path, offset + start)
        if (found.cut > start || (found.ended && (place === 'items' || !isBlank(buffer, start, found.end)))) {
          const to = found.ended ? found.end : found.cut
          const group = parseGroup<T>(buffer.subarray(start, to), path, offset + start)
          if (group.length === 0)
            throw corrupted(path, offset + start, 'an item is missing between commas', WAY_OUT)
          if (scanner.deepest > MAX_OPEN) refuseDeep(path, items.length, group, offset + start)
          append(items, group)
          progress.offset = offset + to
          start = to + 1
          place = 'items'
        } else if (found.ended) start = found.end + 1
        scanner.rebase(start)
        if (found.ended) place = 'after'
      }
    }

    if (place === 'after') {
      start = skipSpace(buffer, start, held)
      if (start < held)
        throw corrupted(
          path,
          offset + start,
          describe(buffer, start, held, 'something follows the end of the array'),
          WAY_OUT,
        )
    }

    buffer.copyWithin(0, start, held)
    offset += start
    held -= start
    if (atEnd) break
  }
  if (place !== 'after') {
    // What JSON.parse says of the rest is more telling than the missing bracket.
    if (held > 0) parseGroup<T>(buffer.subarray(0, held), path, offset)
    throw corrupted(path, size, 'the array does not end: the file was cut short', WAY_OUT)
  }
  return { items, size, crc }
}

/** Where in the text the reader stands: before the bracket, right behind it, between items, behind the last bracket. */
type Place = 'before' | 'first' | 'items' | 'after'

function isBlank(buffer: Buffer, from: number, to: number): boolean {
  return skipSpace(buffer, from, to) === to
}

/** Offset of the last comma that a line feed follows; -1 when there is none. */
function lastLine(buffer: Buffer, from: number, to: number): number {
  const at = buffer.subarray(from, to).lastIndexOf(',\n')
  return at === -1 ? -1 : from + at
}

/** Items between commas, or null when it is not that: the cut was inside an item, or the text is bad. */
function tryParse<T>(bytes: Buffer): T[] | null {
  const text = strictText(bytes)
  if (text === null) return null
  try {
    return JSON.parse(`[${text}]`) as T[]
  } catch {
    return null
  }
}

function parseGroup<T>(bytes: Buffer, path: string, offset: number): T[] {
  const text = strictText(bytes)
  if (text === null) throw corrupted(path, offset + firstBadUtf8(bytes), 'it is not UTF-8 text', WAY_OUT)
  try {
    return JSON.parse(`[${text}]`) as T[]
  } catch (error) {
    const at = jsonErrorAt(bytes)
    const what = `it is not JSON (${(error as Error).message})`
    throw corrupted(path, offset + at, describe(bytes, at, bytes.length, what), WAY_OUT, error)
  }
}

/** Offset of the first character that is not UTF-8; there is one. */
function firstBadUtf8(bytes: Buffer): number {
  for (let at = 0; ; ) {
    const lead = bytes[at]!
    const length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4
    if (length > 1 && !isUtf8(bytes.subarray(at, at + length))) return at
    at += length
  }
}

function describe(buffer: Buffer, at: number, to: number, what: string): string {
  return at < to && buffer[at] === 0
    ? 'it holds NUL bytes, as files have that were not flushed before a power cut'
    : what
}

function notAnArray(path: string, buffer: Buffer, at: number, to: number, offset: number) {
  return corrupted(path, offset + at, describe(buffer, at, to, 'it is not a JSON array'), WAY_OUT)
}

/** What cannot be copied could not be read, and not be written back when the store is closed. */
function refuseDeep(path: string, before: number, group: readonly unknown[], offset: number): void {
  const index = group.findIndex((item) => isTooDeep(item))
  if (index === -1) return
  const what = `item ${before + index} is nested deeper than ${MAX_DEPTH} levels, in what begins`
  throw corrupted(path, offset, what, WAY_OUT)
}

/** push(...group) would pass each item as an argument, and the stack holds some hundred thousand. */
function append<T>(items: T[], group: T[]): void {
  for (const item of group) items.push(item)
}
