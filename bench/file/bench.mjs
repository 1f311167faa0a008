import { closeSync, cpSync, fsyncSync, mkdirSync, openSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Child } from '../harness/Child.mjs'
import { judged, median, medianRatio, rotated, short, table } from '../harness/numbers.mjs'
import { writeArray } from './subject.mjs'

/** On the disk of the project, not in a temporary folder that may be in memory. */
const HOME = fileURLToPath(new URL('../../.cache/bench', import.meta.url))

const SUBJECTS = [
  { name: 'holdfast', title: 'Holdfast' },
  { name: 'raw', title: 'append + fdatasync' },
  { name: 'sqlite', title: 'SQLite FULL', package: 'better-sqlite3' },
  { name: 'lmdb', title: 'LMDB flushed', package: 'lmdb' },
  { name: 'nedb', title: '@seald-io/nedb *' },
  { name: 'lowdb', title: 'lowdb *' },
  { name: 'pip', title: 'pip-services3 *' },
]

/** `raw`, `sqlite` and `lmdb` are the least ratios against each. */
const WORKLOADS = ['create', 'update'].flatMap((method) => [
  { method, callers: 1, title: `${method}, one caller`, bars: { raw: 0.9, sqlite: 0.75, lmdb: 1.5 } },
  { method, callers: 64, title: `${method}, 64 callers`, bars: { raw: 0.7, sqlite: 10, lmdb: 1 } },
])

/** What one caller waits for, as it goes on and right after the process was busy. */
const ONE_CALLER = ['create', 'update'].flatMap((method) => [
  { method, callers: 1, title: `${method}, one after the other` },
  { method, callers: 1, burst: true, title: `${method}, right after 20 ms of computing` },
])

/** A single call of the system that writes and flushes, awaited, and with the event loop held. */
const ONE_CALL = {
  title: 'what one caller waits for',
  about: `The least that a durable write can cost in Node.js without holding the event loop is one call of the system that writes
and flushes, into space that is there already, made by a thread and awaited. The same call made on the event loop
spares the way to the thread and back, and so does SQLite; nothing else runs in the process meanwhile. That way takes
longer when the process has computed just now.`,
  subjects: [
    { name: 'holdfast', title: 'Holdfast' },
    { name: 'oneCall', title: 'one call, awaited' },
    { name: 'oneCallSync', title: 'the same, synchronous' },
    { name: 'sqlite', title: 'SQLite FULL', package: 'better-sqlite3' },
  ],
  workloads: ONE_CALLER,
  ratios: [
    ['holdfast', 'oneCall', 'Holdfast to one call'],
    ['oneCall', 'sqlite', 'one call to SQLite'],
    ['holdfast', 'sqlite', 'Holdfast to SQLite'],
  ],
}

/** The loop that is the limit, and the same with what no component can do without. */
const MANY_CALLERS = {
  title: 'what 64 callers wait for',
  about: `Where many callers share a flush, the work of each write counts. The loop that is the limit is given bytes. "Its text" is
the same loop given items, as all other subjects are, whose text it makes; the "least component" also copies the item
in, keeps it in a Map and answers with a copy, as every component has to. Who does more can only do it while the disk
flushes, as Holdfast does: it checks, indexes and seals, and folds what it wrote into a file.`,
  subjects: [
    { name: 'holdfast', title: 'Holdfast' },
    { name: 'raw', title: 'append + fdatasync' },
    { name: 'rawText', title: 'its text' },
    { name: 'leastStore', title: 'least component' },
  ],
  workloads: WORKLOADS.filter(({ callers }) => callers > 1),
  ratios: [
    ['leastStore', 'raw', 'least component to append'],
    ['holdfast', 'leastStore', 'Holdfast to least component'],
    ['holdfast', 'rawText', 'Holdfast to its text'],
    ['holdfast', 'raw', 'Holdfast to append'],
  ],
}

/** A write slower than this is measured once, and not by many callers. */
const SLOW_MS = 250
const TIMEOUT_MS = 180_000

