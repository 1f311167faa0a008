/**
 * Runs the tests on the current LTS lines of Node, whichever Node runs this: `npm run test:node`, or
 * `npm run test:node -- 22 24.1.0` for others. Arguments after a second `--` go to vitest.
 *
 * The versions come from npm: the package `node` names the release, and a package for each platform holds the program.
 * The latter is installed directly, into a cache outside of the project, so that no install script has to run.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const LTS_LINES = ['22', '24']

const root = fileURLToPath(new URL('..', import.meta.url))
const cache = process.env.HOLDFAST_NODE_CACHE ?? join(homedir(), '.cache', 'holdfast', 'node')
const separator = process.argv.indexOf('--', 2)
const asked = process.argv.slice(2, separator === -1 ? undefined : separator)
const vitestArgs = separator === -1 ? [] : process.argv.slice(separator + 1)

const results = []
for (const line of asked.length > 0 ? asked : LTS_LINES) {
  const version = resolveVersion(line)
  const program = install(version)
  console.log(`== Node ${version}: ${program}`)
  // First in the PATH too, so that processes started by the tests run on the same version.
  const env = { ...process.env, PATH: dirname(program) + delimiter + process.env.PATH }
  const { status } = spawnSync(program, [join(root, 'scripts/test.mjs'), ...vitestArgs], {
    cwd: root,
    env,
    stdio: 'inherit',
  })
  results.push({ version, ok: status === 0 })
}
for (const { version, ok } of results) console.log(`Node ${version}: ${ok ? 'passed' : 'FAILED'}`)
process.exit(results.every((result) => result.ok) ? 0 : 1)

/** The newest release of a line, `24` → `24.21.0`. */
function resolveVersion(line) {
  const answer = JSON.parse(npm(['view', `node@${line}`, 'version', '--json']))
  const versions = Array.isArray(answer) ? answer : [answer]
  return versions.sort((a, b) => a.localeCompare(b, 'en', { numeric: true })).at(-1)
}

function install(version) {
  const os = process.platform === 'win32' ? 'win' : process.platform
  const name = `node-${os}-${process.arch}`
  const folder = join(cache, version)
  const program = join(folder, 'node_modules', name, 'bin', os === 'win' ? 'node.exe' : 'node')
  if (existsSync(program)) return program
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n')
  npm(['install', '--ignore-scripts', '--no-audit', '--no-fund', `${name}@${version}`], folder)
  if (!existsSync(program)) throw new Error(`${name}@${version} has no program at ${program}`)
  return program
}

function npm(args, cwd = root) {
  const shell = process.platform === 'win32'
  const { status, stdout, stderr } = spawnSync('npm', args, { cwd, encoding: 'utf8', shell })
  if (status !== 0) throw new Error(`npm ${args.join(' ')} failed:\n${stderr}`)
  return stdout
}
