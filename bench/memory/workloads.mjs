/**
 * What is measured of a subject in memory, run inside the subject's own process. A subject is an object of functions,
 * asynchronous or not; what it does not have is not measured. The population stays what it was: what a measurement
 * adds or deletes is evened out after the clock has stopped.
 */
import { COUNTRIES, itemOf, mix } from '../harness/items.mjs'

/** Most operations in a measurement. */
const CHUNK = 20_000
const LONGEST_CLEARING_MS = 2000

export class Workloads {
  #subject
  #live
  #next
  #rates = new Map()
  #turn = 0

  constructor(subject, size) {
    this.#subject = subject
    this.#live = Array.from({ length: size }, (_, index) => ({ index, version: 0 }))
    this.#next = size
  }

  /** Operations a second. */
  async run(name, ms) {
    const rate = await this[name](ms)
    this.#rates.set(name, rate)
    return rate
  }

  getOneById(ms) {
    const ids = this.#some('getOneById', ms).map((entry) => itemOf(entry.index).id)
    return this.#timed(ids, ms, (id) => this.#subject.getOneById(id))
  }

  async create(ms) {
    const items = Array.from({ length: this.#chunk('create', ms) }, (_, i) => itemOf(this.#next + i))
    let done = 0
    const rate = await this.#timed(items, ms, (item) => {
      done++
      return this.#subject.create(item)
    })
    for (let i = 0; i < done; i++) this.#live.push({ index: this.#next++, version: 0 })
    await this.#evenOut(done, () => this.#subject.deleteById(itemOf(this.#takeAny().index).id))
    return rate
  }

  /** Creates, and after every hundredth one a sorted page is asked for: nobody can put off the order of an index. */
  async createAndSort(ms) {
    const count = Math.min(2000, this.#chunk('createAndSort', ms))
    const items = Array.from({ length: count }, (_, i) => itemOf(this.#next + i))
    await this.#subject.firstSortedPage()
    let done = 0
    const rate = await this.#timed(items, ms, async (item) => {
      await this.#subject.create(item)
      if (++done % 100 === 0) await this.#subject.firstSortedPage()
    })
    for (let i = 0; i < done; i++) this.#live.push({ index: this.#next++, version: 0 })
    await this.#evenOut(done, () => this.#subject.deleteById(itemOf(this.#takeAny().index).id))
    return rate
  }

  async deleteById(ms) {
    const ids = Array.from({ length: Math.min(this.#chunk('deleteById', ms), this.#live.length >> 1) }, () =>
      this.#takeAny(),
    )
    const queue = ids.map((entry) => itemOf(entry.index).id)
    let done = 0
    const rate = await this.#timed(queue, ms, (id) => {
      done++
      return this.#subject.deleteById(id)
    })
    for (const kept of ids.slice(done)) this.#live.push(kept)
    await this.#evenOut(done, () => {
      this.#live.push({ index: this.#next, version: 0 })
      return this.#subject.create(itemOf(this.#next++))
    })
    return rate
  }

  update(ms) {
    const items = this.#some('update', ms).map(({ index, version }) => itemOf(index, version, ++this.#turn))
    return this.#timed(items, ms, (item) => this.#subject.update(item))
  }

  /** The name changes, by which the items are indexed and sorted. */
  async updateIndexed(ms) {
    const entries = this.#some('updateIndexed', ms)
    const items = entries.map((entry) => itemOf(entry.index, entry.version + 1))
    let done = 0
    const rate = await this.#timed(items, ms, (item) => {
      entries[done++].version++
      return this.#subject.update(item)
    })
    return rate
  }

  updatePartially(ms) {
    const changes = this.#some('updatePartially', ms).map(({ index }) => ({
      id: itemOf(index).id,
      data: { population: ++this.#turn },
    }))
    return this.#timed(changes, ms, ({ id, data }) => this.#subject.updatePartially(id, data))
  }

  pageByCountry(ms) {
    return this.#timed(this.#countries('pageByCountry', ms), ms, (country) =>
      this.#subject.pageByCountry(country),
    )
  }

  /** With the indexes in order: what that costs after writes is part of `createAndSort`. */
  async firstSortedPage(ms) {
    await this.#subject.firstSortedPage()
    return this.#timed(this.#countries('firstSortedPage', ms), ms, () => this.#subject.firstSortedPage())
  }

  countAbove(ms) {
    const bounds = Array.from(
      { length: this.#chunk('countAbove', ms) },
      () => mix(++this.#turn, 7) % 1_000_000,
    )
    return this.#timed(bounds, ms, (bound) => this.#subject.countAbove(bound))
  }

  /** Pages a second at page 1 and at page 10,000, in that order of `sort`. */
  async pagesByToken(ms, sort, take) {
    let token = null
    for (let page = 1; page < 10_000; page++)
      token = (await this.#subject.pageByToken(token, take, sort)).token
    const rates = []
    for (const from of [null, token]) {
      await this.#subject.pageByToken(from, take, sort)
      const many = new Array(this.#chunk(`token ${sort} ${from === null}`, ms)).fill(from)
      rates.push(await this.#timed(many, ms, (at) => this.#subject.pageByToken(at, take, sort)))
    }
    return rates
  }

  /** Takes back what a measurement did to the size, but does not wait for slow peers. */
  async #evenOut(times, operation) {
    const from = performance.now()
    for (let i = 0; i < times && performance.now() - from < LONGEST_CLEARING_MS; i++) await operation()
  }

  /** As many operations as should fill the time, by what the last measurement did. */
  #chunk(name, ms) {
    const rate = this.#rates.get(name) ?? 100_000
    return Math.max(16, Math.min(CHUNK, Math.ceil((rate * ms * 1.5) / 1000)))
  }

  #some(name, ms) {
    // Distinct ones, so that what is prepared for one is still right when it is used.
    const count = Math.min(this.#chunk(name, ms), this.#live.length)
    const live = this.#live
    for (let i = 0; i < count; i++) {
      const other = i + (mix(++this.#turn, 5) % (live.length - i))
      const entry = live[i]
      live[i] = live[other]
      live[other] = entry
    }
    return live.slice(0, count)
  }

  #countries(name, ms) {
    return Array.from(
      { length: this.#chunk(name, ms) },
      () => COUNTRIES[mix(++this.#turn, 6) % COUNTRIES.length],
    )
  }

  #takeAny() {
    const live = this.#live
    const at = mix(++this.#turn, 4) % live.length
    const entry = live[at]
    live[at] = live[live.length - 1]
    live.pop()
    return entry
  }

  /**
   * One operation after the other until the arguments or the time are used up. The time is that of the processor, of
   * all threads of this process: the collector counts, and other programs on the machine do not.
   */
  async #timed(list, ms, operation) {
    const from = process.cpuUsage()
    let done = 0
    let looks = 1
    while (done < list.length) {
      const until = Math.min(list.length, done + looks)
      while (done < until) {
        const answer = operation(list[done++])
        // What answers at once is not made to wait for a turn of the microtask queue.
        if (typeof answer?.then === 'function') await answer
      }
      const passed = cpuMs(from)
      if (passed >= ms) break
      // Looking at this clock takes some microseconds: about every five milliseconds will do.
      looks = Math.max(1, Math.min(4096, Math.floor((5 * done) / Math.max(passed, 0.01))))
    }
    return done / (cpuMs(from) / 1000)
  }
}

function cpuMs(from) {
  const { user, system } = process.cpuUsage(from)
  return (user + system) / 1000
}
