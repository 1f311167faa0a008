import { Child } from '../harness/Child.mjs'
import { judged, median, rotated, short, table } from '../harness/numbers.mjs'

/** In the order of the columns; the first is ours, the next two are limits. */
const SUBJECTS = [
  { name: 'holdfast', title: 'Holdfast' },
  { name: 'map', title: 'bare Map' },
  { name: 'indexedMap', title: 'Map + index' },
  { name: 'loki', title: 'LokiJS', peer: true, keepsObjects: true },
  { name: 'nedb', title: '@seald-io/nedb', peer: true, keepsObjects: true },
  { name: 'pip', title: 'pip-services3', peer: true, keepsObjects: true },
  { name: 'sqlite', title: 'better-sqlite3', peer: true, package: 'better-sqlite3' },
]

/** `limit` and `peer` are the least ratios against a limit and against the best peer. */
const READS = [
  { name: 'getOneById', title: 'getOneById', against: 'map', limit: 0.6, peer: 1 },
  {
    name: 'pageByCountry',
    title: 'page of 20 by an indexed field',
    against: 'indexedMap',
    limit: 0.8,
    peer: 1.5,
  },
  {
    name: 'firstSortedPage',
    title: 'first page of 20, sorted by an indexed field',
    peer: 2,
    notOf: ['map', 'indexedMap'],
  },
  { name: 'countAbove', title: 'count by predicate over all', against: 'map', limit: 0.8, peer: 1.5 },
]
const WRITES = [
  { name: 'create', title: 'create, two indexes kept', against: 'map', limit: 0.3, peer: 1.2 },
  { name: 'createAndSort', title: 'create, each 100th with a sorted page', notOf: ['map', 'indexedMap'] },
  { name: 'update', title: 'update', against: 'map', limit: 0.3, peer: 3 },
  { name: 'updateIndexed', title: 'update of an indexed field', against: 'map' },
  { name: 'updatePartially', title: 'updatePartially', against: 'map', limit: 0.3, peer: 3 },
  { name: 'deleteById', title: 'deleteById', against: 'map', limit: 0.3, peer: 3 },
]
/** Without a bar: the quicker a subject writes, the more its items are strewn over the memory by now. */
const AFTER_WRITES = [
  { name: 'getOneById', as: 'getAfter', title: 'getOneById, after the writes', against: 'map' },
  { name: 'countAbove', as: 'countAfter', title: 'count by predicate, after the writes', against: 'map' },
]
const WORKLOADS = [...READS, ...WRITES, ...AFTER_WRITES]

/** Rounds before those that count. */
const WARM_UP_ROUNDS = 3

/** An operation slower than this is measured once and not again. */
const SLOW_MS = 1000
const FILL_TIMEOUT_MS = 180_000

export async function bench({ quick, sizes, rounds, missing }) {
  const settings = { rounds, ms: quick ? 40 : 100 }
  const subjects = SUBJECTS.filter((subject) => !missing.has(subject.package))
  const parts = [about(settings)]
  const sortedPages = []
  for (const size of sizes ?? (quick ? [1000, 10_000] : [1000, 10_000, 100_000, 1_000_000])) {
    const results = await measure(size, subjects, settings)
    sortedPages.push(results.rate('holdfast', 'firstSortedPage'))
    const part = describe(size, subjects, results)
    console.log(`\n${part}`)
    parts.push(part)
  }
  const spread = Math.max(...sortedPages) / Math.min(...sortedPages)
  parts.push(`First sorted page, fastest size against slowest: ${judged(spread, '≤', 2)}.`)
  console.log(`\n${parts.at(-1)}`)
  for (const [name, reason] of missing) parts.push(`${name} was left out: ${reason}.`)
  return parts.join('\n\n')
}

async function measure(size, subjects, { rounds, ms }) {
  const results = new Results()
  const children = new Map()
  try {
    for (const { name } of subjects) {
      const child = new Child(new URL('./subject.mjs', import.meta.url), { name, size })
      children.set(name, child)
      try {
        results.heap.set(name, await child.ask('load', [], FILL_TIMEOUT_MS))
      } catch (error) {
        console.log(`\n${name} is cut off at ${size.toLocaleString('en')} items: ${error.message}`)
        await child.stop()
      }
      process.stdout.write(`\r${size.toLocaleString('en')} items: ${name} filled          `)
    }
    const measureAll = (workloads, after) =>
      measureRounds(size, subjects, children, results, { workloads, rounds, ms, after })
    await measureAll(READS, () => tokenPages(size, children.get('holdfast'), results, ms))
    await measureAll(WRITES)
    await measureAll(AFTER_WRITES)
    process.stdout.write('\r')
    return results
  } finally {
    for (const child of children.values()) await child.stop()
  }
}