export async function bench({ quick, sizes, rounds, missing }) {
  rmSync(HOME, { recursive: true, force: true })
  mkdirSync(HOME, { recursive: true })
  const settings = { rounds, ms: quick ? 150 : 300 }
  const subjects = SUBJECTS.filter((subject) => !missing.has(subject.package))
  const all = sizes ?? (quick ? [1000, 20_000] : [1000, 20_000, 1_000_000])
  const parts = [about(settings)]
  const add = (part) => {
    console.log(`\n${part}`)
    parts.push(part)
  }
  try {
    for (const size of all) {
      const rates = await writes(
        subjects.map((subject) => ({ ...subject, key: subject.name, size })),
        settings,
      )
      add(`### ${named(size)}: durable writes a second\n\n${describeWrites(subjects, rates)}`)
    }
    add(await limit(ONE_CALL, missing, settings))
    add(await limit(MANY_CALLERS, missing, settings))
    const largest = all.at(-1)
    if (all.length > 1) add(await growth(all[0], largest, settings))
    add(await reopening(largest, rounds))
    add(await checkpoints(largest, rounds, quick ? 500 : 2000))
  } finally {
    rmSync(HOME, { recursive: true, force: true })
  }
  for (const [name, reason] of missing) parts.push(`${name} was left out: ${reason}.`)
  return parts.join('\n\n')
}

// ---- writes

/** Stores side by side, each with its size and a key of its own: lists of rates, by key and workload, a place a round. */
async function writes(stores, { rounds, ms }, workloads = WORKLOADS) {
  const rates = new Map()
  const children = new Map()
  const progress = (text) => process.stdout.write(`\r${text}          `)
  const folderOf = ({ name, size }) => join(HOME, `${name}-${size}`)
  try {
    for (const store of stores) {
      const { key, name, size } = store
      const child = new Child(new URL('./subject.mjs', import.meta.url), {
        name,
        size,
        folder: folderOf(store),
      })
      children.set(key, child)
      try {
        await child.ask('load', [], TIMEOUT_MS)
        progress(`${name} filled with ${named(size)}`)
      } catch (error) {
        console.log(`\n${name} is cut off at ${named(size)}: ${error.message}`)
        await child.stop()
      }
    }
    for (let round = 0; round <= rounds; round++) {
      progress(`writing: round ${round} of ${rounds}`)
      for (const { method, callers, burst = false } of workloads) {
        for (const { key, name } of rotated(stores, round)) {
          const child = children.get(key)
          if (child.lost !== null || isSlow(rates, key, method, callers)) continue
          try {
            const rate = await child.ask('run', [method, callers, ms, burst])
            // The first round lets the code get hot.
            if (round > 0 || rate < 1000 / SLOW_MS)
              note(rates, nameOf(key, method, callers, burst), round, rate)
          } catch (error) {
            console.log(`\n${name}, ${method} by ${callers}: ${error.message}`)
          }
        }
      }
    }
    process.stdout.write('\r')
    return rates
  } finally {
    for (const child of children.values()) await child.stop()
    for (const store of stores) rmSync(folderOf(store), { recursive: true, force: true })
  }
}

function isSlow(rates, key, method, callers) {
  const isSlowBy = (n) => rates.get(nameOf(key, method, n))?.find(Number.isFinite) < 1000 / SLOW_MS
  return isSlowBy(1) || isSlowBy(callers)
}

/** Of the rates of one store and workload. */
function nameOf(key, method, callers, burst = false) {
  return `${key} ${method} ${callers}${burst ? ' burst' : ''}`
}

function note(rates, key, round, rate) {
  if (!rates.has(key)) rates.set(key, [])
  rates.get(key)[round] = rate
}

/** The middle of what was measured; undefined when nothing was. */
function middle(rates) {
  return rates === undefined ? undefined : median(rates.filter(Number.isFinite))
}

