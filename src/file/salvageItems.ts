import { FileException } from '../errors/index.js'
import type { DiskFile } from './Disk.js'
import type { FileIdentity } from './findStart.js'
import { LooseItems, type Lost } from './LooseItems.js'
import { layoutOf } from './layoutOf.js'
import { readSnapshot } from './SnapshotReader.js'
import { readAll } from './writeAll.js'

const HEAD_SIZE = 64 * 1024
/** Node.js searches buffers no further than this, and reads no more at once (lib/buffer.js, lib/fs.js). */
const MAX_REST = 2 ** 31 - 1
/** Places that are named one by one; a report is to be read by people. */
const MAX_PLACES = 20

/**
 * The items that can be read of a data file: all of a good one; of a damaged one those before the damage, and behind it
 * each that is whole and known to be an item, by its line or from the end of the array. The part behind the first damage
 * is held in memory as a whole, up to 2 GiB of it; what stands behind that is left out and named.
 */
export async function salvageItems(
  file: DiskFile,
  path: string,
  problems: string[],
): Promise<{ items: unknown[]; identity: FileIdentity | 'damaged' }> {
  const progress = { items: [] as unknown[], offset: 0 }
  try {
    const { items, size, crc } = await readSnapshot(file, path, progress)
    return { items, identity: { size, crc } }
  } catch (error) {
    if (!(error instanceof FileException) || error.code !== 'DATA_CORRUPTED') throw error
    problems.push(error.message)
  }
  const { size } = await file.stat()
  // One byte of what was read before says that it is not the beginning of the file.
  const start = Math.max(0, progress.offset - 1)
  const rest = await bytesAt(file, start, Math.min(size - start, MAX_REST))
  const layout = layoutOf(await bytesAt(file, 0, Math.min(HEAD_SIZE, size)))
  const found = new LooseItems(rest, progress.offset - start, layout, progress.items.some(Array.isArray))
  for (const item of found.items) progress.items.push(item)
  if (found.lost.length > 0) problems.push(lossOf(path, found.lost, start))
  if (found.behindEnd > 0) {
    problems.push(
      `"${path}": ${found.behindEnd} items stand behind the end of an array, from byte ${start + found.firstBehindEnd} ` +
        'on, and were taken too.',
    )
  }
  if (size - start > MAX_REST) {
    problems.push(
      `"${path}": what stands more than 2 GiB behind the first damage was left out, from byte ${start + MAX_REST} on. Mend ` +
        'that place in a copy of the file, or cut the copy in two there, and call salvage() again.',
    )
  }
  return { items: progress.items, identity: 'damaged' }
}

async function bytesAt(file: DiskFile, from: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length)
  return bytes.subarray(0, await readAll(file, bytes, length, from))
}

function lossOf(path: string, lost: readonly Lost[], start: number): string {
  const bytes = lost.reduce((sum, { from, to }) => sum + to - from, 0)
  const named = lost.slice(0, MAX_PLACES).map(({ from, to }) => `${start + from} to ${start + to - 1}`)
  if (lost.length > MAX_PLACES) named.push('…')
  const places = lost.length === 1 ? 'one place holds' : `${lost.length} places hold`
  return `"${path}": ${places} no item that can be read, and ${bytes} bytes were left out: ${named.join(', ')}.`
}
