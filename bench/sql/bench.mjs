import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Child } from '../harness/Child.mjs'
import { judged, median, rotated, short, table } from '../harness/numbers.mjs'

const HOME = fileURLToPath(new URL('../../.cache/bench', import.meta.url))

const ENGINES = [
  {
    title: 'SQLite',
    packages: ['better-sqlite3'],
    subjects: [
      { name: 'holdfast', title: 'Holdfast' },
      { name: 'byHandOnSqlite', title: 'by hand' },
      { name: 'drizzleOnSqlite', title: 'Drizzle', package: 'drizzle-orm' },
      { name: 'mikroOrmOnSqlite', title: 'MikroORM', package: '@mikro-orm/better-sqlite' },
    ],
    start: async () => ({ url: `sqlite:${join(HOME, 'places.db')}`, stop: () => {} }),
  },
  {
    title: 'PostgreSQL',
    packages: ['pg'],
    subjects: [
      { name: 'holdfast', title: 'Holdfast' },
      { name: 'byHandOnPostgres', title: 'by hand' },
      { name: 'drizzleOnPostgres', title: 'Drizzle', package: 'drizzle-orm' },
      { name: 'mikroOrmOnPostgres', title: 'MikroORM', package: '@mikro-orm/postgresql' },
    ],
    start: startPostgres,
  },
]

const WORKLOADS = [
  ...['getOneById', 'create', 'update'].flatMap((method) => [
    { method, callers: 1, title: `${method}, one caller` },
    { method, callers: 32, title: `${method}, 32 callers` },
  ]),
  { method: 'pageByCountry', callers: 1, title: 'page of 20 by an indexed field' },
  { method: 'firstSortedPage', callers: 1, title: 'first page of 20, sorted by an indexed field' },
]

/** By token: the second has the most items behind it. */
const PAGES = [1, 2, 5000, 10_000]

const LEAST = 0.85
const LEAST_BULK = 0.7
const TIMEOUT_MS = 180_000

export async function bench({ quick, sizes, rounds, missing }) {
  rmSync(HOME, { recursive: true, force: true })
  mkdirSync(HOME, { recursive: true })
  const size = sizes?.at(-1) ?? (quick ? 10_000 : 100_000)
  const settings = { size, rounds, ms: quick ? 100 : 300, bulk: quick ? 10_000 : 100_000 }
  const parts = [about(settings)]
  try {
    for (const engine of ENGINES) {
      const lacking = engine.packages.find((name) => missing.has(name))
      const part =
        lacking === undefined
          ? await measure(engine, settings, missing)
          : `${engine.title}: ${missing.get(lacking)}.`
      console.log(`\n${part}`)
      parts.push(part)
    }
  } finally {
    rmSync(HOME, { recursive: true, force: true })
  }
  return parts.join('\n\n')
}

async function measure(engine, { size, rounds, ms, bulk }, missing) {
  const progress = (text) => process.stdout.write(`\r${engine.title}: ${text}          `)
  progress('starting')
  const server = await engine.start()
  const subjects = engine.subjects.filter((subject) => !missing.has(subject.package))
  const children = new Map()
  const rates = new Map()
  try {
    for (const [own, { name }] of subjects.entries()) {
      const child = new Child(new URL('./subject.mjs', import.meta.url), { name, url: server.url, size, own })
      children.set(name, child)
      // The library comes first: it makes the table that all use.
      if (own === 0) await child.ask('fill', [], TIMEOUT_MS)
    }
    const answers = []
    for (const { name } of subjects) answers.push(await children.get(name).ask('check'))
    for (const answer of answers) assert.deepEqual(answer, answers[0])
    for (let round = 0; round <= rounds; round++) {
      progress(`round ${round} of ${rounds}`)
      for (const { method, callers } of WORKLOADS) {
        for (const { name } of rotated(subjects, round)) {
          const rate = await children.get(name).ask('run', [method, callers, ms])
          // The first round lets the code get hot.
          if (round > 0) note(rates, `${name} ${method} ${callers}`, rate)
        }
      }
    }
    const byHand = children.get(subjects[1].name)
    for (let round = 1; round <= Math.min(rounds, 3); round++) {
      for (const { name } of subjects) {
        progress(`bulk ${round}, ${name}`)
        note(rates, `${name} bulk`, await children.get(name).ask('bulk', [bulk], TIMEOUT_MS))
        await byHand.ask('forgetBulk', [], TIMEOUT_MS)
      }
    }
    progress('pages by token')
    // Items are left behind the last of the pages too: at the very end any way to find it is quick.
    const take = Math.min(20, Math.floor(size / 12_000))
    const pages =
      take === 0 ? null : await children.get('holdfast').ask('pagesByToken', [take, PAGES], TIMEOUT_MS)
    process.stdout.write('\r')
    return describe(engine, subjects, rates, bulk, pages)
  } finally {
    for (const child of children.values()) await child.stop()
    await server.stop()
  }
}

function note(rates, key, rate) {
  if (!rates.has(key)) rates.set(key, [])
  rates.get(key).push(rate)
}

function describe(engine, subjects, rates, bulk, pages) {
  const byHand = subjects[1].name
  const row = (title, key, least) => {
    const rate = (name) => (rates.has(`${name} ${key}`) ? median(rates.get(`${name} ${key}`)) : undefined)
    return [
      title,
      ...subjects.map(({ name }) => short(rate(name))),
      judged(rate('holdfast') / rate(byHand), '≥', least),
    ]
  }
  const rows = WORKLOADS.map(({ method, callers, title }) => row(title, `${method} ${callers}`, LEAST))
  rows.push(row(`bulk load of ${bulk.toLocaleString('en')}, items`, 'bulk', LEAST_BULK))
  const head = ['a second', ...subjects.map(({ title }) => title), 'to by hand']
  const lines = [`### ${engine.title}`, table(head, rows)]
  if (pages !== null) {
    const [first, ...others] = pages
    const costs = others.map(
      (ms, i) => `page ${PAGES[i + 1].toLocaleString('en')} ${judged(ms / first, '≤', 1.5)}`,
    )
    lines.push(`By token, by name, costs in terms of page 1 (${first.toFixed(3)} ms): ${costs.join(', ')}.`)
  }
  return lines.join('\n\n')
}

function startPostgres() {
  const script = fileURLToPath(new URL('./server.ts', import.meta.url))
  const server = fork(script, [], { execArgv: ['--import', 'tsx'] })
  return new Promise((resolve, reject) => {
    server.once('exit', (code) => reject(new Error(`The PostgreSQL server did not start (${code}).`)))
    server.once('message', (url) => {
      const stop = () => {
        const ended = new Promise((done) => server.once('exit', done))
        server.disconnect()
        return ended
      }
      resolve({ url, stop })
    })
  })
}

function about({ size, rounds, ms }) {
  return `Medians of ${rounds} interleaved rounds of ${ms} ms after one that does not count, each subject in a process of its own, all
on the one table of ${size.toLocaleString('en')} items that Holdfast made, with its indexes on \`country\` and \`name\`. By hand: statements
on the same driver, in SQLite (better-sqlite3, \`synchronous=FULL\`) prepared once, in PostgreSQL (\`pg\` and its pool) with
parameters and unnamed, as Holdfast's are by default; a write answers a copy of the item. The bulk load by hand is one
transaction: of prepared inserts, or of arrays of 10,000 documents. PostgreSQL ran on the same machine. Drizzle and
MikroORM write their own statements on the same drivers; conditions and orders on the indexes are given to them as SQL.`
}
