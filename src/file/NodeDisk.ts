import * as fs from 'node:fs'
import { basename, dirname, isAbsolute, join, sep } from 'node:path'
import { clearInterval, setInterval } from '../core/timers.js'
import type { Disk, DiskFile, DiskListener, DiskStat } from './Disk.js'
import { greetSocket, listenOnSocket } from './sockets.js'

const windows = process.platform === 'win32'

/**
 * The flag of a file whose writes are on the disk when they return: one system call, and one trip to another thread, in
 * place of two. On Linux it asks for what fdatasync does (open(2), "Synchronized I/O"). On macOS it asks for less than
 * Node.js's flush, which is F_FULLFSYNC; Windows has none, and of other systems nothing is known.
 */
const durableFlag = process.platform === 'linux' ? fs.constants.O_DSYNC : 0

/** 'write' neither truncates nor moves writes to the end. */
const FLAGS = {
  read: fs.constants.O_RDONLY,
  write: fs.constants.O_RDWR,
  create: fs.constants.O_RDWR | fs.constants.O_CREAT | fs.constants.O_EXCL,
}

/**
 * How often the times of a name are set to now: systemd-tmpfiles(8) removes what it takes for old from /tmp after ten
 * days by default.
 */
const KEEP_MS = 60 * 60 * 1000

/**
 * The disk of this computer, thin over `node:fs`. Files are used by descriptor with the callback API: a write with its
 * fdatasync costs about a tenth less than through `FileHandle`.
 */
export class NodeDisk implements Disk {
  readonly sockets = windows ? 'kernel' : 'files'

  async open(
    path: string,
    how: 'read' | 'write' | 'create',
    mode?: number,
    durable = false,
  ): Promise<DiskFile> {
    // The system would wait for somebody to open a pipe at its other end (fifo(7)), for ever and in a thread of the pool.
    const found = how === 'create' ? null : await statOrNull(path)
    if (found?.isFile() === false)
      throw new Error(
        'it is not a file, but a folder, a pipe or a device; give the path of a file, or move away what is there',
      )
    const flags = durable ? FLAGS[how] | durableFlag : FLAGS[how]
    const fd = await call<number>((done) => fs.open(path, flags, mode ?? 0o600, done))
    if (how === 'create' && mode !== undefined && !windows) {
      // The umask may have taken bits away that the file to be replaced has.
      try {
        await call<void>((done) => fs.fchmod(fd, mode & 0o7777, done))
      } catch (error) {
        await call<void>((done) => fs.close(fd, done)).catch(() => {})
        await this.unlink(path).catch(() => {})
        throw error
      }
    }
    return new NodeFile(fd, durable && durableFlag !== 0)
  }

  rename(from: string, to: string): Promise<void> {
    return call((done) => fs.rename(from, to, done))
  }

  async renameNew(from: string, to: string): Promise<void> {
    try {
      // rename(2) replaces what it finds. A second name is refused where something stands (link(2)).
      await call<void>((done) => fs.link(from, to, done))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw error
      // Some file systems give a file one name only, as FAT does. What appears between the two calls is replaced there.
      if ((await this.stat(to)) !== null) throw Object.assign(new Error(`EEXIST: ${to}`), { code: 'EEXIST' })
      return this.rename(from, to)
    }
    await this.unlink(from)
  }

  unlink(path: string): Promise<void> {
    return call((done) => fs.unlink(path, done))
  }

  keepYoung(path: string, everyMs = KEEP_MS): () => void {
    const timer = setInterval(() => {
      const now = new Date()
      fs.utimes(path, now, now, () => {})
    }, everyMs)
    timer.unref()
    return () => clearInterval(timer)
  }

  list(folder: string): Promise<string[]> {
    return call((done) => fs.readdir(folder, done))
  }

  async stat(path: string): Promise<DiskStat | null> {
    try {
      return toStat(await call<fs.BigIntStats>((done) => fs.stat(path, { bigint: true }, done)))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
      throw error
    }
  }

  async syncFolder(folder: string): Promise<void> {
    // Windows opens no folder as a file (EPERM, EISDIR); its file systems journal names by themselves.
    if (windows) return
    const fd = await call<number>((done) => fs.open(folder, 'r', done))
    try {
      await call<void>((done) => fs.fsync(fd, done))
    } finally {
      await call<void>((done) => fs.close(fd, done))
    }
  }

  async makeFolder(path: string): Promise<void> {
    try {
      await call<void>((done) => fs.mkdir(path, (error) => done(error)))
    } catch (error) {
      const found = (error as NodeJS.ErrnoException).code === 'EEXIST' ? await statOrNull(path) : null
      if (!found?.isDirectory()) throw error
    }
  }

