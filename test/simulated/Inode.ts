import type { DiskStat } from '../../src/file/Disk.js'
import type { Random } from './random.js'

/** The unit in which disks write: what is inside one is old, new or zeros, or torn where it is cut off. */
export const SECTOR = 512

/** A change to a file's content since its last flush. */
export interface PendingOp {
  readonly kind: 'write' | 'truncate'
  /** Where a write begins; the size that a truncate sets. */
  readonly at: number
  readonly bytes: Uint8Array
  /** Size of the file after the operation. */
  readonly size: number
  /** A flush of it failed: as in Linux its pages count as clean, so later flushes pass it over and report success. */
  lost: boolean
  /** It was answered. A flush that began before need not cover it. */
  answered: boolean
}

/** What a crash does to a file: chances for each sector. The rest to 1 is a torn sector. */
export interface Weather {
  readonly keep: number
  readonly drop: number
  readonly zero: number
}

/** A file, socket or folder: what the running system sees, and what of it is on the disk for certain. */
export class Inode {
  mtime = 0
  cached: Uint8Array
  size: number
  durable: Uint8Array
  durableSize: number
  pending: PendingOp[] = []
  /** The first change makes copies: the bytes given at first are shared, with each other too. */
  #shared = true
  /** Of a folder: names as the running system sees them, on the disk, and the changes between, in order. */
  readonly entries: Map<string, Inode> | null
  durableEntries: Map<string, Inode> | null
  pendingEntries: PendingEntry[] = []
  /** Of a socket: who listens; null when nobody does. */
  listener: { readonly greeting: () => string } | null = null

  constructor(
    readonly id: number,
    readonly kind: 'file' | 'folder' | 'socket',
    public mode: number,
    bytes: Uint8Array = new Uint8Array(0),
  ) {
    this.cached = bytes
    this.durable = bytes
    this.size = bytes.length
    this.durableSize = bytes.length
    this.entries = kind === 'folder' ? new Map() : null
    this.durableEntries = kind === 'folder' ? new Map() : null
  }

  #own(): void {
    if (!this.#shared) return
    this.#shared = false
    this.cached = this.cached.slice()
    this.durable = this.durable.slice()
  }

  write(bytes: Uint8Array, at: number): PendingOp {
    this.#own()
    this.cached = put(this.cached, bytes, at)
    this.size = Math.max(this.size, at + bytes.length)
    return this.#note('write', at, new Uint8Array(bytes))
  }

  truncate(size: number): PendingOp {
    this.#own()
    this.cached.fill(0, Math.min(size, this.cached.length))
    this.size = size
    return this.#note('truncate', size, new Uint8Array(0))
  }

  #note(kind: PendingOp['kind'], at: number, bytes: Uint8Array): PendingOp {
    const op: PendingOp = { kind, at, bytes, size: this.size, lost: false, answered: false }
    this.pending.push(op)
    return op
  }

  content(): Uint8Array {
    const whole = new Uint8Array(this.size)
    whole.set(this.cached.subarray(0, this.size))
    return whole
  }

  /** A flush that reports success, of the changes in `ops`: those made before it was asked for. */
  flushed(ops: readonly PendingOp[]): void {
    for (const op of ops) {
      // A flush in flight at the same time may have done it already.
      const index = this.pending.indexOf(op)
      if (index < 0) continue
      // A flush of one write vouches for the size that it needs, not for what others made of it.
      this.durableSize =
        op.kind === 'truncate' ? op.size : Math.max(this.durableSize, op.at + op.bytes.length)
      if (op.lost) continue
      this.pending.splice(index, 1)
      this.durable = apply(this.durable, op)
      // Older lost bytes must not come back over newer flushed ones in a crash.
      this.pending = this.pending.flatMap((other, at) =>
        other.lost && at < index ? without(other, op) : [other],
      )
    }
  }

  /** A flush of the folder, of the changes in `covered`. */
  flushedEntries(covered: readonly PendingEntry[]): void {
    for (const change of covered) {
      const index = this.pendingEntries.indexOf(change)
      if (index < 0) continue
      this.pendingEntries.splice(index, 1)
      change.applyTo(this.durableEntries!)
    }
  }

  /** What a power cut may leave of the names. */
  crashedEntries(random: Random, weather: Weather): Map<string, Inode> {
    const names = new Map(this.durableEntries!)
    for (const change of this.pendingEntries) {
      if (random.chance(weather.keep)) change.applyTo(names)
    }
    return names
  }

  /** What a power cut may leave of the content. */
  crashed(random: Random, weather: Weather): Uint8Array {
    let bytes: Uint8Array = this.durable.slice()
    for (const op of this.pending) {
      if (op.kind === 'truncate') {
        if (random.chance(weather.keep)) bytes = apply(bytes, op)
        continue
      }
      for (let from = 0; from < op.bytes.length; ) {
        const to = Math.min(op.bytes.length, from + SECTOR - ((op.at + from) % SECTOR))
        bytes = sector(bytes, op.bytes.subarray(from, to), op.at + from, random, weather)
        from = to
      }
    }
    const size = this.#crashedSize(random, weather)
    const left = new Uint8Array(size)
    left.set(bytes.subarray(0, Math.min(size, bytes.length)))
    return left
  }

  /** The size changes in order, so a crash finds the size after some of the changes, or inside of one. */
  #crashedSize(random: Random, weather: Weather): number {
    if (this.pending.length === 0) return this.durableSize
    const sizes = [this.durableSize, ...this.pending.map((op) => op.size)]
    const last = sizes.length - 1
    const reached = random.chance(weather.keep)
      ? last
      : random.chance(weather.drop)
        ? 0
        : random.below(last + 1)
    const size = sizes[reached]!
    const next = sizes[reached + 1]
    if (next === undefined || next <= size || !random.chance(weather.zero)) return size
    return size + random.below(next - size)
  }
}

