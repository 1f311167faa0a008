/** One subject in its own process: see `harness/child.mjs`. All use one table, in turn. */
import assert from 'node:assert/strict'
import { COUNTRIES, idOf, itemOf, mix } from '../harness/items.mjs'

/** @param own  a number of its own, so that the subjects create different items */
export async function start({ name, url, size, own }) {
  const { open } = await import(`./subjects/${name}.mjs`)
  const subject = await open(url)
  const rates = new Map()
  let next = size + own * 50_000_000
  let turn = own * 1_000_003
  const create = (count) => Array.from({ length: count }, () => itemOf(next++))
  const pick = () => mix(++turn, 8) % size
  const prepare = {
    getOneById: () => idOf(pick()),
    create: () => itemOf(next++),
    update: () => itemOf(pick(), 0, ++turn % 1_000_000),
    pageByCountry: () => COUNTRIES[mix(++turn, 6) % COUNTRIES.length],
    firstSortedPage: () => null,
  }
  return {
    async fill() {
      for (let from = 0; from < size; from += 10_000)
        await subject.createMany(
          Array.from({ length: Math.min(10_000, size - from) }, (_, i) => itemOf(from + i)),
        )
    },
    /** A subject that gives wrong answers is not measured. */
    async check() {
      assert.deepEqual(await subject.getOneById(idOf(1)), itemOf(1))
      const [item] = create(1)
      assert.deepEqual(await subject.create(item), item)
      await subject.update({ ...item, population: 5 })
      assert.deepEqual(await subject.getOneById(item.id), { ...item, population: 5 })
      await subject.deleteById(item.id)
      assert.equal(await subject.getOneById(item.id), null)
      const page = await subject.pageByCountry(COUNTRIES[1])
      const sorted = await subject.firstSortedPage()
      return [page.data ?? page, sorted.data ?? sorted]
    },
    /** Operations a second by so many callers at a time. What was created is deleted when the clock has stopped. */
    async run(method, callers, ms) {
      const key = `${method} ${callers}`
      const length = Math.max(callers * 2, Math.ceil(((rates.get(key) ?? 1000) * ms * 2) / 1000))
      const ready = Array.from({ length }, prepare[method])
      const from = performance.now()
      let done = 0
      const one = async () => {
        while (done < length && performance.now() - from < ms) await subject[method](ready[done++])
      }
      await Promise.all(Array.from({ length: callers }, one))
      const rate = done / ((performance.now() - from) / 1000)
      rates.set(key, rate)
      if (method === 'create') {
        const made = ready.slice(0, done)
        for (let i = 0; i < made.length; i += 32)
          await Promise.all(made.slice(i, i + 32).map((item) => subject.deleteById(item.id)))
      }
      return rate
    },
    /** Items a second. */
    async bulk(count) {
      const items = Array.from({ length: count }, (_, i) => ({
        ...itemOf(i),
        id: `bulk-${String(i).padStart(9, '0')}`,
      }))
      const from = performance.now()
      await subject.createMany(items)
      return count / ((performance.now() - from) / 1000)
    },
    forgetBulk: () => subject.forgetBulk(),
    /** Milliseconds of the pages of these numbers, medians. */
    async pagesByToken(take, numbers) {
      const tokens = [null]
      for (let page = 1; page < Math.max(...numbers); page++)
        tokens.push((await subject.pageByToken(tokens.at(-1), take)).token)
      const times = numbers.map(() => [])
      for (let i = 0; i < 400; i++) {
        for (const [at, page] of numbers.entries()) {
          const before = performance.now()
          const { data } = await subject.pageByToken(tokens[page - 1], take)
          times[at].push(performance.now() - before)
          assert.equal(data.length, take)
        }
      }
      return times.map((each) => each.sort((a, b) => a - b)[200])
    },
    close: () => subject.close(),
  }
}
