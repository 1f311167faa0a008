/**
 * Installs what the benchmarks compare with into `bench/node_modules`, apart from the project's own dependencies. Peers
 * that need a compiler are optional: where they do not build, the tables leave them out and say so.
 */
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
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
    // Peers name other drivers as peers of theirs; nothing of that is wanted here.
    const options = ['--no-package-lock', '--legacy-peer-deps', '--no-audit', '--no-fund', '--loglevel=error']
    // What has to be compiled comes after: that may fail, and may have been done before.
    if (!npm(['install', '--ignore-scripts', ...options])) {
      throw new Error('npm could not install what the benchmarks compare with.')
    }
    if (!reuseBuild('better-sqlite3')) npm(['rebuild', 'better-sqlite3', '--loglevel=error'])
    writeFileSync(stamp, wanted)
  }
  linkOwnPackage()
  return missingPeers()
}

function npm(args) {
  const program = process.platform === 'win32' ? 'npm.cmd' : 'npm'
  const settings = { cwd: bench, stdio: 'inherit', shell: process.platform === 'win32' }
  return spawnSync(program, args, settings).status === 0
}

/** Takes the native part that the tests compiled, where it is of the same version and for this Node. */
function reuseBuild(name) {
  const version = optionalDependencies[name]
  const slug = `${name}-${version}-${process.platform}-${process.arch}-${process.versions.modules}`
  const cached = join(dirname(bench), '.cache', 'drivers', slug)
  const build = join('node_modules', name, 'build', 'Release')
  if (!existsSync(join(cached, 'installed')) || !existsSync(join(cached, build))) return false
  cpSync(join(cached, build), join(bench, build), { recursive: true, dereference: true })
  return true
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
