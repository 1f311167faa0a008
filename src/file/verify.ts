import { ApplicationException } from '../errors/index.js'
import { checkItems } from './checkItems.js'
import type { Disk } from './Disk.js'
import { readFailed } from './fileErrors.js'
import { findFiles, journalPath } from './fileSet.js'
import { fullPath } from './fullPath.js'
import { nodeDisk } from './NodeDisk.js'
import { readOnlyOpening, realPathOf } from './readOnlyOpening.js'
import { surveyIds } from './reportRecovery.js'
import { toolOptions } from './toolOptions.js'

/** What `verify` found. */
export interface VerifyReport {
  /** The data file, links followed. */
  readonly path: string
  /** A component would open it; also where nothing is, for that is a store without items (`items` is 0). */
  readonly ok: boolean
  /** Why it would not: the error that `open` would reject with. */
  readonly error: ApplicationException | null
  /** Items that an opening would give; null when it would fail. */
  readonly items: number | null
  /** Sequence number of the last whole batch; 0 when there is no journal. */
  readonly lastSequence: number
  readonly batchesReplayed: number
  /** Bytes behind the last whole batch, which an opening for writing would set aside. */
  readonly tailBytes: number
  /** Journals beside the file. */
  readonly journals: readonly string[]
  /** Ids that more than one item has, at most 100. */
  readonly duplicateIds: readonly (string | number | boolean)[]
  /** Items without a usable id: all of them in a store without ids. */
  readonly itemsWithoutId: number
}

/**
 * Reads a store as an opening would, journals and every checksum included, and tells what it found. Takes no lock and
 * changes no byte; may run beside the owner.
 *
 * @param path  the data file
 * @throws ConfigException BAD_CONFIG  an option: it has none
 * @throws FileException READ_FAILED  the system does not let it be read; damage is reported and not thrown
 */
export async function verify(
  path: string,
  options: { /** @internal */ disk?: Disk } = {},
): Promise<VerifyReport> {
  const { disk = nodeDisk } = toolOptions('verify', options, {})
  const real = await realPathOf(disk, fullPath(path))
  const journals = async () => {
    const set = await findFiles(disk, real).catch((error: unknown) => {
      throw readFailed(real, error)
    })
    return set.journals.map((generation) => journalPath(real, generation))
  }
  try {
    const { recovered } = await readOnlyOpening<unknown>(disk, real)
    checkItems(real, recovered, { identified: true })
    return {
      path: real,
      ok: true,
      error: null,
      items: recovered.items.length,
      lastSequence: recovered.sequence,
      batchesReplayed: recovered.replayed,
      tailBytes: recovered.tail,
      journals: await journals(),
      ...surveyIds(recovered, true),
    }
  } catch (error) {
    if (!(error instanceof ApplicationException) || error.code !== 'DATA_CORRUPTED') throw error
    return {
      path: real,
      ok: false,
      error,
      items: null,
      lastSequence: 0,
      batchesReplayed: 0,
      tailBytes: 0,
      journals: await journals(),
      duplicateIds: [],
      itemsWithoutId: 0,
    }
  }
}
