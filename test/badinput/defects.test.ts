import { existsSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { FilePersistence } from '../../src/file/FilePersistence.js'
import { IdentifiableFilePersistence } from '../../src/file/IdentifiableFilePersistence.js'
import { JsonFilePersister } from '../../src/file/JsonFilePersister.js'
import {
  AnyValueMap,
  ConfigParams,
  FilterParams,
  PagingParams,
  ProjectionParams,
  SortField,
  SortParams,
  TokenizedPagingParams,
} from '../../src/index.js'
import { IdentifiableMemoryPersistence } from '../../src/memory/IdentifiableMemoryPersistence.js'
import { type Any, KINDS, MEMORY, openFile, pathOf, useSubjects } from './subjects.js'

/*
 * The numbered defects of the original, each shown to be gone. The numbers are those of
 * docs/coming-from-pip-services.md; D27 and D38 are kept for compatibility and are shown to be kept.
 */

useSubjects()

const text = (name: string) => readFileSync(pathOf(name), 'utf8')
const contents = (name: string) => JSON.parse(text(name))
const file = (name: string) =>
  new IdentifiableFilePersistence<Any, Any>(new JsonFilePersister<Any>(pathOf(name)))

describe('data loss', () => {
  test.each([
    ['cut off', '[{"id":"1"},{"id":"2"'],
    ['zero bytes', ''],
    ['NULs', '\0\0\0\0\0\0'],
    ['an object', '{"id":"1"}'],
    ['a scalar', '5'],
    ['null', 'null'],
    ['text', 'not json'],
    ['something behind the array', '[{"id":"1"}]]'],
    ['two arrays', '[][]'],
    ['bad UTF-8', Buffer.from([0x5b, 0x22, 0xff, 0xfe, 0x22, 0x5d])],
    ['a trailing comma', '[{"id":"1"},]'],
    ['a comment', '[/* one */]'],
  ])(
    'D1: a file that holds %s is DATA_CORRUPTED, and stays byte for byte as it was',
    async (_what, content) => {
      writeFileSync(pathOf('data.json'), content)
      const store = file('data.json')
      await expect(store.open(null)).rejects.toMatchObject({ code: 'DATA_CORRUPTED' })
      await expect(store.create(null, { id: 'x' })).rejects.toMatchObject({ code: 'NOT_OPENED' })
      await store.close(null)
      await expect(store.open(null)).rejects.toMatchObject({ code: 'DATA_CORRUPTED' })
      await expect(new JsonFilePersister(pathOf('data.json')).load(null)).rejects.toMatchObject({
        code: 'DATA_CORRUPTED',
      })
      expect(readFileSync(pathOf('data.json'))).toEqual(Buffer.from(content))
    },
  )

  test('D1: a byte order mark and any layout are read', async () => {
    writeFileSync(pathOf('data.json'), '\ufeff \n[ {"id" :\t"1"}\r\n,\n {"id":"2"} ]\n\n')
    const store = await openFile('data.json')
    expect(await store.getListByFilter(null, null)).toEqual([{ id: '1' }, { id: '2' }])
  })

  test('D1: a path that is a folder is READ_FAILED, and no store', async () => {
    mkdirSync(pathOf('data.json'))
    await expect(file('data.json').open(null)).rejects.toMatchObject({ category: 'FileError' })
    expect(statSync(pathOf('data.json')).isDirectory()).toBe(true)
  })

  test('D2: an acknowledged write does not rewrite the file, and is there without close()', async () => {
    const items = Array.from({ length: 1000 }, (_, i) => ({ id: `i${i}`, text: 'x'.repeat(100) }))
    writeFileSync(pathOf('data.json'), JSON.stringify(items))
    const before = statSync(pathOf('data.json'))
    const store = await openFile('data.json')
    await store.updatePartially(null, 'i5', { text: 'new' })
    const after = statSync(pathOf('data.json'))
    expect([after.ino, after.mtimeMs, after.size]).toEqual([before.ino, before.mtimeMs, before.size])
    await store.close(null)
    expect(contents('data.json')[5]).toEqual({ id: 'i5', text: 'new' })
    expect(statSync(pathOf('data.json')).ino).not.toBe(before.ino)
  })

  test('D3: close() of what was not opened, or failed to open, writes nothing', async () => {
    writeFileSync(pathOf('data.json'), '[{"id":"1"}]')
    const before = statSync(pathOf('data.json'))
    await file('data.json').close(null)
    await expect(file('data.json').create(null, { id: '2' })).rejects.toMatchObject({ code: 'NOT_OPENED' })
    const after = statSync(pathOf('data.json'))
    expect([after.ino, after.mtimeMs]).toEqual([before.ino, before.mtimeMs])
    await file('none.json').close(null)
    expect(existsSync(pathOf('none.json'))).toBe(false)
  })

  test.each(KINDS)('D4: sorting does not reorder the store, in %s', async (_name, kind) => {
    let store = await kind.open()
    await store.createMany(
      null,
      [3, 1, 2].map((id) => ({ id, n: id })),
    )
    await store.getListByFilter(null, null, (item: Any) => item.n)
    await store.getListByFilter(null, null, { n: 1 })
    await store.getPageByFilter(null, null, null, (item: Any) => -item.n)
    store = await kind.reopen(store)
    expect((await store.getListByFilter(null, null)).map((item) => item.id)).toEqual([3, 1, 2])
  })

  test('D5: a write whose save fails is not there, and the next one goes on', async () => {
    let fails = true
    const saver = {
      save: async () => {
        if (fails) throw new Error('full')
      },
    }
    const store = new IdentifiableMemoryPersistence<Any, Any>(null, saver)
    await expect(store.create(null, { id: '1' })).rejects.toThrow('full')
    expect(await store.getOneById(null, '1')).toBeNull()
    fails = false
    await store.create(null, { id: '1', n: 1 })
    fails = true
    for (const write of [
      () => store.set(null, { id: '1', n: 2 }),
      () => store.update(null, { id: '1', n: 2 }),
      () => store.updatePartially(null, '1', { n: 2 }),
      () => store.deleteById(null, '1'),
      () => store.deleteByIds(null, ['1']),
      () => store.deleteByFilter(null, null),
      () => store.clear(null),
      () => store.createMany(null, [{ id: '2' }, { id: '3' }]),
    ]) {
      await expect(write()).rejects.toThrow('full')
      expect(await store.getListByFilter(null, null)).toEqual([{ id: '1', n: 1 }])
    }
  })

  test('D6: a second instance on the same file is LOCKED, by whatever name, until the first closes', async () => {
    const first = await openFile('data.json')
    await first.create(null, { id: '1' })
    symlinkSync(pathOf('data.json'), pathOf('link.json'))
    mkdirSync(pathOf('sub'))
    for (const path of [pathOf('data.json'), `${pathOf('sub')}/..//data.json`, pathOf('link.json')]) {
      const second = new IdentifiableFilePersistence<Any, Any>(new JsonFilePersister<Any>(path))
      await expect(second.open(null)).rejects.toMatchObject({ code: 'LOCKED' })
    }
    await first.create(null, { id: '2' })
    await first.close(null)
    const second = await openFile('data.json')
    expect(await second.getCountByFilter(null, null)).toBe(2)
  })

  test('D7: writes at the same time all end up in the file, in the order of calls', async () => {
    const store = await openFile('data.json')
    await Promise.all(Array.from({ length: 200 }, (_, i) => store.create(null, { id: i })))
    await Promise.all(Array.from({ length: 200 }, (_, i) => store.updatePartially(null, i % 10, { n: i })))
    await store.close(null)
    expect(contents('data.json').map((item: Any) => item.id)).toEqual(
      Array.from({ length: 200 }, (_, i) => i),
    )
    expect(
      contents('data.json')
        .slice(0, 10)
        .map((item: Any) => item.n),
    ).toEqual(Array.from({ length: 10 }, (_, i) => 190 + i))
  })

  test('D8: declared Dates come back as Dates and filter as before; what JSON alters is refused', async () => {
    class Events extends IdentifiableFilePersistence<Any, Any> {
      constructor() {
        super(new JsonFilePersister<Any>(pathOf('events.json')))
        this.dateFields('when', 'log.at')
        this.ensureIndex({ when: 1 })
      }
    }
    const when = new Date('2024-01-02T03:04:05.678Z')
    let store = new Events()
    await store.open(null)
    await store.create(null, { id: '1', when, log: { at: when }, text: when.toISOString() })
    for (let round = 0; round < 2; round++) {
      const got = await store.getOneById(null, '1')
      expect([got.when, got.log.at, got.text]).toEqual([when, when, when.toISOString()])
      expect(await store.getCountByFilter(null, { when: { $gte: when } })).toBe(1)
      expect(await store.getCountByFilter(null, { when: { $gt: when } })).toBe(0)
      expect(await store.getCountByFilter(null, (item: Any) => item.when >= when)).toBe(1)
      await store.close(null)
      store = new Events()
      await store.open(null)
    }
    await expect(store.create(null, { id: '2', n: Number.NaN })).rejects.toMatchObject({
      code: 'INVALID_ITEM',
    })
    const made: Any = await store.create(null, { id: '3', gone: undefined, zero: -0 })
    expect([Object.keys(made), Object.is(made.zero, 0)]).toEqual([['id', 'zero'], true])
    await store.close(null)
  })

  test('D9: missing folders are made; a missing path is NO_PATH on load, save and open', async () => {
    const store = await openFile('a/b/c/data.json')
    await store.create(null, { id: '1' })
    await store.close(null)
    expect(contents('a/b/c/data.json')).toEqual([{ id: '1' }])
    const nowhere = new JsonFilePersister<Any>()
    for (const call of [
      () => nowhere.load(null),
      () => nowhere.save(null, []),
      () => new IdentifiableFilePersistence<Any, Any>().open(null),
      () => new FilePersistence<Any>().open(null),
    ])
      await expect(call()).rejects.toMatchObject({ code: 'NO_PATH' })
  })
})

describe.each(KINDS)('identity, in %s', (_name, kind) => {
  test('D10: create() refuses an id that is taken and leaves what is there', async () => {
    let store = await kind.open()
    await store.create(null, { id: '1', n: 1 })
    await expect(store.create('trace', { id: '1', n: 2 })).rejects.toMatchObject({
      code: 'DUPLICATE_ID',
      status: 409,
      trace_id: 'trace',
    })
    await expect(store.createMany(null, [{ id: '2' }, { id: '1' }])).rejects.toMatchObject({
      code: 'DUPLICATE_ID',
    })
    await expect(store.createMany(null, [{ id: '3' }, { id: '3' }])).rejects.toMatchObject({
      code: 'DUPLICATE_ID',
    })
    const both = await Promise.allSettled([store.create(null, { id: '4' }), store.create(null, { id: '4' })])
    expect(both.map((each) => each.status)).toEqual(['fulfilled', 'rejected'])
    store = await kind.reopen(store)
    expect(await store.getListByFilter(null, null)).toEqual([{ id: '1', n: 1 }, { id: '4' }])
  })

  test('D11: ids are compared strictly by every operation', async () => {
    const store = await kind.open()
    await store.createMany(null, [{ id: 1, n: 'number' }, { id: '1', n: 'string' }, { id: true }])
    expect((await store.getOneById(null, '1')).n).toBe('string')
    expect((await store.getListByIds(null, [1])).map((item) => item.n)).toEqual(['number'])
    expect((await store.set(null, { id: '1', n: 'set' })).n).toBe('set')
    expect(await store.update(null, { id: 'true' })).toBeNull()
    await store.create(null, { id: 7 })
    expect([await store.getOneById(null, '7'), await store.deleteById(null, '7')]).toEqual([null, null])
    expect(await store.updatePartially(null, '7', { n: 1 })).toBeNull()
    expect(await store.getListByIds(null, ['7'])).toEqual([])
    await store.deleteByIds(null, ['7'])
    expect(await store.deleteById(null, 7)).toEqual({ id: 7 })
    await store.deleteByIds(null, ['true', 1])
    expect(await store.getListByFilter(null, null)).toEqual([{ id: '1', n: 'set' }, { id: true }])
  })

  test('D12: 0 and false are ids', async () => {
    let store = await kind.open()
    await store.create(null, { id: 0 })
    await store.set(null, { id: false })
    await store.update(null, { id: 0, n: 1 })
    store = await kind.reopen(store)
    expect(await store.getListByFilter(null, null)).toEqual([{ id: 0, n: 1 }, { id: false }])
    expect([await store.deleteById(null, 0), await store.deleteById(null, false)]).toEqual([
      { id: 0, n: 1 },
      { id: false },
    ])
  })

  test("D13: create() and set() treat '' alike", async () => {
    const store = await kind.open()
    const ids = [
      await store.create(null, { id: '' }),
      await store.set(null, { id: '' }),
      await store.set(null, { id: '' }),
    ].map((item) => item.id)
    expect(new Set(ids).size).toBe(3)
  })

  test('D14: only `id` is the id, whatever other fields are called', async () => {
    const store = await kind.open()
    const made: Any = await store.create(null, { ID: 'a', Id: 'b' })
    expect([made.ID, made.Id]).toEqual(['a', 'b'])
    expect(await store.getOneById(null, made.id)).toEqual(made)
  })

  test('D15: an object as id is refused', async () => {
    const store = await kind.open()
    await expect(store.create(null, { id: { a: 1 } })).rejects.toMatchObject({ code: 'INVALID_ITEM' })
    await expect(store.set(null, { id: new Date() })).rejects.toMatchObject({ code: 'INVALID_ITEM' })
  })

  test('D16: updatePartially() does not change the id', async () => {
    const store = await kind.open()
    await store.createMany(null, [{ id: '1' }, { id: '2' }])
    for (const data of [
      { id: '2' },
      { id: '3', n: 1 },
      { id: null },
      { id: 1 },
      AnyValueMap.fromTuples('id', '2'),
    ] as Any[])
      await expect(store.updatePartially(null, '1', data)).rejects.toMatchObject({ code: 'ID_CHANGED' })
    expect(await store.updatePartially(null, '1', { id: '1', n: 1 })).toEqual({ id: '1', n: 1 })
    expect(await store.getListByFilter(null, null)).toEqual([{ id: '1', n: 1 }, { id: '2' }])
  })

  test('D17: null for an item is INVALID_ITEM and stores nothing', async () => {
    const store = await kind.open()
    for (const write of [
      () => store.create(null, null),
      () => store.set(null, null),
      () => store.update(null, null),
    ])
      await expect(write()).rejects.toMatchObject({ code: 'INVALID_ITEM' })
    expect(await store.getCountByFilter(null, null)).toBe(0)
  })
})

describe.each(KINDS)('aliasing, in %s', (_name, kind) => {
  test('D18, D19, D21, D22: nothing that goes in or comes out is what is stored', async () => {
    let store = await kind.open()
    const mine = { id: '1', deep: { list: [{ n: 1 }] } }
    const results: Any[] = [await store.create(null, mine)]
    mine.deep.list.push({ n: 2 })
    results.push(await store.getOneById(null, '1'), (await store.getPageByFilter(null, null)).data[0])
    const list = await store.getListByFilter(null, null)
    results.push(list[0])
    list.length = 0
    results.push(await store.getOneRandom(null, null))
    for (const result of results) result.deep.list[0].n = 9
    const before = await store.getOneById(null, '1')
    const data = { deep: { list: [{ n: 5 }] } }
    const updated: Any = await store.updatePartially(null, '1', data)
    data.deep.list[0]!.n = 6
    updated.deep.list[0].n = 7
    expect(before).toEqual({ id: '1', deep: { list: [{ n: 1 }] } })
    const deleted = { id: '1', deep: { list: [{ n: 5 }] } }
    store = await kind.reopen(store)
    expect(await store.getListByFilter(null, null)).toEqual([deleted])
    expect(await store.deleteById(null, '1')).toEqual(deleted)
  })

  test('D20: items keep their class until they are read from a file', async () => {
    const store = await kind.open()
    class Dog {
      id = '1'
      name = 'Rex'
      bark(): string {
        return `${this.name}!`
      }
    }
    await store.create(null, new Dog())
    expect((await store.getOneById(null, '1')).bark()).toBe('Rex!')
  })
})

describe.each(KINDS)('querying, in %s', (_name, kind) => {
  async function people() {
    const store = await kind.open()
    await store.createMany(null, [
      { id: '1', name: 'Eva', age: 30, home: { city: 'Bonn' } },
      { id: '2', name: 'adam', age: 30 },
      { id: '3', name: 'Zoe', age: 5, home: { city: 'Aachen' } },
    ])
    return store
  }
  const ids = (items: Any[]) => items.map((item) => item.id).join('')

  test('D23: reads and writes by id look at one item', async () => {
    const store = await people()
    expect(await store.explain(null, { id: '2' })).toMatchObject({ index: 'id', examined: 1 })
  })

  test('D24: FilterParams filter; an unknown kind of filter is refused', async () => {
    const store = await people()
    expect(ids(await store.getListByFilter(null, FilterParams.fromTuples('age', '30')))).toBe('12')
    expect(ids(await store.getListByFilter(null, FilterParams.fromTuples('ids', '3,1,9')))).toBe('13')
    expect(ids(await store.getListByFilter(null, FilterParams.fromTuples('name', null)))).toBe('123')
    await expect(store.getListByFilter(null, 'age = 30' as Any)).rejects.toMatchObject({
      code: 'INVALID_FILTER',
    })
  })

  test('D25: SortParams sort, by several fields and downwards, texts too', async () => {
    const store = await people()
    const sort = new SortParams(new SortField('age', false), new SortField('name'))
    expect(ids(await store.getListByFilter(null, null, sort))).toBe('123')
    expect(
      ids((await store.getPageByFilter(null, null, null, new SortParams(new SortField('name', false)))).data),
    ).toBe('231')
  })

  test('D26: projections keep what they name', async () => {
    const store = await people()
    const { data } = await store.getPageByFilter(
      null,
      null,
      null,
      null,
      ProjectionParams.fromString('name,home(city)') as Any,
    )
    expect(data).toEqual([
      { name: 'Eva', home: { city: 'Bonn' } },
      { name: 'adam' },
      { name: 'Zoe', home: { city: 'Aachen' } },
    ])
  })

  test('D27: kept: a page is capped at options.max_page_size, and take 0 is a full page', async () => {
    const store = await people()
    store.configure(ConfigParams.fromTuples('options.max_page_size', 2))
    expect((await store.getPageByFilter(null, null, new PagingParams(0, 50))).data).toHaveLength(2)
    expect((await store.getPageByFilter(null, null, new PagingParams(0, 0, true))).data).toHaveLength(2)
    expect(await store.getListByFilter(null, null)).toHaveLength(3)
  })

  test('D28: pages by token do not shift under writes', async () => {
    const store = await people()
    const first = await store.getPageByToken(null, null, new TokenizedPagingParams(null, 1))
    await store.deleteById(null, '1')
    const second = await store.getPageByToken(null, null, new TokenizedPagingParams(first.token, 1))
    expect([ids(first.data), ids(second.data)]).toEqual(['1', '2'])
  })

  test('D29: deleteByFilter(null) deletes all, on every store; an undefined condition nothing', async () => {
    let store = await people()
    await expect(store.deleteByFilter(null, { name: undefined })).rejects.toMatchObject({
      code: 'EMPTY_FILTER',
    })
    await store.deleteByFilter(null, { age: 5 })
    expect(await store.getCountByFilter(null, null)).toBe(2)
    await store.deleteByFilter(null, null)
    await store.deleteByFilter(null, null)
    store = await kind.reopen(store)
    expect(await store.getCountByFilter(null, null)).toBe(0)
  })

  test('D30: filters have operators, so that nobody writes them by hand', async () => {
    const store = await people()
    const filter = {
      $or: [{ name: { $istartsWith: 'E' } }, { 'home.city': { $contains: 'ach' } }],
      age: { $gte: 5, $lt: 31 },
    }
    expect(ids(await store.getListByFilter(null, filter))).toBe('13')
  })
})

describe('configuration, life cycle and data types', () => {
  test('D31: FilePersistence takes options.max_page_size', async () => {
    const store = new FilePersistence<Any>()
    store.configure(ConfigParams.fromTuples('path', pathOf('plain.json'), 'options.max_page_size', 1))
    await store.open(null)
    await store.createMany(null, [{ n: 1 }, { n: 2 }])
    expect((await store.getPageByFilter(null, null)).data).toEqual([{ n: 1 }])
    await store.close(null)
    expect(contents('plain.json')).toEqual([{ n: 1 }, { n: 2 }])
  })

  test.each([0, -1, 1.5])('D32: a page size of %d is BAD_CONFIG', async (size) => {
    const store = await MEMORY.open()
    expect(() => store.configure(ConfigParams.fromTuples('options.max_page_size', size))).toThrow(
      expect.objectContaining({ code: 'BAD_CONFIG' }),
    )
  })

  test('D33: operations of a file need open()', async () => {
    const store = file('data.json')
    await expect(store.getListByFilter(null, null)).rejects.toMatchObject({ code: 'NOT_OPENED' })
    await store.open(null)
    await store.close(null)
    await expect(store.getListByFilter(null, null)).rejects.toMatchObject({ code: 'NOT_OPENED' })
  })

  test('D36, D37: a partial update keeps 0, false, empty text and null, and loses nothing to undefined', async () => {
    const store = await openFile('data.json')
    await store.create(null, { id: '1', kept: 1 })
    const data = AnyValueMap.fromTuples(
      'zero',
      0,
      'no',
      false,
      'empty',
      '',
      'nothing',
      null,
      'gone',
      undefined,
      'last',
      1,
    )
    await store.updatePartially(null, '1', data)
    expect(await store.getOneById(null, '1')).toMatchObject({
      id: '1',
      kept: 1,
      zero: 0,
      no: false,
      empty: '',
      nothing: null,
      last: 1,
    })
  })

  test('D45: a text, a context and null are all good as context', async () => {
    const store = await openFile('data.json')
    await store.create(null, { id: '0' })
    for (const [context, trace] of [
      ['text', 'text'],
      [{ get: (key: string) => (key === 'trace_id' ? 'abc' : undefined) }, 'abc'],
      [null, null],
      [undefined, null],
    ] as Any[])
      await expect(store.create(context, { id: '0' })).rejects.toMatchObject({
        code: 'DUPLICATE_ID',
        trace_id: trace,
      })
  })
})
