/**
 * The benchmarks: `npm run bench` (memory), `npm run bench -- file`, `npm run bench -- sql`.
 *
 *   --sizes 1000,10000   numbers of stored items
 *   --rounds 7           interleaved rounds, of which the medians count
 *   --quick              small sizes, few rounds and short measurements; does not touch docs/benchmarks.md
 *
 * Each prints its tables and writes its section of `docs/benchmarks.md`.
 */
import { spawnSync } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { writeSection } from './harness/page.mjs'
import { installPeers } from './install.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const NAMES = ['memory', 'file', 'sql']

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    sizes: { type: 'string' },
    rounds: { type: 'string' },
    quick: { type: 'boolean', default: false },
  },
})
const name = positionals[0] ?? 'memory'
if (!NAMES.includes(name) || positionals.length > 1) {
  console.error(`bench: there is no bench "${positionals.join(' ')}"; there are ${NAMES.join(', ')}.`)
  process.exit(2)
}

const { status } = spawnSync(process.execPath, [join(root, 'scripts/build.mjs')], {
  cwd: root,
  stdio: 'inherit',
})
if (status !== 0) process.exit(1)
const missing = installPeers()
for (const [peer, reason] of missing) console.log(`${peer} is left out: ${reason}`)

const { bench } = await import(`./${name}/bench.mjs`)
const settings = {
  quick: values.quick,
  sizes: values.sizes === undefined ? null : numbers(values.sizes, '--sizes'),
  rounds: values.rounds === undefined ? (values.quick ? 3 : 7) : numbers(values.rounds, '--rounds')[0],
  missing,
}
const text = await bench(settings)
if (values.quick) console.log('A quick run: docs/benchmarks.md stays as it is.')
else
  writeSection(
    name,
    text,
    ['npm run bench', ...(process.argv.length > 2 ? ['--', ...process.argv.slice(2)] : [])].join(' '),
  )

function numbers(text, option) {
  const list = text.split(',').map(Number)
  if (list.length > 0 && list.every((n) => Number.isInteger(n) && n > 0)) return list
  console.error(`bench: ${option} takes whole numbers from 1 on, as in ${option} 1000,10000.`)
  process.exit(2)
}
