import type { JournalScan } from './JournalReader.js'

/** What tells one data file from another. */
export interface FileIdentity {
  readonly size: number
  readonly crc: number
}

interface Scanned {
  readonly scan: Pick<JournalScan, 'header' | 'folds' | 'frames' | 'badAt'>
}

/** Journals that go on from a file. */
export interface Start<J> {
  /** Oldest first; the file holds some of the first one's batches. */
  readonly use: readonly J[]
  readonly older: readonly J[]
  readonly newer: readonly J[]
  /** Sequence number that the file already holds. */
  readonly after: number
}

/**
 * Which of the journals, oldest first, go on from the file as it is: size and CRC decide. The newest FOLDED that names
 * the file wins; else the base of the oldest journal of a chain; else nothing fits, and null.
 */
export function findStart<J extends Scanned>(all: readonly J[], file: FileIdentity | null): Start<J> | null {
  const chains = splitChains(all)
  for (let c = chains.length - 1; c >= 0; c--) {
    const chain = chains[c]!
    const start = startIn(chain, file)
    if (start === null) continue
    // A newer chain is begun by a rescue, and written to only when its snapshot is in place.
    const newer = chains.slice(c + 1).flat()
    if (newer.some(({ scan }) => scan.frames > 0 || scan.badAt !== null)) continue
    const older = [...chains.slice(0, c).flat(), ...chain.slice(0, start.index)]
    return { use: chain.slice(start.index), older, newer, after: start.after }
  }
  return null
}

/** Journals that follow from one another; one that stands on a file of its own, or on none, begins a chain. */
function splitChains<J extends Scanned>(all: readonly J[]): J[][] {
  const chains: J[][] = []
  for (const journal of all) {
    if (chains.length === 0 || journal.scan.header.base.kind !== 'chain') chains.push([])
    chains.at(-1)!.push(journal)
  }
  return chains
}

function startIn(
  chain: readonly Scanned[],
  file: FileIdentity | null,
): { index: number; after: number } | null {
  const matches = (it: FileIdentity) => file !== null && it.size === file.size && it.crc === file.crc
  for (let index = chain.length - 1; index >= 0; index--) {
    const fold = chain[index]!.scan.folds.findLast(matches)
    if (fold !== undefined) return { index, after: fold.sequence }
  }
  const { base, first } = chain[0]!.scan.header
  if (base.kind === 'none' ? file === null : base.kind === 'file' && matches(base)) {
    return { index: 0, after: first - 1 }
  }
  return null
}

/** The first journal that does not follow from the ones before it: one of another store, or of an earlier time of this one. */
export function findStranger<J extends Scanned>(all: readonly J[]): J | null {
  return all.find(({ scan }) => scan.header.lineage !== all[0]!.scan.header.lineage) ?? null
}
