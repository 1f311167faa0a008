import { describe, expect, test } from 'vitest'
import { ConfigParams } from '../../src/component/index.js'
import { IdentifiablePersistence } from '../../src/persistence/IdentifiablePersistence.js'
import { type Note, Notes, newFolder, notesUpTo } from './Notes.js'
import { sqliteDriverOf } from './sqliteProbe.js'

const sqlite = await sqliteDriverOf()

async function opened(notes: Notes, items: Note[] = []): Promise<Notes> {
  await notes.open(null)
  if (items.length > 0) await notes.createMany(null, items)
  return notes
}

const memory = (items?: Note[]) => opened(new Notes({ url: 'memory:' }), items)

describe('copyTo()', () => {
  test('copies every item, Dates too, and tells how many', async () => {
    const from = await memory(notesUpTo(7))
    const to = await memory()
    expect(await from.copyTo(null, to)).toBe(7)
    expect(await to.getListByFilter(null, null, { id: 1 })).toEqual(notesUpTo(7))
    expect((await to.getOneById(null, 'n00003'))?.at).toEqual(new Date(3000))
    expect(await from.getCountByFilter(null, null)).toBe(7)
  })

  test.each([
    [
      7,
      3,
      [
        [3, 7],
        [6, 7],
        [7, 7],
      ],
    ],
    [
      6,
      3,
      [
        [3, 6],
        [6, 6],
      ],
    ],
    [2, 3, [[2, 2]]],
    [
      3,
      1,
      [
        [1, 3],
        [2, 3],
        [3, 3],
      ],
    ],
  ])('%d items in batches of %d tell of their progress', async (count, batchSize, expected) => {
    const seen: number[][] = []
    const onProgress = (copied: number, total: number) => seen.push([copied, total])
    expect(
      await (await memory(notesUpTo(count))).copyTo(null, await memory(), { batchSize, onProgress }),
    ).toBe(count)
    expect(seen).toEqual(expected)
  })

  test('a batch has 1000 items unless asked otherwise', async () => {
    const seen: number[] = []
    await (await memory(notesUpTo(2001))).copyTo(null, await memory(), {
      onProgress: (copied) => seen.push(copied),
    })
    expect(seen).toEqual([1000, 2000, 2001])
  })

  test('progress is told when the batch is in the other store', async () => {
    const to = await memory()
    const there: Promise<number>[] = []
    const onProgress = () => there.push(to.getCountByFilter(null, null))
    await (await memory(notesUpTo(5))).copyTo(null, to, { batchSize: 2, onProgress })
    expect(await Promise.all(there)).toEqual([2, 4, 5])
  })

  test('goes by id, whatever the order in which items were created', async () => {
    const from = await memory(notesUpTo(5).reverse())
    const to = await memory()
    await from.copyTo(null, to, { batchSize: 2 })
    expect((await to.getListByFilter(null, null)).map(({ id }) => id)).toEqual(
      notesUpTo(5).map(({ id }) => id),
    )
  })

  test('goes by number where ids are numbers', async () => {
    const numbered = async () => {
      const things = new IdentifiablePersistence<{ id: number }, number>('things', { url: 'memory:' })
      things.configure(ConfigParams.fromTuples('options.id_type', 'number'))
      await things.open(null)
      return things
    }
    const from = await numbered()
    await from.createMany(null, [{ id: 10 }, { id: 9 }, { id: -1 }, { id: 0.5 }])
    const to = await numbered()
    expect(await from.copyTo(null, to, { batchSize: 1 })).toBe(4)
    expect((await to.getListByFilter(null, null)).map(({ id }) => id)).toEqual([-1, 0.5, 9, 10])
  })

  test('replaces what the other has under the same id, and leaves the rest', async () => {
    const to = await memory([
      { id: 'n00001', key: 'old' },
      { id: 'z', key: 'its own' },
    ])
    expect(await (await memory(notesUpTo(3))).copyTo(null, to)).toBe(3)
    expect((await to.getOneById(null, 'n00001'))?.key).toBe('key 1')
    expect((await to.getOneById(null, 'z'))?.key).toBe('its own')
    expect(await to.getCountByFilter(null, null)).toBe(4)
  })

  test('a second time changes nothing', async () => {
    const from = await memory(notesUpTo(5))
    const to = await memory()
    await from.copyTo(null, to, { batchSize: 2 })
    expect(await from.copyTo(null, to, { batchSize: 2 })).toBe(5)
    expect(await to.getListByFilter(null, null)).toEqual(notesUpTo(5))
  })

  test('of nothing is nothing', async () => {
    const seen: number[] = []
    const to = await memory(notesUpTo(1))
    expect(await (await memory()).copyTo(null, to, { onProgress: (copied) => seen.push(copied) })).toBe(0)
    expect(seen).toEqual([])
    expect(await to.getCountByFilter(null, null)).toBe(1)
  })

  test('a batch that the other refuses is not there at all, and those before it are', async () => {
    const to = await memory([{ id: 'z', key: 'key 4' }])
    const copying = (await memory(notesUpTo(6))).copyTo(null, to, { batchSize: 3 })
    await expect(copying).rejects.toMatchObject({ code: 'DUPLICATE_KEY' })
    expect((await to.getListByFilter(null, null, { id: 1 })).map(({ id }) => id)).toEqual([
      'n00000',
      'n00001',
      'n00002',
      'z',
    ])
  })

  test.each([0, -1, 2.5, Number.NaN])('a batch of %d items is refused', async (batchSize) => {
    const to = await memory()
    const from = await memory(notesUpTo(3))
    await expect(from.copyTo(null, to, { batchSize })).rejects.toThrow()
    expect(await to.getCountByFilter(null, null)).toBe(0)
  })

  test('both must be open', async () => {
    const closed = new Notes({ url: 'memory:' })
    await expect(closed.copyTo(null, await memory())).rejects.toMatchObject({ code: 'NOT_OPENED' })
    await expect((await memory(notesUpTo(1))).copyTo(null, closed)).rejects.toMatchObject({
      code: 'NOT_OPENED',
    })
  })
})

describe('from store to store', () => {
  const places = new Map<string, (folder: string) => Notes>([
    ['memory', () => new Notes({ url: 'memory:' })],
    ['file', (folder) => new Notes({ url: `file:${folder}/a.json` })],
  ])
  if (sqlite !== null)
    places.set('sqlite', (folder) => new Notes({ url: `sqlite:${folder}/a.db`, driver: sqlite.module }))
  const pairs = [...places.keys()].flatMap((from) => [...places.keys()].map((to) => [from, to] as const))

  test.each(pairs)('%s to %s: the same items, there after opening again', async (first, second) => {
    const from = await opened(places.get(first)?.(newFolder()) as Notes, notesUpTo(25))
    const folder = newFolder()
    const to = await opened(places.get(second)?.(folder) as Notes)
    expect(await from.copyTo(null, to, { batchSize: 10 })).toBe(25)
    await from.close(null)
    await to.close(null)
    const again = second === 'memory' ? to : (places.get(second)?.(folder) as Notes)
    await again.open(null)
    expect(await again.getListByFilter(null, null, { id: 1 })).toEqual(notesUpTo(25))
    await again.close(null)
  })
})
