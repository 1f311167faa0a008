/** One subject in its own process: see `harness/child.mjs`. */
import { itemOf } from '../harness/items.mjs'
import { checkAnswers } from './checkAnswers.mjs'
import { Workloads } from './workloads.mjs'

/** Items whose memory is measured at once, at least. */
const MEASURED_TOGETHER = 300_000

export async function start({ name, size }) {
  const { open } = await import(`./subjects/${name}.mjs`)
  let workloads = null
  return {
    /** Fills the store; answers the bytes of heap and of external memory per item, indexes included. */
    async load() {
      // Code that is compiled on the way, about half a megabyte, is no item's.
      await fill(open, Math.min(size, 10_000))
      const before = await bytesInUse()
      // The heap is counted in pages: of small stores, several are measured together.
      const stores = []
      do stores.push(await fill(open, size))
      while (stores.length * size < MEASURED_TOGETHER)
      const perItem = ((await bytesInUse()) - before) / (stores.length * size)
      const [subject] = stores
      await checkAnswers(subject, size)
      workloads = new Workloads(subject, size)
      return subject.bytesPerItem?.() ?? perItem
    },
    run: (workload, ms) => workloads.run(workload, ms),
    pagesByToken: (ms, sort, take) => workloads.pagesByToken(ms, sort, take),
  }
}

/** A store as the workloads find it: indexes that are made on first use are made. */
async function fill(open, size) {
  const subject = await open(size, itemOf)
  await subject.pageByCountry('C000')
  if (size <= 100_000 || !subject.sortsSlowly) await subject.firstSortedPage?.()
  return subject
}

async function bytesInUse() {
  for (let i = 0; i < 3; i++) {
    globalThis.gc()
    await new Promise((resolve) => setImmediate(resolve))
  }
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}
