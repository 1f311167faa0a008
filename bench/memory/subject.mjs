/** One subject in its own process: see `harness/child.mjs`. */
import { itemOf } from '../harness/items.mjs'
import { checkAnswers } from './checkAnswers.mjs'
import { Workloads } from './workloads.mjs'

export async function start({ name, size }) {
  const { open } = await import(`./subjects/${name}.mjs`)
  let workloads = null
  return {
    /** Fills the store; answers the bytes of heap and of external memory per item, indexes included. */
    async load() {
      const before = await bytesInUse()
      const subject = await open(size, itemOf)
      // Indexes that are made on first use are made now.
      await subject.pageByCountry('C000')
      if (size <= 100_000 || !subject.sortsSlowly) await subject.firstSortedPage?.()
      const perItem = ((await bytesInUse()) - before) / size
      await checkAnswers(subject, size)
      workloads = new Workloads(subject, size)
      return subject.bytesPerItem?.() ?? perItem
    },
    run: (workload, ms) => workloads.run(workload, ms),
    pagesByToken: (ms, sort, take) => workloads.pagesByToken(ms, sort, take),
  }
}

async function bytesInUse() {
  for (let i = 0; i < 3; i++) {
    globalThis.gc()
    await new Promise((resolve) => setImmediate(resolve))
  }
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}
