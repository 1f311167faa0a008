/**
 * The least that an awaited durable write can cost: one system call that writes and flushes (O_DSYNC), into space that is
 * there already, so that it changes nothing on the disk but its bytes. One caller at a time.
 */
import fs from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { recordOf } from './raw.mjs'

const write = promisify(fs.write)
/** What the longest measurement writes; behind it, it begins again. */
const SPACE = 64 * 1024 * 1024

export function open(folder) {
  const space = openSpace(folder)
  const put = (bytes) => write(space.fd, bytes, 0, bytes.length, space.next(bytes.length))
  return { prepare: recordOf, create: put, update: put, close: space.close }
}

/** A file that is written to its end, and flushed, before anything is measured. */
export function openSpace(folder) {
  const path = join(folder, 'log')
  const file = fs.openSync(path, 'w')
  fs.writeSync(file, Buffer.alloc(SPACE))
  fs.fsyncSync(file)
  fs.closeSync(file)
  const fd = fs.openSync(path, fs.constants.O_WRONLY | fs.constants.O_DSYNC)
  let at = 0
  const next = (length) => {
    if (at + length > SPACE) at = 0
    at += length
    return at - length
  }
  return { fd, next, close: () => fs.closeSync(fd) }
}
