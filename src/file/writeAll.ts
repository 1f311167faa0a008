import type { DiskFile } from './Disk.js'

/**
 * Writes `length` bytes of `buffer` at `position`, going on where a short write stopped: write(2) may write less than
 * asked.
 */
export async function writeAll(
  file: DiskFile,
  buffer: Uint8Array,
  length: number,
  position: number,
): Promise<void> {
  let done = 0
  while (done < length) done += taken(await file.write(buffer, done, length - done, position + done))
}

/** The number of bytes that one call wrote, which is one at least: else who goes on with the rest would never end. */
export function taken(written: number): number {
  if (!(written > 0)) throw new Error('the disk took no byte of a write')
  return written
}

/** Reads `length` bytes at `position`, or fewer where the file ends; the number read. */
export async function readAll(
  file: DiskFile,
  buffer: Uint8Array,
  length: number,
  position: number,
): Promise<number> {
  let done = 0
  while (done < length) {
    const read = await file.read(buffer, done, length - done, position + done)
    if (read === 0) break
    done += read
  }
  return done
}
