import { createHash, randomBytes } from 'node:crypto'
import { basename, dirname, join } from 'node:path'
import { performance, setTimeout } from '../core/timers.js'
import { FileException } from '../errors/index.js'
import type { Disk, DiskListener } from './Disk.js'
import { isFull, LockLost, systemCode } from './fileErrors.js'

/*
 * One owner of a file, asked of the kernel.
 *
 * Who wants a file listens on a socket in its folder. Whether somebody is alive is then a question to the kernel, which
 * it answers across processes, threads, containers and pid namespaces that share the folder: a connection to the socket
 * of a dead process is refused, one to the socket of a stopped process is not. Pids and heartbeats answer neither.
 *
 *   1. Listen on a name that nobody has had or will have, `.<file>.claim-<order>-<pid>-<random>`.
 *   2. Publish: rename it to `.<file>.lock-<order>-<pid>-<random>`.
 *   3. Look at every other published name in the folder. A name that refuses is dead: remove it. If no other is left,
 *      the file is ours. If one is owned, silent, or has a lower order than ours, withdraw; else look again.
 *
 * Removing a name never takes away a live claim. A published name was listened on before it was published and is never
 * listened on again once its process has let go of it, so it refuses only when it is dead for good. A name not yet
 * published may refuse while its process is between bind(2) and listen(2); when that is removed the rename of step 2
 * fails, and the claimant begins again under a fresh name.
 *
 * Never two owners: of two live claimants one published later. It lists the folder after that, so it finds the name
 * of the other (readdir(3) returns every entry that was there all the time), finds it alive, and does not become owner
 * before the other has withdrawn or died. That needs no clock and no order.
 *
 * Somebody wins: the order, the time of the claim and then chance, only decides who gives way when several claim at
 * once. The lowest of them never gives way to another claimant that answers in time, and all others do. On a machine so
 * busy that claimants fall silent for each other, all may give way: they are told LOCKED though nobody owns the file.
 *
 * Where socket names belong to the kernel and die with their process (Windows), listening on one name is the lock.
 */

/** The right to write a file, held until `release` or the end of the process. */
export interface Lock {
  /**
   * Lets go of the file and removes the name. Never rejects: a name that stays behind is dead, and is removed by the
   * next owner.
   */
  release(): Promise<void>
  /** Rejects with `LockLost` when the name by which others see the owner is gone, or not its own any more. */
  check(): Promise<void>
}

export interface LockOptions {
  /** Milliseconds to wait for another owner to let go. 0: ask once. */
  readonly waitMs: number
}

/**
 * Takes the lock of the file at `path`, which need not exist; its folder must. Symbolic links are followed first.
 * @throws FileException LOCKED  somebody else has it, in whichever process, thread or container; names the pid
 *   (as that process sees itself; null on Windows when the owner is silent)
 * @throws FileException WRITE_FAILED  the folder cannot be listed or cannot hold sockets; the reason is in `cause`
 * @throws FileException STORAGE_FULL  the disk has no room for the name of a socket
 */
export async function acquireLock(disk: Disk, path: string, options: LockOptions): Promise<Lock> {
  const deadline = performance.now() + options.waitMs
  const order = timeInOrder(Date.now())
  try {
    const file = await disk.realPath(path)
    for (;;) {
      const got =
        disk.sockets === 'kernel' ? await claimPipe(disk, file) : await claimSocket(disk, file, order)
      if ('release' in got) return got
      const left = deadline - performance.now()
      if (left <= 0) throw lockedBy(path, got.pid, options.waitMs)
      await sleep(Math.min(left, 10 + Math.random() * 40))
    }
  } catch (error) {
    if (error instanceof FileException) throw error
    const full = isFull(error)
    const wayOut = full
      ? 'and its name needs room on the disk; there may be bytes and no inodes left. Make room, '
      : 'so the folder must be writable and on a file system that can hold sockets; some network and shared folders ' +
        'cannot. Move the file to a local folder, '
    throw new FileException(
      null,
      full ? 'STORAGE_FULL' : 'WRITE_FAILED',
      `Cannot lock "${path}": ${(error as Error).message}. The lock is a socket beside the file, ${wayOut}` +
        'or open it with options.read_only.',
      { cause: error },
    ).withDetails('path', path)
  }
}

/** Nine characters. A clock that somebody set to where they do not reach, as tests do, counts as none: chance decides. */
function timeInOrder(now: number): string {
  const time = Math.floor(now)
  return (time >= 0 && time < 36 ** 9 ? time : 0).toString(36).padStart(9, '0')
}

/** Somebody else who lives: the pid by which it knows itself, null when unknown. */
interface Holder {
  readonly pid: number | null
}

async function claimSocket(disk: Disk, path: string, order: string): Promise<Lock | Holder> {
  const folder = dirname(path)
  const prefix = `.${label(path)}.`
  // Those who only wait for an owner look on without leaving names in the folder.
  const rival = (await rivals(disk, folder, prefix, null)).find((other) => givesWay(order, other))
  if (rival !== undefined) return rival

  const claim = await publish(disk, folder, prefix, order)
  try {
    for (;;) {
      const others = await rivals(disk, folder, prefix, claim.name)
      if (others.length === 0) {
        const lock = await lockOf(disk, join(folder, claim.name), claim)
        claim.own()
        return lock
      }
      const stronger = others.find((other) => givesWay(claim.order, other))
      if (stronger !== undefined) {
        await claim.withdraw()
        return stronger
      }
      await sleep(1 + Math.random() * 4)
    }
  } catch (error) {
    await claim.withdraw()
    throw error
  }
}

