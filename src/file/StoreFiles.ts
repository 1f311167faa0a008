import { randomBytes } from 'node:crypto'
import { dirname } from 'node:path'
import { type Adopted, type OldJournal, setTailAside, type Tail } from './adoption.js'
import { encodeFolded } from './changeText.js'
import { copyOut } from './copyOut.js'
import type { Disk, DiskStat } from './Disk.js'
import { systemCode } from './fileErrors.js'
import { discard, freePath, journalPath, snapshotTempPath } from './fileSet.js'
import { type Base, KIND_FOLDED } from './frame.js'
import { hasBytes } from './hasBytes.js'
import { Journal } from './Journal.js'
import { OldFileDiffers, OldLines, type Unchanged } from './OldLines.js'
import type { Recovered } from './recovery.js'
import { type Between, isSnapshot, type WrittenSnapshot, writeSnapshot } from './SnapshotWriter.js'

/** Journals before the current one that a fold adds another to. */
const MOST_OLD = 2

/**
 * The files of one open store, and each step of the protocol that moves data between them. It holds the lock's right to
 * write but knows neither queue nor callers: the engine decides what runs when. Its steps are numbered as in
 * docs/file-format.md: 1 `nextJournal`, 2 `writeSnapshot`, 3 `markFolded`, 4 `replaceFile`, 5 `dropOldJournals`.
 */
export class StoreFiles {
  readonly path: string
  readonly conflictPaths: string[] = []
  readonly #disk: Disk
  readonly #folder: string
  readonly #warn: (message: string) => void
  readonly #ahead: number | null
  /** What stood at the path when it was last read or written, so that somebody else's edit is noticed. */
  #known: DiskStat | null
  #base: { readonly size: number; readonly crc: number } | null
  #journal: Journal | null
  /** Journals before the current one, oldest first. */
  readonly #old: OldJournal[]
  #unflushedDrops = false
  /** Where the journal ended when a whole fold was the last thing written; null when none was. */
  #folded: { readonly journal: Journal | null; readonly size: number } | null = null
  /** What stands in a journal behind its last whole batch, until it is set aside. */
  #tail: Tail | null
  #generation: number
  readonly #lineage: string
  #sequence: number

  /**
   * @param generation  that of the newest journal found; 0 when there was none
   * @param ahead  as in `Journal.create`
   */
  constructor(
    disk: Disk,
    path: string,
    recovered: Recovered<unknown>,
    adopted: Adopted,
    generation: number,
    warn: (message: string) => void,
    ahead: number | null,
  ) {
    this.#disk = disk
    this.path = path
    this.#folder = dirname(path)
    this.#warn = warn
    this.#ahead = ahead
    this.#known = recovered.file?.stat ?? null
    this.#base = recovered.file
    this.#journal = adopted.journal
    this.#old = [...adopted.old]
    this.#tail = adopted.tail
    this.#lineage = recovered.journals.at(-1)?.scan.header.lineage ?? randomBytes(8).toString('hex')
    this.#generation = generation
    this.#sequence = recovered.sequence
  }

  /** The journal to append to; null until `beginJournal`. */
  get journal(): Journal | null {
    return this.#journal
  }

