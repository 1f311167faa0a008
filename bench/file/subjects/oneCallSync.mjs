/** The same call as `oneCall`, synchronous: the event loop stands still while the disk flushes, as with SQLite. */
import fs from 'node:fs'
import { openSpace } from './oneCall.mjs'
import { recordOf } from './raw.mjs'

export function open(folder) {
  const space = openSpace(folder)
  const put = (bytes) => fs.writeSync(space.fd, bytes, 0, bytes.length, space.next(bytes.length))
  return { prepare: recordOf, create: put, update: put, close: space.close }
}
