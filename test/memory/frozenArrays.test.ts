import { describe, expect, test } from 'vitest'
import {
  IdentifiableFilePersistence,
  IdentifiableMemoryPersistence,
  JsonFilePersister,
} from '../../src/index.js'
import { FailingDisk } from '../file/support/FailingDisk.js'

interface Item {
  id: string
  key?: string
}

class InMemory extends IdentifiableMemoryPersistence<Item, string> {
  put(items: readonly Item[]): void {
    this._items = items as Item[]
  }

  get items(): Item[] {
    return this._items
  }
}

class InFile extends IdentifiableFilePersistence<Item, string> {
  constructor() {
    super(new JsonFilePersister<Item>('/d/items.json', { disk: new FailingDisk() }))
    this.ensureIndex({ key: 1 }, { unique: true })
  }

  put(items: readonly Item[]): void {
    this._items = items as Item[]
  }

  get items(): Item[] {
    return this._items
  }
}

const KINDS: readonly [string, (items: Item[]) => readonly Item[]][] = [
  ['frozen', (items) => Object.freeze(items)],
  ['sealed', (items) => Object.seal(items)],
  ['not extensible', (items) => Object.preventExtensions(items)],
]

describe.each([
  ['memory', () => new InMemory()],
  ['a file', () => new InFile()],
] as const)('in %s', (_, make) => {
  test.each(KINDS)('an array for _items that is %s can be written to', async (__, closed) => {
    const items = make()
    await items.open(null)
    items.put(closed([{ id: '1', key: 'a' }, { id: '2' }]))
    await items.save(null)
    await items.create(null, { id: '3', key: 'b' })
    await items.update(null, { id: '1', key: 'c' })
    await items.deleteById(null, '2')
    expect(await items.getOneById(null, '3')).toEqual({ id: '3', key: 'b' })
    expect(items.items).toEqual([
      { id: '1', key: 'c' },
      { id: '3', key: 'b' },
    ])
    await items.close(null)
  })

  test.each(KINDS)('an array of _items that is made %s can be written to', async (__, closed) => {
    const items = make()
    await items.open(null)
    await items.createMany(null, [{ id: '1', key: 'a' }, { id: '2' }])
    closed(items.items)
    await items.update(null, { id: '1', key: 'b' })
    closed(items.items)
    await items.create(null, { id: '3' })
    closed(items.items)
    await items.deleteById(null, '2')
    expect(items.items).toEqual([{ id: '1', key: 'b' }, { id: '3' }])
    await items.close(null)
  })

  test('a write that fails where it is laid into the array is not pending for ever', async () => {
    const items = make()
    await items.open(null)
    await items.create(null, { id: '1', key: 'a' })
    items.items.push = () => {
      throw new TypeError('no room')
    }
    await expect(items.create(null, { id: '2', key: 'b' })).rejects.toThrow(TypeError)
    expect(await items.getOneById(null, '2')).toBe(null)
    items.put([...items.items])
    await items.create(null, { id: '2', key: 'b' })
    expect(await items.getOneById(null, '2')).toEqual({ id: '2', key: 'b' })
    await items.close(null)
  })
})
