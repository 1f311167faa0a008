/**
 * A process that writes to a large store with and without a checkpoint beside the writes: see `harness/child.mjs`.
 */
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { ConfigParams, IdentifiableFilePersistence } from 'holdfast'
import { itemOf, mix } from '../harness/items.mjs'
import { journalSize } from './reopen.mjs'

/** Fills a journal quickly: a few items get a long text and are written over and over. */
const PADDING = 'x'.repeat(20_000)
const PADDED_ITEMS = 50
const LOOK_EVERY_MS = 20
const LONGEST_MS = 60_000

export async function start({ folder, size }) {
  const path = join(folder, 'places.json')
  const places = new IdentifiableFilePersistence()
  places.configure(ConfigParams.fromTuples('path', path))
  await places.open(null)
  let turn = 0

  /** Writes by so many callers until `over`; answers what it saw. */
  async function load(callers, over) {
    const delay = monitorEventLoopDelay({ resolution: 1 })
    let writes = 0
    let stopped = false
    // The first turns of the load are not part of what is measured.
    const run = Promise.all(
      Array.from({ length: callers }, async () => {
        while (!stopped) {
          await places.update(null, itemOf(mix(++turn, 8) % size, 0, turn))
          writes++
        }
      }),
    )
    const seen = await over(() => {
      delay.enable()
      writes = 0
    })
    delay.disable()
    const measured = {
      ...seen,
      writesPerSecond: writes / (seen.ms / 1000),
      delayMs: delay.percentile(99.9) / 1e6,
    }
    stopped = true
    await run
    return measured
  }

  async function look() {
    let bytes = 0
    let journals = 0
    let snapshot = false
    for (const name of await readdir(folder)) {
      if (/\.journal-\d+$/.test(name)) journals++
      if (/\.tmp-snapshot-\d+$/.test(name)) snapshot = true
      bytes += (await stat(join(folder, name)).catch(() => null))?.size ?? 0
    }
    return { bytes, underWay: snapshot || journals > 1 }
  }

  const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

  /** Brings the journal near the size at which a checkpoint starts. */
  async function fill() {
    const full = Math.max(4 * 2 ** 20, (await stat(path)).size / 2) * 0.98
    while (journalSize(folder) < full) {
      await writePadded()
      if ((await look()).underWay) break
    }
  }

  /** A MiB for the journal. All of it is written when this resolves: what waits would slow down what is measured. */
  async function writePadded() {
    const writes = Array.from({ length: PADDED_ITEMS }, (_, i) =>
      places.update(null, { ...itemOf(i), padding: PADDING }),
    )
    await Promise.all(writes)
  }

  /** Writes until a checkpoint has started. */
  async function startOne() {
    const from = performance.now()
    while (!(await look()).underWay) {
      await writePadded()
      if (performance.now() - from > LONGEST_MS) throw new Error('No checkpoint came.')
    }
  }

  return {
    /** The load alone. */
    async without(callers, ms) {
      // The journal is all but empty then: no checkpoint comes meanwhile.
      await fill()
      await startOne()
      while ((await look()).underWay) await pause(LOOK_EVERY_MS)
      return load(callers, async (begin) => {
        await pause(200)
        begin()
        const from = performance.now()
        // The same looks as in `during`, so that they do not make the difference.
        while (performance.now() - from < ms) {
          await look()
          await pause(LOOK_EVERY_MS)
        }
        return { ms: performance.now() - from }
      })
    },
    /** The load from the start to the end of a checkpoint. */
    async during(callers) {
      await fill()
      const atRest = (await look()).bytes
      const live = (await stat(path)).size
      return load(callers, async (begin) => {
        await startOne()
        begin()
        const from = performance.now()
        let most = 0
        for (;;) {
          const { bytes, underWay } = await look()
          most = Math.max(most, bytes)
          if (!underWay) break
          await pause(LOOK_EVERY_MS)
        }
        return { ms: performance.now() - from, atRest, most, live: Math.max(live, (await stat(path)).size) }
      })
    },
  }
}
