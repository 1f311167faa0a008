import type { DiskFile, DiskStat } from '../../src/file/Disk.js'
import type { Call, Fault } from './calls.js'
import { type Inode, type PendingOp, statOf } from './Inode.js'
import type { SimulatedDisk } from './SimulatedDisk.js'

/** An open file of a simulated disk. */
export class SimulatedFile implements DiskFile {
  #closed = false
  #writing = false

  constructor(
    readonly disk: SimulatedDisk,
    readonly inode: Inode,
    readonly path: string,
    readonly durable: boolean,
  ) {}

  async read(buffer: Uint8Array, offset: number, length: number, position: number): Promise<number> {
    return this.#call('read', () => {
      const wanted = Math.max(0, Math.min(length, this.inode.size - position, buffer.length - offset))
      const count = wanted === 0 ? 0 : this.disk.shortened('read', wanted)
      const held = this.inode.cached.subarray(position, position + count)
      buffer.fill(0, offset, offset + count)
      buffer.set(held, offset)
      return count
    })
  }

  async write(buffer: Uint8Array, offset: number, length: number, position: number): Promise<number> {
    if (offset + length > buffer.length) throw new RangeError(`Write past the buffer: ${this.path}`)
    // Linux tells a descriptor once that pages could not be written: of two writes the wrong one may hear of it.
    if (this.#writing) throw new Error(`Two durable writes at once through one descriptor: ${this.path}`)
    this.#writing = this.durable
    try {
      return await this.#write(buffer, offset, length, position)
    } finally {
      this.#writing = false
    }
  }

  async #write(buffer: Uint8Array, offset: number, length: number, position: number): Promise<number> {
    const take = (count: number) => {
      const op = this.inode.write(buffer.subarray(offset, offset + count), position)
      this.inode.mtime = this.disk.tick()
      return op
    }
    const op = await this.#call(
      'write',
      () => take(this.disk.shortened('write', this.disk.room(this.inode, position, length, this.path))),
      (op) => {
        op.answered = !this.durable
      },
      (fault) => {
        const count = this.durable ? this.disk.taken(length) : 0
        if (count > 0) failedFlush(take(count), fault)
      },
    )
    if (this.durable) await this.#flush(op)
    return op.bytes.length
  }

  /** The second half of a durable write. A crash before it is answered may have kept any part of the bytes. */
  async #flush(op: PendingOp): Promise<void> {
    await this.#call(
      'flush',
      () => {},
      () => {
        op.answered = true
        this.disk.version++
        // Sizes change in order; other writes are left to their own flush.
        const isCut = (it: PendingOp) => it.kind === 'truncate' && it.answered
        this.inode.flushed(this.inode.pending.filter((it) => it === op || isCut(it)))
      },
      (fault) => failedFlush(op, fault),
    )
  }

  async sync(): Promise<void> {
    await this.#call(
      'sync',
      // What is still being written may come too late for this flush.
      () => this.inode.pending.filter((op) => op.answered),
      (covered) => {
        this.disk.version++
        this.inode.flushed(covered)
      },
      (fault) => {
        if (fault.keepsDirty) return
        for (const op of this.inode.pending) op.lost = true
      },
    )
  }

  async truncate(size: number): Promise<void> {
    await this.#call(
      'truncate',
      () => {
        const op = this.inode.truncate(size)
        this.inode.mtime = this.disk.tick()
        return op
      },
      (op) => {
        op.answered = true
      },
    )
  }

  async stat(): Promise<DiskStat> {
    return this.#call('fstat', () => statOf(this.inode))
  }

  async close(): Promise<void> {
    await this.#call('close', () => {
      this.#closed = true
    })
  }

  #call<V>(
    call: Call,
    act: () => V,
    finish?: (value: V) => void,
    failed?: (fault: Fault) => void,
  ): Promise<V> {
    // On a real disk the number of a closed descriptor may by now belong to another file.
    if (this.#closed)
      throw new Error(`The simulated file ${this.path} is used (${call}) after it was closed.`)
    return this.disk.call(call, this.path, act, finish, failed)
  }
}

function failedFlush(op: PendingOp, fault: Fault): void {
  op.answered = true
  op.lost = fault.keepsDirty !== true
}
