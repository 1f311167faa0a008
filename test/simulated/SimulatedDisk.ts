import { basename, dirname } from 'node:path'
import type { Disk, DiskFile, DiskListener, DiskStat } from '../../src/file/Disk.js'
import { type Call, FAULTY_CALLS, type Fault, failure } from './calls.js'
import { Inode, PendingEntry, statOf, type Weather } from './Inode.js'
import { Random } from './random.js'
import { SimulatedFile } from './SimulatedFile.js'

/**
 * A disk in memory for tests, which forgets in a power cut what real ones may forget.
 *
 * Content is certain after `sync` of the file, or after a write to a durable file; names after `syncFolder` of the folder; a flush covers what was done
 * before it was asked for, and only when it has resolved. A power cut (`afterCrash`) keeps, drops, zeroes or tears each
 * 512-byte sector of each write since, finds the size before or after it or in between, and keeps or forgets each
 * change of a name, each by itself. Everything it chooses comes from the seed. `afterKill` is the death of the
 * process alone: nothing is forgotten.
 *
 * Calls are numbered. From call `crashAt` on nothing happens and nothing is answered: `crashed` resolves, and what
 * waited for an answer is left behind.
 */
export class SimulatedDisk implements Disk {
  readonly sockets = 'files'
  /** Calls so far. */
  calls = 0
  /** The calls, as text, newest last; kept only when `recordLog` is set. */
  readonly log: string[] = []
  recordLog = false
  /** Number of the first call that is never answered. */
  crashAt = Number.POSITIVE_INFINITY
  /** Resolves when `crashAt` is reached. */
  readonly crashed: Promise<void>
  isCrashed = false
  /** Whether files are durable when that is asked for. */
  durableWrites = true
  /** Goes up with every change of what a crash may leave. */
  version = 0
  /** Called before each call: the place to look at what a crash now would leave. */
  onCall: (() => void) | null = null
  /** Bytes that all files may have together. */
  capacity = Number.POSITIVE_INFINITY
  /** How many calls failed by the fault that is set. */
  faultsFired = 0
  /** How many calls could have met the fault that is set. */
  faultCandidates = 0

  readonly #root: Inode
  readonly #random: Random
  #reportCrash!: () => void
  #fault: Fault | null = null
  #nextInode = 2
  #clock = 1

  /** @param seed  decides the order in which calls that are under way together are answered */
  constructor(seed = 0, root: Inode = new Inode(1, 'folder', 0o755)) {
    this.#random = new Random(seed)
    this.#root = root
    this.crashed = new Promise((resolve) => {
      this.#reportCrash = resolve
    })
  }

  setFault(fault: Fault | null): void {
    this.#fault = fault
    this.faultsFired = 0
    this.faultCandidates = 0
  }

  /** Nothing is answered from now on. */
  crash(): void {
    if (this.isCrashed) return
    this.isCrashed = true
    this.#reportCrash()
  }

  // --- What tests look at and prepare; these calls are not counted and cannot fail.

