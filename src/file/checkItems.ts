import type { ChangeLogOwner } from '../contract/ChangeLog.js'
import { copyJsonValue, type JsonRules } from '../core/jsonValue.js'
import { corrupted } from './fileErrors.js'
import type { Recovered } from './recovery.js'
import { letOthersRun } from './SnapshotWriter.js'

const WAY_OUT =
  'Repair the text by hand, or read it with JsonFilePersister.load(), which takes an array of any values.'

/**
 * Refuses an array that holds something else than objects, where a component is to read it: such values have no fields.
 * @throws FileException DATA_CORRUPTED
 */
export function checkItems(
  path: string,
  { items, slots }: Pick<Recovered<unknown>, 'items' | 'slots'>,
  owner: Pick<ChangeLogOwner<unknown>, 'identified'>,
): void {
  if (owner.identified === undefined || slots !== null) return
  for (let i = 0; i < items.length; i++) {
    const item = items[i]
    if (typeof item === 'object' && item !== null && !Array.isArray(item)) continue
    const what = item === null ? 'null' : Array.isArray(item) ? 'an array' : `a ${typeof item}`
    throw corrupted(path, null, `element ${i} of its array is ${what}, and an item is an object`, WAY_OUT)
  }
}

const RULES: JsonRules = { portable: false, dates: new Set(), undeclaredDate: () => {} }
/** Items looked at before other work may run. */
const SLICE = 500

/**
 * Refuses what JSON would alter, before anything is written.
 * @throws BadRequestException INVALID_ITEM  naming the place, as `[3].price`
 * @throws TypeError  not an array
 */
export async function checkSavable(items: readonly unknown[]): Promise<void> {
  if (!Array.isArray(items)) {
    throw new TypeError(`save() takes an array, and was given ${items === null ? 'null' : typeof items}.`)
  }
  for (let i = 0; i < items.length; i++) {
    copyJsonValue(items[i], `[${i}]`, RULES)
    if (i % SLICE === SLICE - 1) await letOthersRun(0, i / items.length)
  }
}
