/**
 * Breaks the file engine on purpose, in a copy, one way after the other, and runs the checks that have to notice:
 * `npm run test:broken`, or `npm run test:broken -- flush` for those whose name holds that word. Ends with a table, and
 * with status 1 when a check noticed nothing.
 */
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { BREAKAGES, type Breakage, CHECKS } from '../test/crash/breakages.js'

const root = fileURLToPath(new URL('..', import.meta.url))
const copy = join(root, '.cache', 'broken')
/** A check that hangs on a broken engine has noticed it. */
const LONGEST_MS = 15 * 60 * 1000

rmSync(copy, { recursive: true, force: true })
mkdirSync(copy, { recursive: true })
const needed = [
  'src',
  'test',
  'scripts',
  'package.json',
  'tsconfig.json',
  'tsconfig.build.json',
  'vitest.config.ts',
]
for (const name of needed) cpSync(join(root, name), join(copy, name), { recursive: true })
symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))

const words = process.argv.slice(2)
const chosen = BREAKAGES.filter(({ name }) => words.every((word) => name.includes(word)))
const lines: string[] = []
let unnoticed = 0
try {
  for (const breakage of chosen) {
    console.log(`== ${breakage.name}`)
    for (const check of breakage.checks) {
      const noticed = whileBroken(breakage, () => firstFailure(CHECKS[check]))
      if (noticed === null) unnoticed++
      console.log(`   ${check}: ${noticed ?? 'NOT NOTICED'}`)
      lines.push(`| ${breakage.name} | ${check} | ${noticed === null ? 'NOT NOTICED' : 'noticed'} |`)
    }
  }
} finally {
  rmSync(copy, { recursive: true, force: true })
}
console.log(`\n| broken so that | check | |\n|---|---|---|\n${lines.join('\n')}`)
process.exit(unnoticed > 0 || chosen.length === 0 ? 1 : 0)

function whileBroken<V>({ edits }: Breakage, run: () => V): V {
  const sources = new Map(edits.map(({ file }) => [file, readFileSync(join(copy, file), 'utf8')]))
  try {
    for (const { file, find, put } of edits) {
      const path = join(copy, file)
      const source = readFileSync(path, 'utf8')
      if (!source.includes(find)) throw new Error(`${file} does not hold ${JSON.stringify(find)} any more.`)
      writeFileSync(
        path,
        source.replace(find, () => put),
      )
    }
    return run()
  } finally {
    for (const [file, source] of sources) writeFileSync(join(copy, file), source)
  }
}

/** Runs a check until something in it fails; what that was, or null. */
function firstFailure(test: string): string | null {
  const vitest = join(root, 'node_modules/vitest/vitest.mjs')
  const args = [vitest, 'run', '--bail', '1', '--reporter', 'default', test]
  const ran = spawnSync(process.execPath, args, {
    cwd: copy,
    encoding: 'utf8',
    timeout: LONGEST_MS,
    killSignal: 'SIGKILL',
    maxBuffer: 2 ** 30,
    env: { ...process.env, NO_COLOR: '1', CI: '1' },
  })
  const problem: NodeJS.ErrnoException | undefined = ran.error
  if (problem?.code === 'ETIMEDOUT') return 'it hangs'
  if (problem !== undefined) throw problem
  if (ran.status === 0) return null
  const failed = /^\s*FAIL\s+\S+ > (.*)$/m.exec(`${ran.stdout}\n${ran.stderr}`)
  // A check that could not run has noticed nothing.
  if (failed === null) throw new Error(`${test} did not run:\n${ran.stdout.slice(-2000)}\n${ran.stderr}`)
  return failed[1]!
}