  /** A file that was there all the time. */
  putFile(path: string, content: string | Uint8Array, mode = 0o644): void {
    const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content
    const folder = this.#folder(dirname(path))
    const inode = new Inode(this.#nextInode++, 'file', mode, bytes)
    inode.mtime = this.#clock++
    folder.entries!.set(basename(path), inode)
    folder.durableEntries!.set(basename(path), inode)
  }

  /** Turns a bit of what is on the disk, as disks do now and then; no date or size tells of it. */
  damage(path: string, at: number): void {
    const inode = this.#find(path)!
    const bytes = inode.content()
    bytes[at]! ^= 4
    inode.cached = bytes
    inode.durable = bytes
  }

  putFolder(path: string): void {
    const inode = new Inode(this.#nextInode++, 'folder', 0o755)
    const folder = this.#folder(dirname(path))
    folder.entries!.set(basename(path), inode)
    folder.durableEntries!.set(basename(path), inode)
  }

  /** Content as the running system sees it; null when there is no such file. */
  getFile(path: string): Uint8Array | null {
    return this.#find(path)?.content() ?? null
  }

  getText(path: string): string | null {
    const bytes = this.getFile(path)
    return bytes === null ? null : new TextDecoder().decode(bytes)
  }

  /** Names of all files under the root with their content, sockets left out. */
  files(): Map<string, Uint8Array> {
    const found = new Map<string, Uint8Array>()
    const walk = (folder: Inode, path: string) => {
      for (const [name, inode] of [...folder.entries!].sort(([a], [b]) => (a < b ? -1 : 1))) {
        if (inode.kind === 'folder') walk(inode, `${path}/${name}`)
        else if (inode.kind === 'file') found.set(`${path}/${name}`, inode.content())
      }
    }
    walk(this.#root, '')
    return found
  }

  /** Bytes in all files, counted as the running system sees them; unlinked but open files are left out. */
  used(): number {
    let sum = 0
    for (const bytes of this.files().values()) sum += bytes.length
    return sum
  }

  /**
   * The disk after a power cut now; this one goes on as if there had been none. Seed 0: nothing is left of what was not flushed; seed 1: all of it is; other seeds
   * choose for each change.
   */
  afterCrash(seed: number): SimulatedDisk {
    const random = new Random(seed)
    return this.#next(
      seed,
      (inode) => inode.crashedEntries(random, weatherOf(seed, random)),
      (inode) => inode.crashed(random, weatherOf(seed, random)),
    )
  }

  /** The disk after the process was killed now: only the sockets are dead. This one goes on. */
  afterKill(seed = 0): SimulatedDisk {
    return this.#next(
      seed,
      (inode) => inode.entries!,
      (inode) => inode.content(),
    )
  }

  #next(
    seed: number,
    entriesOf: (folder: Inode) => ReadonlyMap<string, Inode>,
    contentOf: (file: Inode) => Uint8Array,
  ): SimulatedDisk {
    const copies = new Map<Inode, Inode>()
    const copy = (inode: Inode): Inode => {
      const done = copies.get(inode)
      if (done) return done
      const twin = new Inode(
        inode.id,
        inode.kind,
        inode.mode,
        inode.kind === 'file' ? contentOf(inode) : undefined,
      )
      twin.mtime = inode.mtime
      copies.set(inode, twin)
      if (inode.kind === 'folder') {
        for (const [name, child] of entriesOf(inode)) {
          const childTwin = copy(child)
          twin.entries!.set(name, childTwin)
          twin.durableEntries!.set(name, childTwin)
        }
      }
      return twin
    }
    const disk = new SimulatedDisk(seed, copy(this.#root))
    disk.#nextInode = this.#nextInode
    disk.#clock = this.#clock
    disk.capacity = this.capacity
    disk.recordLog = this.recordLog
    disk.durableWrites = this.durableWrites
    return disk
  }

  // --- Disk

  async open(
    path: string,
    how: 'read' | 'write' | 'create',
    mode = 0o600,
    durable = false,
  ): Promise<DiskFile> {
    const asFile = (inode: Inode) => new SimulatedFile(this, inode, path, durable && this.durableWrites)
    return this.#call(how === 'create' ? 'create' : 'open', path, () => {
      const found = this.#find(path)
      if (how === 'create') {
        if (found) throw failure('EEXIST', path)
        const inode = new Inode(this.#nextInode++, 'file', mode)
        inode.mtime = this.#clock++
        this.#change(path, new PendingEntry(basename(path), null, inode))
        return asFile(inode)
      }
      if (!found) throw failure('ENOENT', path)
      if (found.kind !== 'file') throw failure(found.kind === 'folder' ? 'EISDIR' : 'ENXIO', path)
      return asFile(found)
    })
  }

  async rename(from: string, to: string): Promise<void> {
    return this.#rename(from, to)
  }

  async renameNew(from: string, to: string): Promise<void> {
    return this.#rename(from, to, () => {
      if (this.#find(to)) throw failure('EEXIST', to)
    })
  }

