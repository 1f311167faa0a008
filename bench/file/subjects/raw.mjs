/**
 * The limit: a loop that appends the bytes of a record and awaits an asynchronous fdatasync; callers that wait at the same
 * time share one. Nothing is checked, kept or answered.
 */
import fs from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'

const write = promisify(fs.write)
const fdatasync = promisify(fs.fdatasync)
/** What a record of a journal needs besides the item: length, sequence numbers, checksum. */
const FRAME_SIZE = 40

/** The bytes of a record. */
export function recordOf(item) {
  return Buffer.concat([Buffer.from(JSON.stringify(item)), Buffer.alloc(FRAME_SIZE)])
}

export async function open(folder) {
  const fd = fs.openSync(join(folder, 'log'), 'w')
  let waiting = []
  let running = false
  async function run() {
    while (waiting.length > 0) {
      const group = waiting
      waiting = []
      const bytes = group.length === 1 ? group[0].bytes : Buffer.concat(group.map((each) => each.bytes))
      await write(fd, bytes)
      await fdatasync(fd)
      for (const { resolve } of group) resolve()
      // Those who were told and write again at once share the next flush.
      if (group.length > 1) await new Promise((resume) => setImmediate(resume))
    }
    running = false
  }
  const append = (bytes) =>
    new Promise((resolve) => {
      waiting.push({ bytes, resolve })
      if (running) return
      running = true
      queueMicrotask(run)
    })
  return {
    prepare: recordOf,
    create: append,
    update: append,
    close: () => fs.closeSync(fd),
  }
}
