import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { checkSavable } from '../../src/file/checkItems.js'
import { IdentifiableFilePersistence, JsonFilePersister } from '../../src/index.js'
import { SimulatedDisk } from '../simulated/SimulatedDisk.js'
import { codeOf, reopened, TestOwner } from './support/TestOwner.js'

/* What is written is what is read again: whole saves, and what else is written without a copy of it. */

let folder: string
let path: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-faithful-'))
  path = join(folder, 'items.json')
})

afterEach(() => rmSync(folder, { recursive: true, force: true }))

type Any = Record<string, unknown> & { id: string }

/** Edits its items as subclasses do. */
class Edited extends IdentifiableFilePersistence<Any, string> {
  get items(): Any[] {
    return this._items
  }
}

describe('a whole save refuses what JSON would alter', () => {
  const cycle: Record<string, unknown> = {}
  cycle.self = cycle

  test.each([
    [{ x: Number.NaN }, '[1].x'],
    [{ list: [undefined] }, '[1].list[0]'],
    [{ map: new Map() }, '[1].map'],
    [{ call: () => 1 }, '[1].call'],
    [{ big: 1n }, '[1].big'],
    [cycle, '[1].self'],
    [undefined, '[1]'],
    [{ list: Object.assign([1], { toJSON: () => 'text' }) }, '[1].list'],
    [Object.defineProperty({ id: 'a' }, 'toJSON', { value: () => 'text' }), '[1]'],
    [Object.defineProperty(Object.create(null), 'toJSON', { value: () => undefined }), '[1]'],
    [{ when: Object.assign(new Date(0), { toJSON: () => 'text' }) }, '[1].when'],
  ])('%o, naming the place, and the file stays', async (bad, place) => {
    const persister = new JsonFilePersister<unknown>(path)
    await persister.save(null, [1, 'text', null, { when: new Date(0), gone: undefined }])
    const before = readFileSync(path, 'utf8')
    expect(JSON.parse(before)).toEqual([1, 'text', null, { when: '1970-01-01T00:00:00.000Z' }])
    await expect(persister.save(null, [{}, bad])).rejects.toMatchObject({
      code: 'INVALID_ITEM',
      message: expect.stringContaining(`"${place}`),
    })
    expect(readFileSync(path, 'utf8')).toBe(before)
    await persister.save(null, [])
    expect(readFileSync(path, 'utf8')).toBe('[]\n')
  })

  test('an item nested as deeply as create takes it is saved', async () => {
    const nested = (levels: number) =>
      JSON.parse(`${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`) as Record<string, unknown>
    const persistence = new Edited(new JsonFilePersister(path))
    await persistence.open(null)
    await persistence.create(null, { ...nested(1000), id: '1' })
    await expect(persistence.create(null, { ...nested(1001), id: '2' })).rejects.toMatchObject({
      code: 'INVALID_ITEM',
    })
    await persistence.save(null)
    await persistence.close(null)
    await new JsonFilePersister(path).save(null, await new JsonFilePersister(path).load(null))
  })

  test('what is no array is a TypeError', async () => {
    for (const bad of ['abc', null, { length: 0 }, new Set()])
      await expect(new JsonFilePersister<unknown>(path).save(null, bad as never)).rejects.toThrow(TypeError)
  })

  test('takes the list in the call: what is done to it later is not saved', async () => {
    const persister = new JsonFilePersister<unknown>(path)
    const items: unknown[] = [1, 2]
    const first = persister.save(null, items)
    items.length = 0
    const second = persister.save(null, items)
    items.push(3)
    await first
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual([1, 2])
    await second
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual([])
  })

  test('an edited item keeps a store from being saved and closed until it is mended', async () => {
    const persistence = new Edited(new JsonFilePersister(path))
    await persistence.open(null)
    await persistence.create(null, { id: '1' })
    persistence.items[0]!.big = 1n
    await expect(persistence.save('trace')).rejects.toMatchObject({ code: 'INVALID_ITEM', trace_id: 'trace' })
    await expect(persistence.close(null)).rejects.toMatchObject({ code: 'INVALID_ITEM' })
    persistence.items[0]!.big = '1'
    await persistence.close(null)
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual([{ id: '1', big: '1' }])
  })

  test.each([['text'], [7], [null], [[]], [new Date(0)]])(
    '%o among the items of a component, which the next opening would refuse',
    async (bad) => {
      const persistence = new Edited(new JsonFilePersister(path))
      await persistence.open(null)
      await persistence.create(null, { id: '1' })
      persistence.items.push(bad as never)
      expect(await codeOf(persistence.save(null))).toBe('INVALID_ITEM')
      expect(await codeOf(persistence.close(null))).toBe('INVALID_ITEM')
      persistence.items.pop()
      await persistence.close(null)
      expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual([{ id: '1' }])
    },
  )

  test('the look at many items lets other work run', async () => {
    let turns = 0
    let next = setImmediate(function turn() {
      turns++
      next = setImmediate(turn)
    })
    await checkSavable(
      Array.from({ length: 5000 }, () => ({})),
      { warn: () => {} },
    )
    clearImmediate(next)
    expect(turns).toBeGreaterThanOrEqual(9)
  })

  test('what is asked for meanwhile comes after it', async () => {
    const disk = new SimulatedDisk()
    disk.putFolder('/d')
    const owner = await new TestOwner(disk, '/d/items.json').open()
    owner.list = Array.from({ length: 2000 }, (_, i) => ({ id: `${i}` }))
    await Promise.all([owner.log.save(null, owner.list), owner.put('new')])
    expect((await reopened(disk.afterKill(), '/d/items.json')).list.length).toBe(2001)
    expect(await codeOf(owner.log.save(null, [{ id: '1', v: 1n }]))).toBe('INVALID_ITEM')
    expect((await reopened(disk.afterKill(), '/d/items.json')).list.length).toBe(2001)
  })
})

