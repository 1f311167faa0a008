/**
 * Installs what the benchmarks compare with into `bench/node_modules`, apart from the project's own dependencies. Peers
 * that need a compiler are optional: where they do not build, the tables leave them out and say so.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const bench = dirname(fileURLToPath(import.meta.url))
const modules = join(bench, 'node_modules')
const { dependencies, optionalDependencies } = JSON.parse(readFileSync(join(bench, 'package.json'), 'utf8'))

/** Installs what is missing. @returns {Map<string, string>} the reason, for each package that does not load here */
export function installPeers() {
  const stamp = join(modules, '.installed')
  const wanted = JSON.stringify({ dependencies, optionalDependencies, abi: process.versions.modules })
  if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== wanted) {
    console.log('installing what to compare with into bench/node_modules, once …')
    rmSync(join(modules, 'holdfast'), { force: true })
    const program = process.platform === 'win32' ? 'npm.cmd' : 'npm'
    // Peers name other drivers as peers of theirs; nothing of that is wanted here.
    const options = ['--no-package-lock', '--legacy-peer-deps', '--no-audit', '--no-fund', '--loglevel=error']
    const settings = { cwd: bench, stdio: 'inherit', shell: process.platform === 'win32' }
    const { status } = spawnSync(program, ['install', ...options], settings)
    if (status !== 0) throw new Error('npm could not install what the benchmarks compare with.')
    writeFileSync(stamp, wanted)
  }
  linkOwnPackage()
  return missingPeers()
}

/** Makes the built package importable by its name, as a user's own install would. */
function linkOwnPackage() {
  const link = join(modules, 'holdfast')
  if (!existsSync(link)) symlinkSync(dirname(bench), link, 'junction')
}

function missingPeers() {
  const missing = new Map()
  for (const name of Object.keys(optionalDependencies)) {
    // In a process of its own: a native part that was built badly can take the process with it.
    const load =
      name === 'better-sqlite3' ? `new (require('${name}'))(':memory:').close()` : `require('${name}')`
    const { status, stderr } = spawnSync(process.execPath, ['-e', load], { cwd: bench, encoding: 'utf8' })
    if (status !== 0) missing.set(name, stderr.match(/^\w*Error: .*$/m)?.[0] ?? 'it does not load')
  }
  return missing
}