  /** Bytes in all journals. */
  get journalSize(): number {
    return (this.#journal?.size ?? 0) + this.#old.reduce((sum, { size }) => sum + size, 0)
  }

  /** Bytes in the file at the path, as last read or written. */
  get fileSize(): number {
    return this.#base?.size ?? 0
  }

  /** Sequence number of the last batch written. */
  get sequence(): number {
    return this.#journal === null ? this.#sequence : this.#journal.next - 1
  }

  /** Says that the file holds everything there is in the journals. */
  noteFolded(): void {
    this.#folded = { journal: this.#journal, size: this.#journal?.size ?? 0 }
  }

  /** Whether the file, as it stands there, holds everything. */
  async foldedAlready(): Promise<boolean> {
    if (this.#journal === null) return true
    // Not by the sequence number: the journal that a rescue begins gives numbers a second time.
    const { journal, size } = this.#folded ?? { journal: null, size: 0 }
    return journal === this.#journal && size === this.#journal.size && !(await this.changedByOthers())
  }

  /** Whether somebody else changed, replaced or removed the file since it was last read or written. */
  async changedByOthers(): Promise<boolean> {
    return !sameFile(await this.#disk.stat(this.path), this.#known)
  }

  /**
   * Whether the journal that is written to stands at its path: somebody may have removed or replaced it, and what was
   * written to it would be gone with this process.
   */
  async journalInPlace(): Promise<boolean> {
    const journal = this.#journal
    if (journal === null) return true
    const [there, own] = await Promise.all([this.#disk.stat(journal.path), journal.stat()])
    // It may have been folded meanwhile.
    return there?.inode === own.inode || journal !== this.#journal
  }

  /**
   * Makes the first journal. Only a store that is written to has one. It vouches for the file, so that has to be the one
   * that was read: an edit by somebody else is kept beside it, and `items` take its place before.
   */
  async beginJournal(items: () => Promise<readonly unknown[]>): Promise<void> {
    if (await this.changedByOthers()) await this.#replaceAlone(await items())
    const base: Base = this.#base === null ? { kind: 'none' } : { kind: 'file', ...sizeAndCrc(this.#base) }
    this.#journal = await this.#createJournal(base, this.#sequence + 1)
  }

  /**
   * Step 1, when the current journal is flushed: later batches go to a new one. Between two batches only. Where folds that
   * did not end have left journals, the current one is gone on with: FOLDED says in it as well which batches the file
   * holds, and the row would grow with each such fold.
   */
  async nextJournal(): Promise<void> {
    if (this.#old.length >= MOST_OLD) return
    const last = this.#journal!
    this.#journal = await this.#createJournal({ kind: 'chain', link: last.crc }, last.next)
    this.#old.push({ path: last.path, size: last.size })
    await last.close().catch(() => {})
  }

  /**
   * Step 2: everything in one new file, flushed, under a temporary name. The lines of items that did not change are taken
   * over from the file at the path; should that not be what was written there, all are made anew.
   */
  async writeSnapshot(
    items: readonly unknown[],
    between?: Between,
    unchanged: Unchanged | null = null,
  ): Promise<WrittenSnapshot> {
    // Somebody may have changed the mode since it was opened.
    const found = (await this.#disk.stat(this.path).catch(() => null)) ?? this.#known
    const write = (from: OldLines | null) => {
      const temp = snapshotTempPath(this.path, this.#generation)
      return writeSnapshot(this.#disk, temp, items, found?.mode ?? 0o600, between, from)
    }
    if (unchanged === null) return write(null)
    let old: OldLines | null = null
    try {
      old = await OldLines.open(this.#disk, this.path, unchanged)
      return await write(old)
    } catch (error) {
      if (!(error instanceof OldFileDiffers)) throw error
      // An edit by somebody else is found, and kept, when the file is replaced.
      if (!(await this.changedByOthers())) this.#warnOfOldFile(error)
      return await write(null)
    } finally {
      await old?.close()
    }
  }

  /** Whether the file at the path is that snapshot, as far as this process knows. */
  isFile(snapshot: WrittenSnapshot): boolean {
    return this.#base === snapshot
  }

  /**
   * Step 3, but for the flush that has to follow: the journal vouches for the snapshot before that takes the file's
   * place. Between two batches only.
   */
  async markFolded(snapshot: WrittenSnapshot, sequence: number): Promise<void> {
    await this.#journal!.append([encodeFolded({ sequence, ...sizeAndCrc(snapshot) })], KIND_FOLDED)
  }

  /** Step 4: the snapshot becomes the file. An edit by somebody else is kept beside it. */
  async replaceFile(snapshot: WrittenSnapshot): Promise<void> {
    const kept = (await this.changedByOthers()) ? await this.#keepForeignFile() : null
    try {
      await this.#disk.rename(snapshot.path, this.path)
    } catch (error) {
      // A rename may be done and say otherwise, over a network say. What stands at the path tells; who cannot see that
      // must not go on, for the next step removes what the old file needs.
      const found = await this.#disk.stat(this.path).catch(() => undefined)
      if (!isSnapshot(found, snapshot)) {
        if (kept !== null && found !== undefined) await discard(this.#disk, kept)
        throw error
      }
    }
    if (kept !== null) this.#reportConflict(kept)
    this.#known = snapshot.stat
    this.#base = snapshot
    await this.#disk.syncFolder(this.#folder)
  }

  /** Whether the snapshot stands at the path, or may: what to ask when `replaceFile` rejected. */
  async mayBeReplaced(snapshot: WrittenSnapshot): Promise<boolean> {
    try {
      return isSnapshot(await this.#disk.stat(this.path), snapshot)
    } catch {
      return true
    }
  }

  /** Removes a snapshot that did not become the file. */
  async discard(snapshot: WrittenSnapshot): Promise<void> {
    await discard(this.#disk, snapshot.path)
  }

  /** Step 5: journals before the current one have done their work. */
  async dropOldJournals(): Promise<void> {
    while (this.#old.length > 0) await this.#dropOldest()
    await this.#flushDrops()
  }

  /** Step 5 of a closing: the current journal too. It goes last, since the older ones alone would contradict the file. */
  async dropAllJournals(): Promise<void> {
    const last = this.#journal
    if (last !== null) {
      // From here on it counts as gone, for nobody can say so of a name whose removal fails.
      this.#sequence = last.next - 1
      this.#journal = null
      this.#old.push({ path: last.path, size: 0 })
      await last.close().catch(() => {})
    }
    while (this.#old.length > 1) await this.#dropOldest()
    await this.#flushDrops()
    await this.dropOldJournals()
  }

  /**
   * Writes everything to new files, trusting nothing of the old ones, after a flush that failed. `sequence`: that of the
   * last acknowledged batch.
   */
  async rebuild(items: readonly unknown[], sequence: number): Promise<void> {
    this.#generation++
    const tail = this.#tail
    if (tail !== null) {
      const torn = await setTailAside(this.#disk, this.path, tail)
      this.#tail = null
      this.#warn(
        `${tail.length} bytes of "${tail.journal}" were never acknowledged and are kept as "${torn}".`,
      )
    }
    if (this.#journal !== null) return this.#rebuildBeside(items, sequence)
    await this.#replaceAlone(items)
  }

  /**
   * Puts a snapshot of these items in the place of the file, where that alone is the truth. Journals that a closing
   * could not remove build on the file as it is, so they have to go before; and one that is there when its file is not
   * yet would say that a file was lost.
   */
  async #replaceAlone(items: readonly unknown[]): Promise<void> {
    await this.dropAllJournals()
    const snapshot = await this.writeSnapshot(items)
    try {
      await this.replaceFile(snapshot)
    } catch (error) {
      if (!(await this.mayBeReplaced(snapshot))) await this.discard(snapshot)
      throw error
    }
  }

  /** A rescue beside journals that stand for the file until it is done. */
  async #rebuildBeside(items: readonly unknown[], sequence: number): Promise<void> {
    const snapshot = await this.writeSnapshot(items)
    let journal: Journal | null = null
    try {
      // The journal comes first: it names the file that comes next, and holds nothing yet should that not happen.
      journal = await this.#createJournal({ kind: 'file', ...sizeAndCrc(snapshot) }, sequence + 1)
      await this.replaceFile(snapshot)
    } catch (error) {
      await this.discard(snapshot)
      await journal?.close().catch(() => {})
      if (journal !== null) {
        if (!(await this.mayBeReplaced(snapshot))) await discard(this.#disk, journal.path)
        this.#old.push({ path: journal.path, size: 0 })
      }
      throw error
    }
    const last = this.#journal
    this.#journal = journal
    if (last !== null) {
      this.#old.push({ path: last.path, size: 0 })
      await last.close().catch(() => {})
    }
    this.noteFolded()
    // Journals that cannot be removed now are no danger: a newer one stands for the file. The next fold tries again.
    await this.dropOldJournals().catch(() => {})
  }

  /** Closes the journal and leaves it where it is. */
  async leave(): Promise<void> {
    await this.#journal?.close().catch(() => {})
    this.#journal = null
  }

  async #createJournal(base: Base, first: number): Promise<Journal> {
    const generation = ++this.#generation
    const header = { generation, first, base, lineage: this.#lineage }
    try {
      return await Journal.create(this.#disk, this.path, this.#folder, header, this.#ahead)
    } catch (error) {
      // It may be there in spite of that. Empty it is no danger beside the others, but it must not outlive them.
      this.#old.push({ path: journalPath(this.path, generation), size: 0 })
      throw error
    }
  }

  async #dropOldest(): Promise<void> {
    try {
      await this.#disk.unlink(this.#old[0]!.path)
    } catch (error) {
      if (systemCode(error) !== 'ENOENT') throw error
    }
    this.#old.shift()
    this.#unflushedDrops = true
  }

  async #flushDrops(): Promise<void> {
    if (!this.#unflushedDrops) return
    await this.#disk.syncFolder(this.#folder)
    this.#unflushedDrops = false
  }

  /**
   * Copies somebody else's file, before the snapshot takes its place; the name of the copy, or null when the file was
   * removed or holds what was written to it, as after `touch`. Moving it away would leave no file at the path for a
   * moment, and a kill in that moment an empty store.
   */
  async #keepForeignFile(): Promise<string | null> {
    const found = await this.#disk.stat(this.path)
    if (found === null) {
      this.#warn(`"${this.path}" was removed by somebody else while it was open; it is written again.`)
      return null
    }
    if (await this.#isAsWritten()) return null
    const time = new Date().toISOString().replaceAll(/[-:.]/g, '')
    const kept = await freePath(this.#disk, this.path, `conflict-${time}`)
    const file = await this.#disk.open(this.path, 'read')
    try {
      await copyOut(this.#disk, file, 0, found.size, kept, found.mode)
    } finally {
      await file.close().catch(() => {})
    }
    return kept
  }

  /** Whether what stands at the path holds, in a place of its own, the bytes that were last read or written there. */
  async #isAsWritten(): Promise<boolean> {
    // A link would be replaced, and whoever put it there has to hear of it.
    if (this.#base === null || (await this.#disk.realPath(this.path)) !== this.path) return false
    const file = await this.#disk.open(this.path, 'read')
    try {
      return await hasBytes(file, this.#base)
    } finally {
      await file.close().catch(() => {})
    }
  }

  #warnOfOldFile({ message, cause }: OldFileDiffers): void {
    const what =
      cause instanceof Error
        ? `could not be read again (${message}: ${cause.message})`
        : `does not hold what was written to it (${message}); look into the health of the disk`
    this.#warn(`"${this.path}" ${what}. Nothing is lost: all items are written anew from memory.`)
  }

  #reportConflict(kept: string): void {
    this.conflictPaths.push(kept)
    this.#warn(
      `"${this.path}" was changed by somebody else while it was open; that file is kept as "${kept}", and the data of ` +
        'this process takes its place.',
    )
  }
}

function sizeAndCrc(it: { readonly size: number; readonly crc: number }): { size: number; crc: number } {
  return { size: it.size, crc: it.crc }
}

function sameFile(a: DiskStat | null, b: DiskStat | null): boolean {
  if (a === null || b === null) return a === b
  return a.device === b.device && a.inode === b.inode && a.size === b.size && a.mtimeNs === b.mtimeNs
}