function describeWrites(subjects, rates) {
  const limits = subjects.filter(({ name }) => name in WORKLOADS[0].bars)
  const head = [
    'writes/s',
    ...subjects.map(({ title }) => title),
    ...limits.map(({ title }) => `to ${title}`),
  ]
  const rows = WORKLOADS.map(({ method, callers, title, bars }) => {
    const of = (name) => rates.get(nameOf(name, method, callers))
    return [
      title,
      ...subjects.map(({ name }) => short(middle(of(name)))),
      ...limits.map(({ name }) => judged(medianRatio(of('holdfast'), of(name)), '≥', bars[name])),
    ]
  })
  return table(head, rows)
}

/** What bounds a workload, measured beside it. */
async function limit({ title, about, subjects, workloads, ratios }, missing, settings) {
  const present = subjects.filter((subject) => !missing.has(subject.package))
  const stores = present.map((subject) => ({ ...subject, key: subject.name, size: 1000 }))
  const rates = await writes(stores, settings, workloads)
  const head = ['writes/s', ...present.map((subject) => subject.title), ...ratios.map(([, , name]) => name)]
  const rows = workloads.map(({ method, callers, burst, title }) => {
    const of = (name) => rates.get(nameOf(name, method, callers, burst))
    const ratio = ([a, b]) => (of(b) === undefined ? '–' : medianRatio(of(a), of(b)).toFixed(2))
    return [title, ...present.map(({ name }) => short(middle(of(name)))), ...ratios.map(ratio)]
  })
  return `### 1,000 items: ${title}\n\n${about}\n\n${table(head, rows)}`
}

/** A small store of ours beside a large one: the disk is not equally quick at all times, so they take turns. */
async function growth(small, large, settings) {
  const stores = [small, large].map((size) => ({ key: String(size), name: 'holdfast', size }))
  const rates = await writes(stores, settings)
  const rows = WORKLOADS.map(({ method, callers, title }) => {
    const [few, many] = [small, large].map((size) => rates.get(nameOf(size, method, callers)))
    return [title, short(middle(few)), short(middle(many)), judged(medianRatio(many, few), '≥', 0.9)]
  })
  const head = ['writes/s', named(small), named(large), 'ratio']
  return `### ${named(large)} against ${small.toLocaleString('en')}, in turn\n\n${table(head, rows)}`
}

function named(size) {
  return `${size.toLocaleString('en')} items`
}

// ---- reopening

async function reopening(size, rounds) {
  const clean = join(HOME, 'clean')
  const killed = join(HOME, 'killed')
  mkdirSync(clean, { recursive: true })
  writeArray(join(clean, 'places.json'), size)
  cpSync(clean, killed, { recursive: true })
  await once(killed, size, 'fillJournal')
  flush(clean)
  const times = { parse: [], clean: [], killed: [] }
  for (let round = 1; round <= rounds; round++) {
    process.stdout.write(`\rreopening: round ${round} of ${rounds}          `)
    times.parse.push(await once(clean, size, 'parse'))
    times.clean.push(await once(clean, size, 'open'))
    // Opening cuts and flushes what it finds, so each round has its own copy.
    const copy = join(HOME, 'copy')
    mkdirSync(copy)
    const isFile = (path) => !/\.(lock|sock)/.test(path)
    cpSync(killed, copy, { recursive: true, filter: isFile })
    flush(copy)
    times.killed.push(await once(copy, size, 'open'))
    rmSync(copy, { recursive: true })
  }
  process.stdout.write('\r')
  for (const folder of [clean, killed]) rmSync(folder, { recursive: true })
  const rows = [
    ['readFile and JSON.parse of the same file', ms(median(times.parse)), '–'],
    [
      'open after a clean close',
      ms(median(times.clean)),
      `${judged(medianRatio(times.clean, times.parse), '≤', 1.5)} of the parse`,
    ],
    [
      'open after a kill with a full journal',
      ms(median(times.killed)),
      `${judged(medianRatio(times.killed, times.clean), '≤', 2)} of the clean open`,
    ],
  ]
  return `### ${named(size)}: reopening\n\n${table(['each in a new process', 'median', 'ratio'], rows)}`
}

/** Flushes the files of a folder, as a process has that closed a store, or was killed. */
function flush(folder) {
  for (const name of readdirSync(folder)) {
    const file = openSync(join(folder, name), 'r+')
    fsyncSync(file)
    closeSync(file)
  }
}

