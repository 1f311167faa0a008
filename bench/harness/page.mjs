import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, release, totalmem, type } from 'node:os'
import { fileURLToPath } from 'node:url'

const PAGE = fileURLToPath(new URL('../../docs/benchmarks.md', import.meta.url))
const TITLES = { memory: 'In memory', file: 'In a file', sql: 'In SQLite and PostgreSQL' }

const INTRODUCTION = `# Benchmarks

Written by \`npm run bench\`, \`npm run bench -- file\` and \`npm run bench -- sql\`; each writes its own section. Numbers
compare only within one table: its subjects ran in turn, on one machine, in one run. A bar is what this library holds
itself to; ✓ met, ✗ missed.
`

/** Puts a bench's section in the place of its last one; those of the other benches stay. */
export function writeSection(name, text, command) {
  const page = existsSync(PAGE) ? readFileSync(PAGE, 'utf8') : ''
  const sections = Object.keys(TITLES).map((each) =>
    each === name ? section(name, text, command) : found(page, each),
  )
  writeFileSync(PAGE, `${[INTRODUCTION, ...sections.filter((each) => each !== null)].join('\n')}`)
}

function found(page, name) {
  const from = page.indexOf(begin(name))
  const to = page.indexOf(end(name))
  return from < 0 || to < 0 ? null : `${page.slice(from, to + end(name).length)}\n`
}

function section(name, text, command) {
  return `${begin(name)}\n## ${TITLES[name]}\n\n${machine()}, ${new Date().toISOString().slice(0, 10)}, \`${command}\`.\n\n${text.trim()}\n${end(name)}\n`
}

function machine() {
  const { length } = cpus()
  const memory = Math.round(totalmem() / 2 ** 30)
  // More than the processors can do means that other programs had their share of the wall time.
  const load = loadavg()[1].toFixed(1)
  return `${length} × ${cpus()[0]?.model.trim()}, ${memory} GiB, ${type()} ${release()}, Node ${process.versions.node}, load average ${load}`
}

function begin(name) {
  return `<!-- ${name}: begin -->`
}

function end(name) {
  return `<!-- ${name}: end -->`
}
