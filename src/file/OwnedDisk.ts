import type { Disk, DiskFile, DiskListener, DiskStat } from './Disk.js'
import type { Lock } from './Lock.js'

/**
 * The disk as the owner of a file uses it: what makes, replaces or removes a name is refused once the lock is lost, for
 * then the same names may be another owner's. Rejects with `LockLost`.
 */
export class OwnedDisk implements Disk {
  readonly #disk: Disk
  readonly #lock: Pick<Lock, 'check'>

  constructor(disk: Disk, lock: Pick<Lock, 'check'>) {
    this.#disk = disk
    this.#lock = lock
  }

  get sockets(): 'files' | 'kernel' {
    return this.#disk.sockets
  }

  async open(
    path: string,
    how: 'read' | 'write' | 'create',
    mode?: number,
    durable?: boolean,
  ): Promise<DiskFile> {
    if (how === 'create') await this.#lock.check()
    return this.#disk.open(path, how, mode, durable)
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#lock.check()
    return this.#disk.rename(from, to)
  }

  async renameNew(from: string, to: string): Promise<void> {
    await this.#lock.check()
    return this.#disk.renameNew(from, to)
  }

  async unlink(path: string): Promise<void> {
    await this.#lock.check()
    return this.#disk.unlink(path)
  }

  keepYoung(path: string): () => void {
    return this.#disk.keepYoung(path)
  }

  list(folder: string): Promise<string[]> {
    return this.#disk.list(folder)
  }

  stat(path: string): Promise<DiskStat | null> {
    return this.#disk.stat(path)
  }

  syncFolder(folder: string): Promise<void> {
    return this.#disk.syncFolder(folder)
  }

  makeFolder(path: string): Promise<void> {
    return this.#disk.makeFolder(path)
  }

  realPath(path: string): Promise<string> {
    return this.#disk.realPath(path)
  }

  canReplace(path: string): Promise<boolean> {
    return this.#disk.canReplace(path)
  }

  listen(name: string, greeting: () => string): Promise<DiskListener> {
    return this.#disk.listen(name, greeting)
  }

  greet(name: string): Promise<string | null> {
    return this.#disk.greet(name)
  }
}
