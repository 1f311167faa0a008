import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ConfigParams } from '../../src/component/index.js'
import { IdentifiablePersistence } from '../../src/persistence/IdentifiablePersistence.js'
import { configured, Notes, newFolder, notesUpTo } from './Notes.js'
import { type SqliteDatabase, sqliteDriverOf } from './sqliteProbe.js'

const sqlite = await sqliteDriverOf()

describe('configure()', () => {
  test('connection.uri is a URL too, and url goes before it', async () => {
    const byUri = configured('connection.uri', 'memory:')
    await byUri.open(null)
    expect(byUri.capabilities?.name).toBe('memory')
    const both = configured('connection.uri', 'floppy:', 'url', 'memory:')
    await both.open(null)
    expect(both.capabilities?.name).toBe('memory')
  })

  test('goes over the constructor, and a later call over an earlier one', async () => {
    const notes = new Notes({ url: 'floppy:' })
    notes.configure(ConfigParams.fromTuples('url', 'floppy:2', 'options.max_page_size', 3))
    notes.configure(ConfigParams.fromTuples('url', 'memory:'))
    await notes.open(null)
    await notes.createMany(null, notesUpTo(5))
    expect((await notes.getPageByFilter(null, null)).data).toHaveLength(3)
  })

  test.each([
    ['table', ['table', 'memos'], 'memos'],
    ['collection', ['collection', 'memos'], 'memos'],
    ['table before collection', ['collection', 'others', 'table', 'memos'], 'memos'],
    ['neither', [], 'notes'],
  ])('the name is that of %s', async (_, tuples, name) => {
    const { message } = await configured(...tuples)
      .getOneById(null, '1')
      .then(
        () => new Error('It did not fail.'),
        (error: Error) => error,
      )
    expect(message).toContain(`"${name}"`)
  })

  test('a token of a component with another name is refused', async () => {
    const first = await filled(configured('url', 'memory:', 'table', 'one'))
    const { token } = await first.getPageByToken(null, null, { take: 2 })
    expect((await first.getPageByToken(null, null, { token, take: 2 })).data.map(({ id }) => id)).toEqual([
      'n00002',
      'n00003',
    ])
    const second = await filled(configured('url', 'memory:', 'table', 'two'))
    await expect(second.getPageByToken(null, null, { token, take: 2 })).rejects.toMatchObject({
      code: 'INVALID_TOKEN',
    })
  })

  test('options.max_page_size is the default and the bound of a page', async () => {
    const notes = await filled(configured('url', 'memory:', 'options.max_page_size', '4'))
    expect((await notes.getPageByFilter(null, null)).data).toHaveLength(4)
    expect((await notes.getPageByFilter(null, null, { take: 5 })).data).toHaveLength(4)
    expect((await notes.getPageByFilter(null, null, { take: 3 })).data).toHaveLength(3)
    expect((await notes.getPageByToken(null, null, { take: 5 })).data).toHaveLength(4)
    expect(await notes.getListByFilter(null, null)).toHaveLength(6)
  })

  test.each([
    ['options.max_page_size', '0'],
    ['options.max_page_size', '2.5'],
    ['options.id_type', 'uuid'],
    ['options.reads', 'melted'],
  ])('%s cannot be %j', (key, value) => {
    expect(() => configured(key, value)).toThrow(expect.objectContaining({ code: 'BAD_CONFIG' }))
  })

  test('options.id_type number takes numbers and no strings', async () => {
    const things = new IdentifiablePersistence<{ id: number }, number>('things', { url: 'memory:' })
    things.configure(ConfigParams.fromTuples('options.id_type', 'number'))
    await things.open(null)
    await things.create(null, { id: 7 })
    expect(await things.getOneById(null, 7)).toEqual({ id: 7 })
    expect(await things.getOneById(null, '7' as never)).toBeNull()
    await expect(things.create(null, { id: '8' as never })).rejects.toMatchObject({ code: 'INVALID_ITEM' })
  })

  test('without options.id_type ids are strings', async () => {
    const notes = await filled(configured('url', 'memory:'))
    await expect(notes.create(null, { id: 8 as never, key: 'x' })).rejects.toMatchObject({
      code: 'INVALID_ITEM',
    })
  })

  test('options.reads frozen hands out the stored objects, frozen; copied does not', async () => {
    const frozen = configured('url', 'memory:', 'options.reads', 'frozen')
    await frozen.open(null)
    await frozen.create(null, { id: '1', key: 'a', tags: ['t'] })
    const one = await frozen.getOneById(null, '1')
    expect(await frozen.getOneById(null, '1')).toBe(one)
    expect([Object.isFrozen(one), Object.isFrozen(one?.tags)]).toEqual([true, true])
    const copied = await filled(configured('url', 'memory:', 'options.reads', 'copied'))
    const two = await copied.getOneById(null, 'n00001')
    expect(await copied.getOneById(null, 'n00001')).not.toBe(two)
    expect(Object.isFrozen(two)).toBe(false)
  })

  test('with frozen reads what holds a Date is copied, since a Date cannot be frozen', async () => {
    const notes = await filled(configured('url', 'memory:', 'options.reads', 'frozen'))
    const note = await notes.getOneById(null, 'n00001')
    note?.at?.setTime(0)
    expect((await notes.getOneById(null, 'n00001'))?.at).toEqual(new Date(1000))
  })
})