async function measureRounds(size, subjects, children, results, { workloads, rounds, ms, after }) {
  // The first rounds let the code get hot and are not counted.
  for (let round = 1 - WARM_UP_ROUNDS; round <= rounds; round++) {
    for (const { name: workload, as = workload, notOf } of workloads) {
      process.stdout.write(
        `\r${size.toLocaleString('en')} items: ${as}, round ${round} of ${rounds}          `,
      )
      for (const { name } of rotated(subjects, round)) {
        if (notOf?.includes(name) || results.isSlow(name, as)) continue
        const child = children.get(name)
        if (child.lost !== null) continue
        try {
          const rate = await child.ask('run', [workload, ms])
          if (round > 0 || rate < 1000 / SLOW_MS) results.add(name, as, rate)
        } catch (error) {
          console.log(`\n${name}, ${as}: ${error.message}`)
        }
      }
    }
    if (round > 0) await after?.()
  }
}

async function tokenPages(size, child, results, ms) {
  // Page 10,000 has to exist.
  const take = Math.min(20, Math.floor(size / 10_000))
  if (take === 0) return
  for (const sort of ['id', 'name']) {
    const [first, far] = await child.ask('pagesByToken', [ms / 2, sort, take])
    results.add('first', `token ${sort}`, first)
    results.add('far', `token ${sort}`, far)
  }
}

class Results {
  heap = new Map()
  #rates = new Map()

  add(subject, workload, rate) {
    const key = `${subject} ${workload}`
    if (!this.#rates.has(key)) this.#rates.set(key, [])
    this.#rates.get(key).push(rate)
  }

  rate(subject, workload) {
    const rates = this.#rates.get(`${subject} ${workload}`)
    return rates === undefined ? undefined : median(rates)
  }

  isSlow(subject, workload) {
    return this.rate(subject, workload) < 1000 / SLOW_MS
  }
}

function about({ rounds, ms }) {
  return `Operations a second of processor time, the garbage collector's included; medians of ${rounds} interleaved rounds of
${ms} ms after ${WARM_UP_ROUNDS} that do not count, each subject in a process of its own. First all rounds of the reads, on the stores as
they were filled, then all of the writes. Items of about 150 bytes with a nested array;
indexes on \`country\` (200 values) and \`name\` (hardly ever the same). "Bare Map" is a Map behind asynchronous functions
that copy items and their arrays in and out, without any index: the limit. "Map + index" keeps one by country by hand:
the limit of the page by country. LokiJS clones shallowly, and the nested array is copied for it; pip-services3 hands out
what it stores, and keeps no index; peers that answer at once are not made to wait for a promise. Holdfast brings an index
in order when a sort asks for it: what writes put off so is in the row of creates with sorted pages between them. What
took longer than ${SLOW_MS / 1000} s an operation was measured once.`
}

function describe(size, subjects, results) {
  const peers = subjects.filter((subject) => subject.peer)
  const head = ['operations/s', ...subjects.map(({ title }) => title), 'to the limit', 'to the best peer']
  const rows = WORKLOADS.map((workload) => {
    const rate = (name) => results.rate(name, workload.as ?? workload.name)
    const best = Math.max(...peers.map(({ name }) => rate(name) ?? 0))
    const limit = workload.against === undefined ? Number.NaN : rate('holdfast') / rate(workload.against)
    return [
      workload.title,
      ...subjects.map(({ name }) => short(rate(name))),
      judged(limit, '≥', size > 1000 ? workload.limit : undefined),
      judged(rate('holdfast') / best, '≥', size > 1000 ? workload.peer : undefined),
    ]
  })
  rows.push(heapRow(size, subjects, results))
  return [`### ${size.toLocaleString('en')} items`, table(head, rows), ...tokenLines(results)].join('\n\n')
}

function heapRow(size, subjects, results) {
  const { heap } = results
  const peers = subjects.filter((subject) => subject.keepsObjects && heap.has(subject.name))
  const least = Math.min(...peers.map(({ name }) => heap.get(name)))
  const bar = (value) => (size > 1000 ? value : undefined)
  return [
    'heap per item, bytes',
    ...subjects.map(({ name }) => short(heap.get(name))),
    judged(heap.get('holdfast') / heap.get('map'), '≤', bar(1.5)),
    judged(heap.get('holdfast') / least, '≤', bar(1)),
  ]
}

function tokenLines(results) {
  return ['id', 'name'].flatMap((sort) => {
    const first = results.rate('first', `token ${sort}`)
    const far = results.rate('far', `token ${sort}`)
    if (first === undefined) return []
    return [
      `Page 10,000 by token, by ${sort}, costs ${judged(first / far, '≤', 1.5)} times what page 1 costs (${short(first)}/s).`,
    ]
  })
}
