import { describe, expect, test, vi } from 'vitest'
import { IdentifiableFilePersistence, JsonFilePersister } from '../../src/index.js'
import { FailingDisk, once } from './support/FailingDisk.js'

/** Edits of `_items` that were never saved must not keep the file from opening with all acknowledged writes. */

const PATH = '/d/items.json'

interface Item {
  id: string
  key: unknown
  pad?: string
}

class Items extends IdentifiableFilePersistence<Item, string> {
  readonly warnings: string[] = []

  constructor(readonly disk: FailingDisk) {
    super(new JsonFilePersister<Item>(PATH, { disk, checkpointSize: 1000 }))
    this.ensureIndex({ key: 1 }, { unique: true })
    const warn = (...[, , message]: unknown[]) => void this.warnings.push(String(message))
    this._logger = { warn, trace() {} } as unknown as typeof this._logger
  }

  get items(): unknown[] {
    return this._items
  }
}

async function opened(disk = new FailingDisk()): Promise<Items> {
  const items = new Items(disk)
  await items.open(null)
  return items
}

/** What an opening after a kill finds. */
async function idsAfterKill(items: Items): Promise<string> {
  return (await (await opened(items.disk.afterKill() as FailingDisk)).getListByFilter(null, null))
    .map(({ id }) => id)
    .join(' ')
}

/** Lets what runs beside the work come to its end. */
async function rest(): Promise<void> {
  for (let i = 0; i < 200; i++) await new Promise((resume) => setImmediate(resume))
}

const EDITS: readonly [string, (items: unknown[]) => void, (items: unknown[]) => void][] = [
  [
    'a key that is taken',
    (items) => ((items[1] as Item).key = 'a'),
    (items) => ((items[1] as Item).key = 'b'),
  ],
  ['null', (items) => items.push(null), (items) => items.splice(items.indexOf(null), 1)],
  ['an array', (items) => items.push([1]), (items) => items.splice(items.findIndex(Array.isArray), 1)],
]

describe.each(EDITS)('an unsaved edit of _items: %s', (_, edit, undo) => {
  async function edited(): Promise<Items> {
    const items = await opened()
    await items.set(null, { id: '1', key: 'a' })
    await items.set(null, { id: '2', key: 'b' })
    edit(items.items)
    return items
  }

  test('is not folded into the file, and is warned of', async () => {
    const items = await edited()
    for (let i = 3; i < 60; i++) await items.set(null, { id: String(i), key: `k${i}`, pad: 'x'.repeat(50) })
    await rest()
    expect(items.warnings.filter((text) => text.includes('Folding the journal'))).toHaveLength(1)
    const ids = Array.from({ length: 59 }, (__, i) => String(i + 1))
    expect(await idsAfterKill(items)).toBe(ids.join(' '))
    // The journal is folded as soon as the edit is mended and the pause over.
    undo(items.items)
    const now = vi.spyOn(performance, 'now').mockReturnValue(performance.now() + 1001)
    await items.set(null, { id: '60', key: 'k60' })
    now.mockRestore()
    await vi.waitFor(() => expect(JSON.parse(items.disk.getText(PATH)!)).toHaveLength(60))
    await items.close(null)
  })

  test('made while a fold is under way is not folded either', async () => {
    const items = await opened()
    await items.set(null, { id: '1', key: 'a' })
    await items.set(null, { id: '2', key: 'b' })
    const held = items.items
    items.disk.onCall = () => {
      if (items.disk.getFile(`${PATH}.tmp-snapshot-2`) === null) return
      items.disk.onCall = null
      edit(held)
    }
    for (let i = 3; i < 60; i++) await items.set(null, { id: String(i), key: `k${i}`, pad: 'x'.repeat(50) })
    await rest()
    const ids = Array.from({ length: 59 }, (__, i) => String(i + 1))
    expect(await idsAfterKill(items)).toBe(ids.join(' '))
    expect([...items.disk.files().keys()].filter((path) => path.includes('.tmp-'))).toEqual([])
  })

  test('does not get into the fresh files after a flush that failed', async () => {
    const items = await edited()
    items.disk.rule = once((call, path) => call === 'flush' && /journal/.test(path))
    await expect(items.set(null, { id: '3', key: 'c' })).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' })
    expect(await idsAfterKill(items)).toMatch(/^1 2( 3)?$/)
    await expect(items.set(null, { id: '4', key: 'd' })).rejects.toMatchObject({ code: 'STORE_FAILED' })
    undo(items.items)
    const now = vi.spyOn(performance, 'now').mockReturnValue(performance.now() + 1001)
    await items.set(null, { id: '4', key: 'd' })
    now.mockRestore()
    expect(await idsAfterKill(items)).toBe('1 2 4')
    await items.close(null)
  })
})