describe('settings of the file store', () => {
  test('options.fold_on_close and options.durability reach it, and path does not', async () => {
    const folder = newFolder()
    const path = join(folder, 'notes.json')
    const settings = ['path', join(folder, 'other.json'), 'options.fold_on_close', 'false']
    const notes = await filled(configured('url', `file:${path}`, 'options.durability', 'none', ...settings))
    await notes.close(null)
    expect(readFileSync(`${path}.journal-1`).length).toBeGreaterThan(0)
    const again = new Notes({ url: `file:${path}` })
    await again.open(null)
    expect(await again.getCountByFilter(null, null)).toBe(6)
    expect(again.recovery).toMatchObject({ journalFound: true, batchesReplayed: 1 })
    await again.close(null)
  })

  test.each([
    ['options.durability', 'sometimes'],
    ['options.checkpoint_size', 'big'],
    ['options.lock_wait_ms', '-1'],
  ])('%s cannot be %j', async (key, value) => {
    const notes = configured('url', `file:${newFolder()}/a.json`, key, value)
    await expect(notes.open(null)).rejects.toMatchObject({ code: 'BAD_CONFIG' })
  })

  test('options.read_only lets read beside the owner, and refuses writes', async () => {
    const url = `file:${newFolder()}/notes.json`
    const owner = await filled(new Notes({ url }))
    await expect(new Notes({ url }).open(null)).rejects.toMatchObject({ code: 'LOCKED' })
    const reader = configured('url', url, 'options.read_only', 'true')
    await reader.open(null)
    expect(await reader.getCountByFilter(null, null)).toBe(6)
    await expect(reader.deleteById(null, 'n00001')).rejects.toMatchObject({ code: 'UNSUPPORTED' })
    await reader.close(null)
    await owner.close(null)
  })
})

describe.skipIf(sqlite === null)('settings of the SQLite store', () => {
  test.each([
    [null, 'FULL'],
    ['sync', 'FULL'],
    ['interval', 'NORMAL'],
    ['none', 'NORMAL'],
  ])('options.durability %s asks for synchronous = %s', async (durability, mode) => {
    const said: string[] = []
    const notes = new Notes({
      url: `sqlite:${newFolder()}/a.db`,
      driver: sqlite?.listening((text) => said.push(text)),
    })
    if (durability !== null) notes.configure(ConfigParams.fromTuples('options.durability', durability))
    await notes.open(null)
    await notes.close(null)
    expect(said).toContain(`PRAGMA synchronous = ${mode}`)
  })

  test('options.durability cannot be misspelled', async () => {
    const notes = new Notes({ url: `sqlite:${newFolder()}/a.db`, driver: sqlite?.module })
    notes.configure(ConfigParams.fromTuples('options.durability', 'synch'))
    await expect(notes.open(null)).rejects.toMatchObject({ code: 'BAD_CONFIG' })
  })

  test('options.busy_timeout_ms bounds the wait for another writer', async () => {
    const path = join(newFolder(), 'a.db')
    const notes = new Notes({ url: `sqlite:${path}`, driver: sqlite?.module })
    notes.configure(ConfigParams.fromTuples('options.busy_timeout_ms', 50))
    await notes.open(null)
    const other = sqlite?.open(path) as SqliteDatabase
    other.exec('BEGIN IMMEDIATE')
    const from = performance.now()
    await expect(notes.create(null, { id: '1', key: 'a' })).rejects.toMatchObject({ code: 'LOCKED' })
    const waitedMs = performance.now() - from
    expect(waitedMs).toBeGreaterThan(45)
    expect(waitedMs).toBeLessThan(5000)
    other.exec('ROLLBACK')
    other.close()
    await notes.create(null, { id: '1', key: 'a' })
    await notes.close(null)
  })

  test('two components with tables of their own share a file', async () => {
    const url = `sqlite:${newFolder()}/a.db`
    const one = await filled(new Notes({ url, driver: sqlite?.module }))
    const two = new Notes({ url, driver: sqlite?.module })
    two.configure(ConfigParams.fromTuples('table', 'memos'))
    await two.open(null)
    expect([await one.getCountByFilter(null, null), await two.getCountByFilter(null, null)]).toEqual([6, 0])
    await one.close(null)
    await two.close(null)
  })
})

async function filled(notes: Notes): Promise<Notes> {
  await notes.open(null)
  await notes.createMany(null, notesUpTo(6))
  return notes
}