  #rename(from: string, to: string, check = () => {}): Promise<void> {
    return this.#call('rename', `${from} → ${basename(to)}`, () => {
      check()
      if (dirname(from) !== dirname(to)) throw new Error('The simulated disk renames within a folder only.')
      const inode = this.#find(from)
      if (!inode) throw failure('ENOENT', from)
      if (this.#find(to)?.kind === 'folder') throw failure('EISDIR', to)
      this.#change(from, new PendingEntry(basename(to), basename(from), inode))
    })
  }

  async unlink(path: string): Promise<void> {
    return this.#call('unlink', path, () => {
      const inode = this.#find(path)
      if (!inode) throw failure('ENOENT', path)
      if (inode.kind === 'folder') throw failure('EISDIR', path)
      this.#change(path, new PendingEntry(null, basename(path), inode))
    })
  }

  /** What a test does takes no hour, and a timer would keep each of its stores in memory. */
  keepYoung(): () => void {
    return () => {}
  }

  async list(folder: string): Promise<string[]> {
    return this.#call('list', folder, () => [...this.#folder(folder).entries!.keys()])
  }

  async stat(path: string): Promise<DiskStat | null> {
    return this.#call('stat', path, () => {
      const inode = this.#find(path)
      return inode ? statOf(inode) : null
    })
  }

  async syncFolder(folder: string): Promise<void> {
    const inode = () => this.#folder(folder)
    await this.#call(
      'syncFolder',
      folder,
      () => inode().pendingEntries.slice(),
      (covered) => {
        this.version++
        inode().flushedEntries(covered)
      },
    )
  }

  async makeFolder(path: string): Promise<void> {
    return this.#call('makeFolder', path, () => {
      const found = this.#find(path)
      if (found?.kind === 'folder') return
      if (found) throw failure('EEXIST', path)
      this.#change(
        path,
        new PendingEntry(basename(path), null, new Inode(this.#nextInode++, 'folder', 0o755)),
      )
    })
  }

  async realPath(path: string): Promise<string> {
    return this.#call('realPath', path, () => {
      this.#folder(dirname(path))
      return path
    })
  }

  async canReplace(path: string): Promise<boolean> {
    return this.#call('canReplace', path, () => true)
  }

  async listen(name: string, greeting: () => string): Promise<DiskListener> {
    return this.#call('listen', name, () => {
      if (this.#find(name)) throw failure('EADDRINUSE', name)
      const inode = new Inode(this.#nextInode++, 'socket', 0o666)
      inode.listener = { greeting }
      this.#change(name, new PendingEntry(basename(name), null, inode))
      return {
        close: async () => {
          inode.listener = null
          if (!this.isCrashed && this.#find(name) === inode) {
            this.#change(name, new PendingEntry(null, basename(name), inode))
          }
        },
      }
    })
  }

  async greet(name: string): Promise<string | null> {
    return this.#call('greet', name, () => this.#find(name)?.listener?.greeting() ?? null)
  }

  // --- Shared with SimulatedFile

  /** @internal One call: `act` when it is made, `finish` when it is answered and only if nothing went wrong. */
  async call<V>(
    call: Call,
    what: string,
    act: () => V,
    finish?: (value: V) => void,
    failed?: (fault: Fault) => void,
  ) {
    return this.#call(call, what, act, finish, failed)
  }

  /** @internal The bytes that a read or write may move, if less than asked for. */
  shortened(call: Call, length: number): number {
    const fires = this.#fires(call, 'short')
    if (fires === null || length < 2) return length
    return 1 + this.#random.below(length - 1)
  }

  /** @internal How many of so many bytes a call had taken when it failed: none, or any number. */
  taken(length: number): number {
    return this.#random.chance(0.5) ? 0 : this.#random.below(length + 1)
  }

  /** @internal Throws ENOSPC, or shortens, when the disk is full. */
  room(inode: Inode, at: number, length: number, path: string): number {
    if (this.capacity === Number.POSITIVE_INFINITY) return length
    const free = Math.max(0, this.capacity - this.used())
    const most = Math.max(0, Math.min(length, inode.size + free - at))
    if (most === 0 && length > 0) throw failure('ENOSPC', path)
    return most
  }

  /** @internal */
  tick(): number {
    this.version++
    return this.#clock++
  }

  async #call<V>(
    call: Call,
    what: string,
    act: () => V,
    finish?: (value: V) => void,
    failed?: (fault: Fault) => void,
  ): Promise<V> {
    this.calls++
    if (this.calls >= this.crashAt) this.crash()
    if (this.isCrashed) return new Promise<V>(() => {})
    this.onCall?.()
    if (this.recordLog) this.log.push(`${this.calls} ${call} ${what}`)

    const fault = this.#fires(call, null)
    if (fault !== null) {
      if (this.recordLog) this.log.push(`  → ${fault.kind}${fault.afterEffect ? ' after the effect' : ''}`)
      if (fault.afterEffect) {
        const value = act()
        finish?.(value)
      } else {
        failed?.(fault)
      }
      await this.#answer()
      throw failure(fault.kind, what)
    }
    let value: V
    try {
      value = act()
    } catch (error) {
      await this.#answer()
      throw error
    }
    await this.#answer()
    finish?.(value)
    return value
  }

  /** Waits as long as chance will have it; for ever when the crash comes first. */
  async #answer(): Promise<void> {
    for (let turns = this.#random.below(4); turns > 0; turns--) await null
    await null
    if (this.isCrashed) await new Promise(() => {})
  }

  #fires(call: Call, kind: 'short' | null): Fault | null {
    const fault = this.#fault
    if (fault === null || (fault.kind === 'short') !== (kind === 'short')) return null
    if (!FAULTY_CALLS[fault.kind].includes(call)) return null
    this.faultCandidates++
    const behind = this.faultCandidates - fault.at
    if (behind !== 0 && behind !== fault.again && !(fault.forever && behind > 0)) return null
    this.faultsFired++
    return fault
  }

  #change(path: string, change: PendingEntry): void {
    const folder = this.#folder(dirname(path))
    this.version++
    change.applyTo(folder.entries!)
    folder.pendingEntries.push(change)
  }

  #find(path: string): Inode | undefined {
    let inode: Inode | undefined = this.#root
    for (const name of path.split('/')) {
      if (name !== '') inode = inode?.entries?.get(name)
    }
    return inode
  }

  #folder(path: string): Inode {
    const inode = this.#find(path)
    if (!inode) throw failure('ENOENT', path)
    if (inode.kind !== 'folder') throw failure('ENOTDIR', path)
    return inode
  }
}

/** One mood for a file or folder: everything lost, everything kept, or each thing by itself. */
function weatherOf(seed: number, random: Random): Weather {
  if (seed === 0) return { keep: 0, drop: 1, zero: 0 }
  if (seed === 1) return { keep: 1, drop: 0, zero: 0 }
  const keep = random.pick([0, 0.1, 0.5, 0.9, 1])
  const rest = 1 - keep
  return { keep, drop: rest * 0.5, zero: rest * 0.25 }
}
