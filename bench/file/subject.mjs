/** One subject on its own folder, in its own process: see `harness/child.mjs`. */
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { itemOf, mix } from '../harness/items.mjs'

export async function start({ name, size, folder }) {
  const { open } = await import(`./subjects/${name}.mjs`)
  mkdirSync(folder, { recursive: true })
  let subject = null
  let next = size
  let turn = 0
  const rates = new Map()
  /** As many items as should fill the time, by what the last measurement did; fewer shorten it. */
  const chunk = (method, callers, ms) =>
    Math.max(callers * 2, Math.ceil(((rates.get(`${method} ${callers}`) ?? 2000) * ms * 1.5) / 1000))
  return {
    async load() {
      if (name === 'holdfast') writeArray(join(folder, 'places.json'), size)
      subject = await open(folder, size, itemOf)
    },
    /** Durable writes a second, of `create` or `update`, by so many callers at a time. */
    async run(method, callers, ms) {
      const make = method === 'create' ? () => itemOf(next++) : () => itemOf(mix(++turn, 8) % size, 0, turn)
      const prepare = subject.prepare ?? ((item) => item)
      const ready = Array.from({ length: chunk(method, callers, ms) }, () => prepare(make()))
      letAge()
      const from = performance.now()
      let done = 0
      const one = async () => {
        while (done < ready.length && performance.now() - from < ms) await subject[method](ready[done++])
      }
      await Promise.all(Array.from({ length: callers }, one))
      const rate = done / ((performance.now() - from) / 1000)
      rates.set(`${method} ${callers}`, rate)
      return rate
    },
    close: () => subject.close(),
  }
}

/**
 * Makes garbage until what was prepared has left the young generation, which the collector would else copy on the time of
 * the subject: it takes two collections, each of 16 MiB in Node.js 20.
 */
function letAge() {
  for (let i = 0; i < 1_500_000; i++) garbage = { i, last: garbage === null ? 0 : garbage.i }
}

let garbage = null

/** A JSON array as a closed store leaves it: one item a line. */
export function writeArray(path, size) {
  const file = openSync(path, 'w')
  writeSync(file, '[')
  for (let from = 0; from < size; from += 10_000) {
    const lines = []
    for (let i = from; i < Math.min(size, from + 10_000); i++)
      lines.push(`${i === 0 ? '' : ','}\n${JSON.stringify(itemOf(i))}`)
    writeSync(file, lines.join(''))
  }
  writeSync(file, '\n]\n')
  closeSync(file)
}
