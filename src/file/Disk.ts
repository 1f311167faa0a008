/**
 * The one door between the file engine and the disk, so that a simulated disk can stand in its place.
 * Nothing else in the library calls `fs`. Every method rejects with the operating system's error
 * (`code` is `ENOENT`, `ENOSPC` …). No method blocks the event loop.
 */
export interface Disk {
  /**
   * Opens a file, and nothing else: a folder, a device or a pipe is refused, at once. `read`: must exist. `create`: must
   * not exist (O_EXCL), made with `mode`. `write`: must exist, for reading and writing at given positions; the content
   * stays. `durable`: asks for a file whose writes need no `sync`; `DiskFile.durable` tells whether the system has that.
   */
  open(path: string, how: 'read' | 'write' | 'create', mode?: number, durable?: boolean): Promise<DiskFile>
  /** Puts the file at `from` in the place of `to`, which may exist. Durable only after `syncFolder`. */
  rename(from: string, to: string): Promise<void>
  /** The same for a name that nothing has. EEXIST: something stands there, which is not touched. */
  renameNew(from: string, to: string): Promise<void>
  unlink(path: string): Promise<void>
  /** Keeps the times of a name from growing old, from now on until what is handed back is called. */
  keepYoung(path: string): () => void
  /** Names in the folder, in no order. */
  list(folder: string): Promise<string[]>
  /** What stands at the path (links followed); `null` when nothing does. */
  stat(path: string): Promise<DiskStat | null>
  /**
   * Makes names created, renamed or removed in the folder durable. Does nothing where the system has no such call
   * (Windows).
   */
  syncFolder(folder: string): Promise<void>
  /** Makes the one folder (its parent exists). No error when it is there already. */
  makeFolder(path: string): Promise<void>
  /**
   * The path with every symbolic link resolved; the file itself may be missing, its folder may not. Rejects when that
   * path means another folder than the one that was given: what leads into another root has no path here.
   */
  realPath(path: string): Promise<string>
  /** Whether something may be renamed over `path`: false for a bind-mounted single file. Changes nothing. */
  canReplace(path: string): Promise<boolean>
  /**
   * Where the names of sockets live. `files`: they are entries of a folder, which can be listed, renamed and unlinked,
   * and outlive their process. `kernel`: a name space of the system (Windows), where a name goes with its process.
   */
  readonly sockets: 'files' | 'kernel'
  /**
   * Listens on a socket with that name (a named pipe on Windows). Rejects with EADDRINUSE when the name exists,
   * dead or alive. Every caller that connects is sent what `greeting` says then and hung up on. A listener does not
   * keep the process alive.
   */
  listen(name: string, greeting: () => string): Promise<DiskListener>
  /**
   * Connects to a socket. The greeting of whoever listens; `''` when somebody does but is silent (a stopped or busy
   * process) or does not let us in; `null` when nobody does: refused, or no such name.
   */
  greet(name: string): Promise<string | null>
}

export interface DiskFile {
  /**
   * Whether what `write` says it wrote is on the disk when it resolves, as if `sync` had followed (O_DSYNC). Then a write
   * that rejects is a flush that failed, unless the file shows that it took no byte. `truncate` still needs its `sync`.
   */
  readonly durable: boolean
  /** Reads up to `length` bytes at `position` into `buffer` at `offset`; the number read, 0 at the end. May be short. */
  read(buffer: Uint8Array, offset: number, length: number, position: number): Promise<number>
  /** Writes at `position`; the number written, which may be short: callers go on with the rest (`writeAll`). */
  write(buffer: Uint8Array, offset: number, length: number, position: number): Promise<number>
  /** fdatasync: content and size are on the disk when it resolves. */
  sync(): Promise<void>
  truncate(size: number): Promise<void>
  stat(): Promise<DiskStat>
  close(): Promise<void>
}

export interface DiskListener {
  /** Stops listening and removes the name under which it began to listen, if that is still there. */
  close(): Promise<void>
}

/** Identity, size in bytes and time of last change. Numbers that pass 2^53 are given as bigints. */
export interface DiskStat {
  readonly device: bigint
  readonly inode: bigint
  readonly size: number
  readonly mtimeNs: bigint
  readonly mode: number
}