async function once(folder, size, what) {
  const child = new Child(new URL('./reopen.mjs', import.meta.url), { folder, size })
  try {
    return await child.ask(what, [], TIMEOUT_MS)
  } finally {
    await child.stop()
  }
}

// ---- checkpoints

async function checkpoints(size, rounds, windowMs) {
  const folder = join(HOME, 'checkpoint')
  mkdirSync(folder, { recursive: true })
  writeArray(join(folder, 'places.json'), size)
  const child = new Child(new URL('./checkpoint.mjs', import.meta.url), { folder, size })
  const seen = { 1: { without: [], during: [] }, 64: { without: [], during: [] } }
  try {
    for (let round = 0; round <= rounds; round++) {
      for (const callers of [1, 64]) {
        process.stdout.write(`\rcheckpoints: round ${round} of ${rounds}, ${callers} callers          `)
        const without = await child.ask('without', [callers, windowMs], TIMEOUT_MS)
        const during = await child.ask('during', [callers], TIMEOUT_MS)
        if (round === 0) continue
        seen[callers].without.push(without)
        seen[callers].during.push(during)
      }
    }
  } finally {
    await child.stop()
    rmSync(folder, { recursive: true })
  }
  process.stdout.write('\r')
  const rows = [1, 64].flatMap((callers) => {
    const { without, during } = seen[callers]
    const all = (list, field) => list.map((each) => each[field])
    const of = (list, field) => median(all(list, field))
    const delayBar = Math.max(10, 1.2 * of(without, 'delayMs'))
    const ratio = medianRatio(all(during, 'writesPerSecond'), all(without, 'writesPerSecond'))
    const name = callers === 1 ? 'one caller' : `${callers} callers`
    return [
      [
        `writes a second, ${name}`,
        short(of(without, 'writesPerSecond')),
        short(of(during, 'writesPerSecond')),
        judged(ratio, '≥', callers === 1 ? 0.4 : 0.7),
      ],
      [
        `event-loop delay, p99.9, ${name}`,
        ms(of(without, 'delayMs')),
        ms(of(during, 'delayMs')),
        judged(of(during, 'delayMs'), '≤', Number(delayBar.toFixed(1))),
      ],
    ]
  })
  const all = [...seen[1].during, ...seen[64].during]
  const beyond = (field) => Math.max(...all.map((each) => (each[field] - 8 * 2 ** 20) / each.live))
  rows.push(
    ['disk use at rest, of live data, + 8 MiB', '–', '–', judged(beyond('atRest'), '≤', 2)],
    ['disk use at most, of live data, + 8 MiB', '–', '–', judged(beyond('most'), '≤', 3)],
    ['length of a checkpoint', '–', ms(median(all.map((each) => each.ms))), '–'],
  )
  return `### ${named(size)}: writing beside a checkpoint\n\n${table(['', 'without', 'during', 'bar'], rows)}`
}

function ms(value) {
  return `${value < 100 ? value.toFixed(1) : value.toFixed(0)} ms`
}

function about({ rounds, ms: length }) {
  return `Medians of ${rounds} interleaved rounds of ${length} ms after one that does not count; a ratio is the median of the
ratios of each round. Each subject is in a process of its own; items of about 150 bytes, indexed by id alone. The
limit is a loop that appends the same bytes and awaits an asynchronous \`fdatasync\`, callers at the same time sharing
one; its records are made before the clock starts, and it keeps and answers nothing. What a subject is given was made,
and has left the young generation of the collector, before the clock starts; the process then rests for 200 ms, and
writes for 100 ms that do not count. Holdfast at its default durability,
SQLite (better-sqlite3) with a write-ahead log and \`synchronous=FULL\`, LMDB awaiting \`flushed\`. Subjects marked *
do not flush at all, and lowdb and pip-services3 write the whole file each time: they are there for comparison only. A
write slower than ${SLOW_MS} ms is measured once. A checkpoint of ours, or of a peer, that is under way when its turn
ends goes on beside the others.`
}
