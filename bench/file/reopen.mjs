/** A process that opens a store once, or makes one to be opened: see `harness/child.mjs`. */
import { readdirSync, statSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ConfigParams, IdentifiableFilePersistence } from 'holdfast'
import { itemOf, mix } from '../harness/items.mjs'

export function start({ folder, size }) {
  const path = join(folder, 'places.json')
  const component = (durability) => {
    const places = new IdentifiableFilePersistence()
    places.configure(ConfigParams.fromTuples('path', path, 'options.durability', durability))
    return places
  }
  return {
    /** Milliseconds to read and parse the file, as the limit. */
    async parse() {
      const from = performance.now()
      const items = JSON.parse(await readFile(path, 'utf8'))
      return checked(items.length, from)
    },
    /** Milliseconds to open the component. */
    async open() {
      const places = component('sync')
      const from = performance.now()
      await places.open(null)
      return checked(size, from)
    },
    /** Writes until the journal is as full as it gets before it is folded; the process is to be killed then. */
    async fillJournal() {
      const places = component('none')
      await places.open(null)
      const full = Math.max(4 * 2 ** 20, statSync(path).size / 2) * 0.95
      let turn = 0
      while (journalSize(folder) < full) {
        const writes = Array.from({ length: 500 }, () =>
          places.update(null, itemOf(mix(++turn, 8) % size, 0, turn)),
        )
        await Promise.all(writes)
      }
      return journalSize(folder)
    },
  }

  function checked(count, from) {
    const passed = performance.now() - from
    if (count < size) throw new Error(`${size} items were expected, and there are ${count}.`)
    return passed
  }
}

export function journalSize(folder) {
  let sum = 0
  for (const name of readdirSync(folder))
    if (/\.journal-\d+$/.test(name)) sum += statSync(join(folder, name)).size
  return sum
}
