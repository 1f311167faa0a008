/** One way to break the engine: pieces of source, and what stands in their places then. */
export interface Breakage {
  readonly name: string
  readonly edits: readonly { readonly file: string; readonly find: string; readonly put: string }[]
  /** The checks each of which has to notice. */
  readonly checks: readonly (keyof typeof CHECKS)[]
}

export const CHECKS = {
  exhaustive: 'test/crash/exhaustive.test.ts',
  random: 'test/crash/random.test.ts',
  randomFaults: 'test/crash/randomFaults.test.ts',
  faults: 'test/crash/faults.test.ts',
  killThenCut: 'test/crash/killThenCut.test.ts',
  damage: 'test/file/recovery.test.ts',
  journals: 'test/file/journalfile.test.ts',
  durability: 'test/file/durability.test.ts',
  failures: 'test/file/failures.test.ts',
  adopting: 'test/file/adopting.test.ts',
  ownership: 'test/file/ownership.test.ts',
  largeGroups: 'test/file/largeGroups.test.ts',
  kills: 'test/crash/kills.test.ts',
  componentModel: 'test/crash/componentModel.test.ts',
  frames: 'test/file/frames.test.ts',
  rescue: 'test/file/rescue.test.ts',
  inHand: 'test/memory/inHand.test.ts',
}

function edit(file: string, find: string, put: string) {
  return { file: `src/${file}`, find, put }
}

/** A long write takes its place in the file only when it begins. */
const NO_PLACE = [
  edit('file/JournalFile.ts', '        this.#size = end\n        return\n', '        return\n'),
  edit(
    'file/JournalFile.ts',
    'if (!this.durable) this.#size = end\n',
    'if (end > this.#size) this.#size = end\n',
  ),
]
const IN_CHARACTERS = edit('file/WriteQueue.ts', '? frameSizeAtMost(text) :', '? text.length :')

