/*
 * A process that writes as fast as it can until it is killed. Arguments: variant, path, callers, prefix of the ids.
 * Prints what it is going to do (`?create id`) and, when it is acknowledged, that it is done (`create id`).
 * Many callers make groups that are long ones to journals as small as these, as those of a MiB are by default.
 * It runs the built package, so that it starts quickly.
 */
import { writeSync } from 'node:fs'
import {
  FilePersistence,
  IdentifiableFilePersistence,
  IdentifiableMemoryPersistence,
  JsonFilePersister,
} from '../../dist/index.js'

const [variant, path, callers, prefix] = process.argv.slice(2)
const persister = new JsonFilePersister(path, { checkpointSize: 20_000 })

class AssignedLater extends IdentifiableMemoryPersistence {
  constructor() {
    super()
    this._loader = persister
    this._saver = persister
  }
}

const store =
  variant === 'plain'
    ? new FilePersistence(persister)
    : variant === 'identifiable'
      ? new IdentifiableFilePersistence(persister)
      : new AssignedLater()

const say = (line) => writeSync(1, `${line}\n`)

async function write(caller) {
  for (let n = 0; ; n++) {
    const id = `${prefix}.${caller}.${n}`
    say(`?create ${id}`)
    const text = (n % 3 === 1 ? '語' : 'x').repeat((n * 37) % 900)
    await store.create(null, { id, v: 0, text })
    say(`create ${id}`)
    if (variant === 'plain') continue
    if (n % 3 === 0) {
      say(`?update ${id}`)
      await store.update(null, { id, v: 1 })
      say(`update ${id}`)
    }
    if (n % 5 === 0) {
      say(`?delete ${id}`)
      await store.deleteById(null, id)
      say(`delete ${id}`)
    }
  }
}

say('ready')
await store.open(null)
await Promise.all(Array.from({ length: Number(callers) }, (_, caller) => write(caller)))