/** A change of names in a folder since its last flush. A rename is one change: a crash keeps or forgets it whole. */
export class PendingEntry {
  /**
   * @param set  the name that stands for `inode` afterwards; null for an unlink
   * @param remove  the name that is gone afterwards; null for a create
   */
  constructor(
    readonly set: string | null,
    readonly remove: string | null,
    readonly inode: Inode,
  ) {}

  applyTo(names: Map<string, Inode>): void {
    // When earlier changes were forgotten the name may stand for another file, which a rename leaves alone.
    if (this.remove !== null && (this.set === null || names.get(this.remove) === this.inode))
      names.delete(this.remove)
    if (this.set !== null) names.set(this.set, this.inode)
  }
}

function put(target: Uint8Array, bytes: Uint8Array, at: number): Uint8Array {
  let room = target
  if (at + bytes.length > target.length) {
    room = new Uint8Array(Math.max(at + bytes.length, target.length * 2))
    room.set(target)
  }
  room.set(bytes, at)
  return room
}

function apply(target: Uint8Array, op: PendingOp): Uint8Array {
  if (op.kind === 'write') return put(target, op.bytes, op.at)
  target.fill(0, Math.min(op.at, target.length))
  return target
}

/** One sector of a pending write after a crash. */
function sector(
  target: Uint8Array,
  bytes: Uint8Array,
  at: number,
  random: Random,
  weather: Weather,
): Uint8Array {
  const dice = random.next() / 2 ** 32
  if (dice < weather.keep) return put(target, bytes, at)
  if (dice < weather.keep + weather.drop) return target
  if (dice < weather.keep + weather.drop + weather.zero) return put(target, new Uint8Array(bytes.length), at)
  return put(target, bytes.subarray(0, random.below(bytes.length)), at)
}

/** The parts of a lost write that a newer flushed one does not cover. */
function without(lost: PendingOp, newer: PendingOp): PendingOp[] {
  if (newer.kind === 'truncate' || lost.kind === 'truncate') return [lost]
  const [from, to] = [newer.at, newer.at + newer.bytes.length]
  const end = lost.at + lost.bytes.length
  if (to <= lost.at || from >= end) return [lost]
  const parts: PendingOp[] = []
  if (from > lost.at) parts.push({ ...lost, bytes: lost.bytes.subarray(0, from - lost.at) })
  if (to < end) parts.push({ ...lost, at: to, bytes: lost.bytes.subarray(to - lost.at) })
  return parts
}

/** What a file or folder shows of itself. */
export function statOf(inode: Inode): DiskStat {
  return {
    device: 1n,
    inode: BigInt(inode.id),
    size: inode.size,
    mtimeNs: BigInt(inode.mtime) * 1000n,
    mode: inode.mode,
  }
}