/** The lock that a claim has become. */
async function lockOf(disk: Disk, name: string, claim: Claim): Promise<Lock> {
  const own = await disk.stat(name)
  if (own === null) throw new LockLost(name)
  // Those who clean up old files spare a socket only under the name that it was bound to, not the published one.
  const letGrowOld = disk.keepYoung(name)
  return {
    release: () => {
      letGrowOld()
      return claim.withdraw()
    },
    check: async () => {
      const found = await disk.stat(name).catch((error) => {
        // Something else has been put in the place of the folder.
        if (systemCode(error) === 'ENOTDIR') return null
        throw error
      })
      if (found?.inode !== own.inode) throw new LockLost(name)
    },
  }
}

/** A name found alive in the folder. */
interface Rival extends Holder {
  readonly order: string
  /** It said that it is still claiming; an owner or a silent one is given way to whatever the order. */
  readonly claiming: boolean
}

function givesWay(order: string, other: Rival): boolean {
  return !other.claiming || other.order < order
}

/** The published names that are alive, without `own`. Dead names, published or not, are removed on the way. */
async function rivals(disk: Disk, folder: string, prefix: string, own: string | null): Promise<Rival[]> {
  const alive: Rival[] = []
  for (const entry of await disk.list(folder)) {
    if (entry === own || !entry.startsWith(prefix)) continue
    const parts = /^(claim|lock)-(([0-9a-z]{9})-([0-9]+)-[0-9a-f]{16})$/.exec(entry.slice(prefix.length))
    if (parts === null) continue
    const name = join(folder, entry)
    const greeting = await disk.greet(name)
    // Whoever could not be removed, in a folder of somebody else's say, is dead all the same.
    if (greeting === null) await disk.unlink(name).catch(() => {})
    else if (parts[1] === 'lock') {
      alive.push({ order: parts[2]!, pid: Number(parts[4]), claiming: greeting === CLAIMING })
    }
  }
  return alive
}

const CLAIMING = 'claiming'
const OWNER = 'owner'

interface Claim {
  /** The published name, without its folder. */
  readonly name: string
  readonly order: string
  own(): void
  withdraw(): Promise<void>
}

async function publish(disk: Disk, folder: string, prefix: string, time: string): Promise<Claim> {
  for (let attempt = 1; ; attempt++) {
    const order = `${time}-${process.pid}-${randomBytes(8).toString('hex')}`
    const [hidden, name] = [`${prefix}claim-${order}`, `${prefix}lock-${order}`]
    let state = CLAIMING
    let listener: DiskListener | null = null
    try {
      const listening = await disk.listen(join(folder, hidden), () => state)
      listener = listening
      await disk.rename(join(folder, hidden), join(folder, name))
      return {
        name,
        order,
        own: () => {
          state = OWNER
        },
        // The name first: a name that lasts longer than its listener would be left behind by a kill in between.
        withdraw: async () => {
          await disk.unlink(join(folder, name)).catch(() => {})
          await listening.close().catch(() => {})
        },
      }
    } catch (error) {
      await listener?.close().catch(() => {})
      // Somebody took the name for dead before we listened; a folder that is gone fails again and again.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || attempt === 10) throw error
    }
  }
}

async function claimPipe(disk: Disk, path: string): Promise<Lock | Holder> {
  const hash = createHash('sha256').update(path.toLowerCase()).digest('hex')
  const name = `\\\\.\\pipe\\holdfast-${hash}`
  try {
    const listener = await disk.listen(name, () => String(process.pid))
    // The name belongs to the system, which takes it from nobody.
    return { release: () => listener.close().catch(() => {}), check: async () => {} }
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code !== 'EADDRINUSE' && code !== 'EACCES') throw error
    return { pid: Number(await disk.greet(name)) || null }
  }
}

/**
 * The file's part in the names of its sockets: its own name, or a hash where that is long, because a name in a folder
 * has 255 bytes and the path of a socket has 103. Two spellings of a name on a file system without case are one file.
 */
function label(path: string): string {
  const name = process.platform === 'linux' ? basename(path) : basename(path).toLowerCase()
  if (Buffer.byteLength(name) <= 24) return name
  return createHash('sha256').update(name).digest('hex').slice(0, 24)
}

function lockedBy(path: string, pid: number | null, waitMs: number): FileException {
  const who =
    pid === null ? 'another process' : pid === process.pid ? `this process (pid ${pid})` : `process ${pid}`
  const waited = waitMs > 0 ? ` after waiting ${waitMs} ms` : ''
  return new FileException(
    null,
    'LOCKED',
    `Cannot open "${path}"${waited}: ${who} has it open. Close it there, wait for it with options.lock_wait_ms, ` +
      'or open the file with options.read_only.',
  )
    .withDetails('path', path)
    .withDetails('pid', pid)
}

function sleep(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms))
}
