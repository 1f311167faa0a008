import type { ChangeLogOwner, RecoveryReport } from '../contract/ChangeLog.js'
import { type Id, idOf } from './Replay.js'
import type { Recovered } from './recovery.js'

const MAX_DUPLICATES = 100

/** Makes the report of an opening, and tells the owner of what is noteworthy in it. */
export function reportRecovery(
  path: string,
  recovered: Recovered<unknown>,
  journalFound: boolean,
  setAsidePath: string | null,
  readOnly: boolean,
  owner: Pick<ChangeLogOwner<unknown>, 'warn' | 'identified'>,
): RecoveryReport {
  const { duplicateIds, itemsWithoutId } = surveyIds(recovered, owner.identified)
  // A journal beside a file that is read along with its owner is how things should be.
  if (journalFound && !readOnly) {
    const tail =
      recovered.tail === 0
        ? 'nothing had to be cut off'
        : `${recovered.tail} bytes behind it were never acknowledged and ` +
          (setAsidePath === null ? 'stay there for now' : `are kept as "${setAsidePath}"`)
    owner.warn(
      `"${path}" was not closed the last time: ${recovered.replayed} batches were replayed from its journal, up to ` +
        `number ${recovered.sequence}; ${tail}.`,
    )
  }
  if (duplicateIds.length > 0) {
    owner.warn(
      `"${path}" has more than one item for ${duplicateIds.length === MAX_DUPLICATES ? 'at least ' : ''}` +
        `${duplicateIds.length} of its ids; look-ups see the first item of each: ` +
        `${duplicateIds.slice(0, 5).map(String).join(', ')}.`,
    )
  }
  if (itemsWithoutId > 0) owner.warn(`"${path}" holds items without an id: ${itemsWithoutId}.`)
  return {
    journalFound,
    lastSequence: recovered.sequence,
    batchesReplayed: recovered.replayed,
    bytesSetAside: recovered.tail,
    setAsidePath,
    duplicateIds,
    itemsWithoutId,
    conflictPaths: [],
  }
}

/**
 * Ids that more than one item has, and items without one. Items known to have one each, and no two the same, are not
 * looked at.
 *
 * @param identified  whether they are to have ids; undefined: unless none has one
 */
export function surveyIds(
  { items, slots }: Pick<Recovered<unknown>, 'items' | 'slots'>,
  identified?: boolean,
): { duplicateIds: Id[]; itemsWithoutId: number } {
  if (slots !== null || identified === false) return { duplicateIds: [], itemsWithoutId: 0 }
  let without = 0
  let last: Id | null = null
  let ascending = true
  for (const item of items) {
    const id = idOf(item)
    if (id === null) without++
    else {
      // Generated ids ascend in the order of insertion; as long as all do, none is there twice, and no set is needed.
      if (last !== null && !(typeof id === typeof last && id > last)) ascending = false
      last = id
    }
  }
  if (without === items.length && !identified) return { duplicateIds: [], itemsWithoutId: 0 }
  return { duplicateIds: ascending ? [] : duplicatesIn(items), itemsWithoutId: without }
}

function duplicatesIn(items: readonly unknown[]): Id[] {
  const seen = new Set<Id>()
  const twice = new Set<Id>()
  for (const item of items) {
    const id = idOf(item)
    if (id === null) continue
    if (!seen.has(id)) seen.add(id)
    else if (twice.size < MAX_DUPLICATES) twice.add(id)
  }
  return [...twice]
}