test('numbers of other programs that a double cannot hold are rounded as they are read, and written so', async () => {
  writeFileSync(path, '[{"id":"a","n":12345678901234567890,"m":0.1},{"id":"b","n":1e999}]')
  const items = new IdentifiableFilePersistence<Any, string>(new JsonFilePersister(path))
  await items.open(null)
  await items.create(null, { id: 'c' })
  await items.close(null)
  expect(readFileSync(path, 'utf8')).toBe(
    '[\n{"id":"a","n":12345678901234567000,"m":0.1},\n{"id":"b","n":null},\n{"id":"c"}\n]\n',
  )
})

test('nor do they keep a store whose items a subclass has had in hand from being folded, saved and closed', async () => {
  const disk = new SimulatedDisk()
  disk.putFolder('/d')
  disk.putFile('/d/items.json', '[{"id":"a","m":[1e999,-1e999]}]')
  const owner = await reopened(disk, '/d/items.json')
  await owner.log.save(null, owner.list)
  expect(disk.getText('/d/items.json')).toBe('[\n{"id":"a","m":[null,null]}\n]\n')
  await owner.log.save(null, owner.list)
  expect(owner.warnings).toEqual([expect.stringContaining('"[0].m[0]" of the items is past 1.8e308')])
  await owner.close()
})

describe.each([
  ['lists', Array.prototype],
  ['objects', Object.prototype],
])('while somebody has all %s written as something else', (_, prototype) => {
  async function meanwhile(work: () => Promise<void>): Promise<void> {
    Object.defineProperty(prototype, 'toJSON', { configurable: true, value: () => 'other' })
    try {
      await work()
    } finally {
      Reflect.deleteProperty(prototype, 'toJSON')
    }
  }

  test('no item is written', async () => {
    const persistence = new IdentifiableFilePersistence<Any, string>(new JsonFilePersister(path))
    await persistence.open(null)
    await persistence.create(null, { id: '1', tags: ['a'] })
    const outcomes: unknown[] = []
    await meanwhile(async () => {
      for (const work of [
        () => persistence.create('trace' as never, { id: '2' }),
        () => persistence.close(null),
      ])
        outcomes.push(await work().catch((error: unknown) => error))
    })
    const refused = {
      code: 'INVALID_ITEM',
      message: expect.stringContaining('delete Array.prototype.toJSON'),
    }
    expect(outcomes).toMatchObject([{ ...refused, trace_id: 'trace' }, refused])
    await persistence.close(null)
    expect(readFileSync(path, 'utf8')).toBe('[\n{"id":"1","tags":["a"]}\n]\n')
  })

  test('deletions are, and what was folded, as they are', async () => {
    const disk = new SimulatedDisk()
    disk.putFolder('/d')
    const owner = await reopened(disk, '/d/items.json')
    for (const id of 'abc') await owner.put(id)
    const images: [ids: string, image: SimulatedDisk][] = []
    await meanwhile(async () => {
      await owner.batch([{ op: 'deleteAt', positions: [0, 2] }])
      images.push(['b', disk.afterKill()])
      await owner.delete('b')
      disk.onCall = () => images.push(['', disk.afterKill()])
      await owner.log.save(null, [])
      disk.onCall = null
    })
    expect(images.length).toBeGreaterThan(5)
    for (const [ids, image] of images) expect((await reopened(image, '/d/items.json')).ids()).toBe(ids)
    await owner.close()
  })
})