/** What has gone wrong in other stores, or nearly did in this one. */
export const BREAKAGES: readonly Breakage[] = [
  {
    name: 'the folder is not flushed when a snapshot has taken the place of the file',
    edits: [
      edit(
        'file/StoreFiles.ts',
        'this.#base = snapshot\n    await this.#disk.syncFolder(this.#folder)',
        'this.#base = snapshot',
      ),
    ],
    checks: ['exhaustive', 'random'],
  },
  {
    name: 'the folder is not flushed when a journal gets its name',
    edits: [edit('file/Journal.ts', 'await disk.syncFolder(folder)\n', '\n')],
    checks: ['exhaustive', 'random'],
  },
  {
    name: 'a write is acknowledged before its flush',
    edits: [
      edit(
        'file/FileEngine.ts',
        "if (this.#options.durability === 'sync' && !journal.durable) {",
        'if (this.#options.durability === null && !journal.durable) {',
      ),
    ],
    checks: ['exhaustive', 'random', 'durability'],
  },
  {
    name: 'every second write is acknowledged before it is on the disk',
    edits: [
      edit(
        'file/JournalFile.ts',
        "files.push(await disk.open(path, 'write', undefined, true))",
        "files.push(await disk.open(path, 'write', undefined, false))",
      ),
    ],
    checks: ['random'],
  },
  {
    name: 'checksums of frames are not looked at',
    edits: [
      edit(
        'file/frame.ts',
        'return crc32(buffer.subarray(offset + 5, end), journalCrc) === fields.crc',
        'return crc32(buffer.subarray(offset + 5, end), journalCrc) >= 0',
      ),
    ],
    checks: ['exhaustive', 'random', 'damage'],
  },
  {
    name: 'a snapshot takes the place of the file before it is flushed',
    edits: [edit('file/SnapshotWriter.ts', 'await file.sync()\n    const stat', 'const stat')],
    checks: ['exhaustive', 'random'],
  },
  {
    name: 'the journal does not say that it was folded',
    edits: [
      edit(
        'file/StoreFiles.ts',
        'await this.#journal!.append([encodeFolded({ sequence, ...sizeAndCrc(snapshot) })], KIND_FOLDED)',
        'void [snapshot, sequence]',
      ),
    ],
    checks: ['exhaustive', 'random', 'faults'],
  },
  {
    name: 'a write shows before it is acknowledged',
    edits: [
      edit('memory/WritePath.ts', '          this.#apply(writes, lastSlot)\n', ''),
      edit(
        'memory/WritePath.ts',
        'return new Promise((resolve, reject) => {\n      try {\n        log.append(',
        'this.#apply(writes, lastSlot)\n    return new Promise((resolve, reject) => {\n      try {\n        log.append(',
      ),
    ],
    checks: ['exhaustive', 'faults'],
  },
  {
    name: 'writes are acknowledged as they end, not in their order',
    edits: [
      edit('file/JournalFile.ts', 'if (before !== null) await before', 'if (before === null) await before'),
    ],
    checks: ['journals'],
  },
  {
    name: 'a frame vouches for what is still under way',
    edits: [edit('file/Journal.ts', 'flushed: this.#flushed }', 'flushed: this.#next - 1 }')],
    checks: ['random'],
  },
  {
    name: 'what is cut off is not flushed',
    edits: [
      edit(
        'file/JournalFile.ts',
        'await this.#files[0]!.truncate(size)\n    await this.#files[0]!.sync()',
        'await this.#files[0]!.truncate(size)',
      ),
    ],
    checks: ['failures'],
  },
  {
    name: 'flush() flushes nothing',
    edits: [
      edit('file/FileEngine.ts', "      if (this.#options.durability !== 'sync') await flushes.now()\n", ''),
    ],
    checks: ['random', 'randomFaults', 'durability'],
  },
  {
    name: 'an opening goes on with the journal as it found it',
    edits: [edit('file/adoption.ts', '      await copy!.putInPlace()\n', '')],
    checks: ['randomFaults', 'adopting'],
  },
  {
    name: 'the copy of a journal is not flushed',
    edits: [edit('file/JournalCopy.ts', 'reader.file.sync()', 'Promise.resolve()')],
    checks: ['killThenCut', 'random'],
  },
  {
    name: 'the folder is not flushed when the copy of a journal has taken its place',
    edits: [edit('file/JournalCopy.ts', '    await this.#disk.syncFolder(dirname(this.#path))\n', '')],
    checks: ['killThenCut', 'random'],
  },
  {
    name: 'an opening builds on a file that it did not flush',
    edits: [edit('file/adoption.ts', '    if (file !== null) await flushFile(disk, path)\n', '')],
    checks: ['adopting'],
  },
  {
    name: 'a file whose flush failed is written to again',
    edits: [edit('file/JournalFile.ts', '    this.#lost ??= error\n', '    void error\n')],
    checks: ['faults', 'journals'],
  },
  {
    name: 'an owner that lost its lock replaces files of the next one',
    edits: [
      edit(
        'file/OwnedDisk.ts',
        'await this.#lock.check()\n    return this.#disk.rename(',
        'return this.#disk.rename(',
      ),
    ],
    checks: ['ownership'],
  },
  {
    name: 'writes to a journal that somebody removed are acknowledged',
    edits: [
      edit('file/StoreFiles.ts', 'return there?.inode === own.inode ||', 'return own.inode !== null ||'),
    ],
    checks: ['ownership'],
  },
  {
    name: 'a file that nobody can look at is taken for one that was not replaced',
    edits: [edit('file/StoreFiles.ts', '} catch {\n      return true\n', '} catch {\n      return false\n')],
    checks: ['faults'],
  },
  {
    name: 'the place of a long write is free until it has begun',
    edits: NO_PLACE,
    checks: ['journals'],
  },
  {
    name: 'characters are counted where a journal counts bytes',
    edits: [IN_CHARACTERS],
    checks: ['largeGroups'],
  },
  {
    name: 'a long write has no place of its own, and what is long is counted in characters',
    edits: [...NO_PLACE, IN_CHARACTERS],
    checks: ['largeGroups', 'randomFaults', 'componentModel', 'kills'],
  },
  {
    name: 'what waits behind a refused write is written',
    edits: [edit('file/FileEngine.ts', '[...group, ...this.#queue.takeBatches()]', 'group')],
    checks: ['rescue'],
  },
  {
    name: 'what a fold found not flushed waits for the next call',
    edits: [edit('file/LaterFlushes.ts', 'return this.#mend()', 'return')],
    checks: ['rescue'],
  },
  {
    name: 'a long batch that is refused is cut back to its middle',
    edits: [edit('file/Journal.ts', 'if (last) this.#settled', 'this.#settled')],
    checks: ['rescue'],
  },
  {
    name: 'a frame counts behind another one than it was written behind',
    edits: [edit('file/JournalReader.ts', 'fields.previous !== crc || ', '')],
    checks: ['frames'],
  },
  {
    name: 'a deletion by position counts in a list that was edited since',
    edits: [edit('memory/WritePath.ts', 'if (this.#counting && !this.inHand)', 'if (false)')],
    checks: ['inHand'],
  },
  {
    name: 'who waits is planned on writes that are being refused',
    edits: [edit('memory/WritePath.ts', 'queueMicrotask(leave)', 'leave()')],
    checks: ['inHand'],
  },
]