  async realPath(path: string): Promise<string> {
    let real: string | null = null
    try {
      real = await resolved(path)
      if (real === path) return path
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    }
    const folder = await resolved(dirname(path))
    await refuseOther(dirname(path), folder)
    // Where the file is missing it may be a link whose target is: then the target is the file to make. It is counted
    // from where the link really stands, and its ".." are the kernel's to follow, for they may stand behind links
    // (path_resolution(7)).
    const target = await call<string>((done) => fs.readlink(path, done)).catch(() => null)
    if (target === null) return real ?? join(folder, basename(path))
    return this.realPath(isAbsolute(target) ? target : folder + sep + target)
  }

  async canReplace(path: string): Promise<boolean> {
    if (windows) return true
    const real = await this.realPath(path)
    const mounts = await call<string>((done) => fs.readFile('/proc/self/mountinfo', 'utf8', done)).catch(
      () => null,
    )
    if (mounts !== null) return !isMountPoint(mounts, real)
    // Without that list (not Linux) only a mount from another device shows.
    const [file, folder] = [await this.stat(real), await this.stat(dirname(real))]
    return file === null || folder === null || file.device === folder.device
  }

  listen(name: string, greeting: () => string): Promise<DiskListener> {
    return listenOnSocket(name, greeting)
  }

  greet(name: string): Promise<string | null> {
    return greetSocket(name)
  }
}

/** The one instance that everybody may share: it has no state. */
export const nodeDisk: Disk = new NodeDisk()

class NodeFile implements DiskFile {
  readonly durable: boolean
  readonly #fd: number

  constructor(fd: number, durable: boolean) {
    this.#fd = fd
    this.durable = durable
  }

  read(buffer: Uint8Array, offset: number, length: number, position: number): Promise<number> {
    return call((done) => fs.read(this.#fd, buffer, offset, length, position, done))
  }

  write(buffer: Uint8Array, offset: number, length: number, position: number): Promise<number> {
    return call((done) => fs.write(this.#fd, buffer, offset, length, position, done))
  }

  sync(): Promise<void> {
    return call((done) => fs.fdatasync(this.#fd, done))
  }

  truncate(size: number): Promise<void> {
    return call((done) => fs.ftruncate(this.#fd, size, done))
  }

  async stat(): Promise<DiskStat> {
    return toStat(await call<fs.BigIntStats>((done) => fs.fstat(this.#fd, { bigint: true }, done)))
  }

  close(): Promise<void> {
    return call((done) => fs.close(this.#fd, done))
  }
}

/** Turns one callback call of `fs` into a promise; util.promisify would wrap results of read and write in objects. */
function call<V>(start: (done: (error: Error | null, value?: V) => void) => void): Promise<V> {
  return new Promise<V>((resolve, reject) => {
    start((error, value) => (error ? reject(error) : resolve(value as V)))
  })
}

/** The path with its links resolved. */
function resolved(path: string): Promise<string> {
  return call((done) => fs.realpath.native(path, done))
}

/**
 * Refuses a folder whose resolved path is another folder's. Links are resolved as text, and those below
 * /proc/<pid>/root and /proc/<pid>/cwd may lead to where no text leads from here (proc_pid_root(5)). A folder, for its
 * files may be replaced in the meantime.
 */
async function refuseOther(folder: string, real: string): Promise<void> {
  if (windows || folder === real) return
  const [given, found] = [await statOrNull(folder), await statOrNull(real)]
  if (given?.ino === found?.ino && given?.dev === found?.dev) return
  throw new Error(
    `the links of its folder resolve to "${real}", which is another folder here, or none: it leads into the root ` +
      'of another process, or its name is not UTF-8. Open it from within that root, or mount its folder',
  )
}

function statOrNull(path: string): Promise<fs.Stats | null> {
  return call<fs.Stats>((done) => fs.stat(path, done)).catch(() => null)
}

function toStat(stat: fs.BigIntStats): DiskStat {
  return {
    device: stat.dev,
    inode: stat.ino,
    size: Number(stat.size),
    mtimeNs: stat.mtimeNs,
    mode: Number(stat.mode) & 0o7777,
  }
}

/**
 * Whether `path` is a mount point in the text of /proc/self/mountinfo: rename(2) onto one is EBUSY. The fifth field is
 * the mount point, with blanks and backslashes in octal. Source: proc_pid_mountinfo(5).
 */
export function isMountPoint(mountinfo: string, path: string): boolean {
  for (const line of mountinfo.split('\n')) {
    const field = line.split(' ')[4]
    if (field === undefined) continue
    const point = field.includes('\\')
      ? field.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)))
      : field
    if (point === path) return true
  }
  return false
}
