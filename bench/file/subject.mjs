/** One subject on its own folder, in its own process: see `harness/child.mjs`. */
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as rest } from 'node:timers/promises'
import { itemOf, mix } from '../harness/items.mjs'

/**
 * Between the making of the items and the writes. Right after computing, an awaited write takes a sixth longer for as long
 * as one looks, and one that holds the event loop does not: who waits for a thread would pay for what the bench has made.
 * The scheduler of Linux judges threads by their load, half of which is of the last 32 ms ("PELT", on the page Schedutil
 * of the kernel's documentation).
 */
const REST_MS = 200
/** Of the same writes, before those that count. */
const WARM_MS = 100
/** What a burst computes. */
const BURST_MS = 20

export async function start({ name, size, folder }) {
  const { open } = await import(`./subjects/${name}.mjs`)
  mkdirSync(folder, { recursive: true })
  let subject = null
  let next = size
  let turn = 0
  const rates = new Map()
  /** As many items as should fill the time, by what the last measurement did; fewer shorten it. */
  const chunk = (method, callers, ms) =>
    Math.max(callers * 4, Math.ceil(((rates.get(`${method} ${callers}`) ?? 2000) * ms * 1.5) / 1000))
  return {
    async load() {
      if (name === 'holdfast') writeArray(join(folder, 'places.json'), size)
      subject = await open(folder, size, itemOf)
    },
    /**
     * Durable writes a second, of `create` or `update`, by so many callers at a time: as they go on, or right after
     * the process has computed for a while (`burst`).
     */
    async run(method, callers, ms, burst = false) {
      const make = method === 'create' ? () => itemOf(next++) : () => itemOf(mix(++turn, 8) % size, 0, turn)
      const prepare = subject.prepare ?? ((item) => item)
      const ready = Array.from({ length: chunk(method, callers, WARM_MS + ms) }, () => prepare(make()))
      let done = 0
      const writeFor = async (length) => {
        const before = done
        const from = performance.now()
        const one = async () => {
          while (done < ready.length && performance.now() - from < length)
            await subject[method](ready[done++])
        }
        await Promise.all(Array.from({ length: callers }, one))
        return (done - before) / ((performance.now() - from) / 1000)
      }
      letAge()
      await rest(REST_MS)
      let rate = 0
      if (burst) compute(BURST_MS)
      else rate = await writeFor(WARM_MS)
      // At first nobody knows how many items it takes.
      if (done < ready.length) rate = await writeFor(ms)
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

function compute(ms) {
  const end = performance.now() + ms
  while (performance.now() < end);
}

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
