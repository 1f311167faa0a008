import type { ChangeLogOwner } from '../contract/ChangeLog.js'
import { checkJson, describe, invalid, type JsonRules } from '../core/jsonValue.js'
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
    const what = otherThanItem(items[i])
    if (what === null) continue
    throw corrupted(path, null, `element ${i} of its array is ${what}, and an item is an object`, WAY_OUT)
  }
}

/** What a value is that has no fields in JSON; null for an item. */
function otherThanItem(value: unknown): string | null {
  if (value instanceof Date) return 'a Date'
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? null : describe(value)
}

/**
 * Refuses items that a subclass has edited so that a file of them would not open again, or not hold the same.
 * @throws ConflictException DUPLICATE_KEY
 * @throws BadRequestException INVALID_ITEM
 */
export async function checkEdits(owner: ChangeLogOwner<unknown>): Promise<void> {
  if (owner.checkEdits?.()) await checkSavable(owner.items(), owner)
}

/** Items looked at before other work may run. */
const SLICE = 500
/** Who was warned of numbers that are written as null: folds come again and again. */
const warned = new WeakSet<object>()

/**
 * Refuses what JSON would alter, before anything is written; of a component also what its next opening would refuse.
 * Numbers past 1.8e308 pass with a warning: the file may have held them all the time.
 * @throws BadRequestException INVALID_ITEM  naming the place, as `[3].price`
 * @throws TypeError  not an array
 */
export async function checkSavable(
  items: readonly unknown[],
  owner: Pick<ChangeLogOwner<unknown>, 'identified' | 'warn'>,
): Promise<void> {
  const infinite = (path: string) => {
    if (warned.has(owner)) return
    warned.add(owner)
    owner.warn(
      `The number at "${path}" of the items is past 1.8e308, and is written as null, for JSON has no text for it. Keep such numbers as text.`,
    )
  }
  const rules: JsonRules = { portable: false, dates: new Set(), undeclaredDate: () => {}, infinite }
  if (!Array.isArray(items)) {
    throw new TypeError(`save() takes an array, and was given ${items === null ? 'null' : typeof items}.`)
  }
  for (let i = 0; i < items.length; i++) {
    const what = owner.identified === undefined ? null : otherThanItem(items[i])
    if (what !== null)
      throw invalid(`[${i}]`, `is ${what}, and an item is an object`, 'Take it out of _items.')
    checkJson(items[i], `[${i}]`, rules)
    if (i % SLICE === SLICE - 1) await letOthersRun(0, i / items.length)
  }
}
