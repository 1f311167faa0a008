import { crc32 } from 'node:zlib'
import type { DiskFile } from './Disk.js'
import { readAll } from './writeAll.js'

const CHUNK_SIZE = 256 * 1024

/** Whether the file has that size and CRC; it is read some at a time. */
export async function hasBytes(
  file: DiskFile,
  { size, crc }: { readonly size: number; readonly crc: number },
): Promise<boolean> {
  if ((await file.stat()).size !== size) return false
  const chunk = Buffer.allocUnsafe(CHUNK_SIZE)
  let found = 0
  let at = 0
  for (let read = -1; read !== 0; at += read) {
    read = await readAll(file, chunk, CHUNK_SIZE, at)
    found = crc32(chunk.subarray(0, read), found)
  }
  return at === size && found === crc
}
