import type { DiskFile } from '../../../src/file/Disk.js'
import { SimulatedDisk } from '../../simulated/SimulatedDisk.js'

/** A simulated disk whose calls can be made to fail by a rule. */
export class FailingDisk extends SimulatedDisk {
  /** Given a call and the path, the code to fail with; null to let it pass. */
  rule: (call: string, path: string) => string | null = () => null
  /** Given the path and the bytes that a read got; it may change them, as when they changed on the disk. */
  onRead: (path: string, bytes: Uint8Array) => void = () => {}
  /** Every file that was opened, and how often it was closed. */
  readonly opened: { readonly path: string; closed: number }[] = []

  /** `durableWrites`: the flush of a write to the journal is the call `flush`, made within; else `sync`, made after it. */
  constructor(durableWrites = true) {
    super()
    this.putFolder('/d')
    this.durableWrites = durableWrites
  }

  override async open(
    path: string,
    how: 'read' | 'write' | 'create',
    mode?: number,
    durable?: boolean,
  ): Promise<DiskFile> {
    this.#check(how === 'create' ? 'create' : 'open', path)
    const file = await super.open(path, how, mode, durable)
    const check = (call: string) => this.#check(call, path)
    const entry = { path, closed: 0 }
    this.opened.push(entry)
    return {
      durable: file.durable,
      read: async (buffer, offset, length, position) => {
        check('read')
        const got = await file.read(buffer, offset, length, position)
        this.onRead(path, buffer.subarray(offset, offset + got))
        return got
      },
      write: async (buffer, offset, length, position) => {
        check('write')
        const written = await file.write(buffer, offset, length, position)
        if (file.durable) check('flush')
        return written
      },
      sync: async () => {
        check('sync')
        return file.sync()
      },
      truncate: async (size) => {
        check('truncate')
        return file.truncate(size)
      },
      stat: async () => {
        check('fstat')
        return file.stat()
      },
      close: async () => {
        entry.closed++
        await file.close()
        check('close')
      },
    }
  }

  override async rename(from: string, to: string): Promise<void> {
    this.#check('rename', to)
    return super.rename(from, to)
  }

  override async renameNew(from: string, to: string): Promise<void> {
    this.#check('rename', to)
    return super.renameNew(from, to)
  }

  override async syncFolder(folder: string): Promise<void> {
    this.#check('syncFolder', folder)
    return super.syncFolder(folder)
  }

  override async unlink(path: string): Promise<void> {
    this.#check('unlink', path)
    return super.unlink(path)
  }

  #check(call: string, path: string): void {
    const code = this.rule(call, path)
    if (code !== null) throw Object.assign(new Error(`${code}: ${call} ${path}`), { code })
  }
}

/** A rule: the first call that `which` is true of fails with EIO. */
export function once(which: (call: string, path: string) => boolean): FailingDisk['rule'] {
  let armed = true
  return (call, path) => {
    if (!armed || !which(call, path)) return null
    armed = false
    return 'EIO'
  }
}
