import { cpSync, readFileSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ConfigParams } from '../../src/component/index.js'
import { framesOf } from '../file/support/journalOf.js'
import { configured, Notes, newFolder, notesUpTo } from './Notes.js'

const DECLARATIONS = [
  ['ensureIndex', (notes: Notes) => notes.ensureIndex({ other: 1 })],
  ['dateFields', (notes: Notes) => notes.dateFields('other')],
] as const

describe('declarations', () => {
  test.each(DECLARATIONS)('%s() is refused while open and on its way there', async (_, declareIt) => {
    const notes = new Notes({ url: 'memory:' })
    const refused = expect.objectContaining({ code: 'UNSUPPORTED' })
    const opening = notes.open(null)
    expect(() => declareIt(notes)).toThrow(refused)
    await opening
    expect(() => declareIt(notes)).toThrow(refused)
    const closing = notes.close(null)
    expect(() => declareIt(notes)).toThrow(refused)
    await closing
    // A closed memory component keeps its items, and an index made now would not hold them.
    expect(() => declareIt(notes)).toThrow(refused)
  })

  test.each(DECLARATIONS)('%s() counts until open is called', async (_, declareIt) => {
    const notes = new Notes({ url: 'memory:' })
    expect(() => declareIt(notes)).not.toThrow()
  })

  test('a refused declaration changes nothing', async () => {
    const notes = new Notes({ url: 'memory:' })
    await notes.open(null)
    expect(() => notes.ensureIndex({ text: 1 }, { unique: true })).toThrow()
    expect(() => notes.dateFields('later')).toThrow()
    await notes.createMany(null, notesUpTo(3))
    expect(await notes.explain(null, { text: 'a' })).toMatchObject({ index: null })
    const late = { id: 'x', key: 'x', later: new Date() }
    await expect(notes.create(null, late as never)).rejects.toMatchObject({ code: 'INVALID_ITEM' })
  })

  test('the same index twice is one', async () => {
    const notes = new Notes({ url: 'memory:' })
    notes.ensureIndex({ key: 1 }, { unique: true })
    await notes.open(null)
    await notes.create(null, { id: '1', key: 'a' })
    await expect(notes.create(null, { id: '2', key: 'a' })).rejects.toMatchObject({ code: 'DUPLICATE_KEY' })
    expect(await notes.explain(null, { key: 'a' })).toMatchObject({ index: 'key:1:unique', returned: 1 })
  })
})

describe('open and close', () => {
  test('a memory component keeps its items over close and open', async () => {
    const notes = new Notes({ url: 'memory:' })
    await notes.open(null)
    await notes.createMany(null, notesUpTo(3))
    await notes.close(null)
    await expect(notes.getOneById(null, 'n00001')).rejects.toMatchObject({ code: 'NOT_OPENED' })
    await notes.open(null)
    expect(await notes.getListByFilter(null, null)).toEqual(notesUpTo(3))
    await expect(notes.create(null, { id: 'x', key: 'key 1' })).rejects.toMatchObject({
      code: 'DUPLICATE_KEY',
    })
  })

  test('two memory components share nothing', async () => {
    const [one, two] = [new Notes({ url: 'memory:' }), new Notes({ url: 'memory:' })] as const
    await one.open(null)
    await two.open(null)
    await one.createMany(null, notesUpTo(3))
    expect(await two.getCountByFilter(null, null)).toBe(0)
  })

  test('a closed component can be opened at another URL', async () => {
    const notes = configured('url', 'memory:')
    await notes.open(null)
    await notes.createMany(null, notesUpTo(3))
    await notes.close(null)
    notes.configure(ConfigParams.fromTuples('url', `file:${newFolder()}/a.json`))
    await notes.open(null)
    expect(notes.capabilities?.name).toBe('file')
    expect(await notes.getCountByFilter(null, null)).toBe(0)
    await notes.close(null)
  })

  test.each([
    ['memory:', (folder: string) => `file:${folder}/a.json`, 'file'],
    ['a file', () => 'memory:', 'memory'],
    ['another file', (folder: string) => `file:${folder}/a.json`, 'file'],
  ])('what is configured while %s is open counts from the next opening on', async (from, to, name) => {
    const notes = configured('url', from === 'memory:' ? from : `file:${newFolder()}/before.json`)
    await notes.open(null)
    await notes.createMany(null, notesUpTo(3))
    notes.configure(ConfigParams.fromTuples('url', to(newFolder())))
    expect(await notes.getCountByFilter(null, null)).toBe(3)
    await notes.close(null)
    await notes.open(null)
    expect(notes.capabilities?.name).toBe(name)
    expect(await notes.getCountByFilter(null, null)).toBe(0)
    await notes.close(null)
  })

  test('capabilities are known while it is open', async () => {
    const notes = new Notes({ url: 'memory:' })
    expect(notes.capabilities).toBeNull()
    await notes.open(null)
    expect(notes.capabilities).toEqual({
      name: 'memory',
      order: 'insertion',
      functions: true,
      durable: false,
      uniqueIndexes: true,
      backup: false,
    })
    await notes.close(null)
    expect(notes.capabilities).toBeNull()
  })

  test('isOpen() follows', async () => {
    const notes = new Notes({ url: 'memory:' })
    const seen = [notes.isOpen()]
    const opening = notes.open(null)
    seen.push(notes.isOpen())
    await opening
    seen.push(notes.isOpen())
    const closing = notes.close(null)
    seen.push(notes.isOpen())
    await closing
    seen.push(notes.isOpen())
    expect(seen).toEqual([false, false, true, false, false])
  })
})

describe('recovery', () => {
  test('is null on memory', async () => {
    const notes = new Notes({ url: 'memory:' })
    expect(notes.recovery).toBeNull()
    await notes.open(null)
    expect(notes.recovery).toBeNull()
  })

  test('tells what the opening of a file found', async () => {
    const path = join(newFolder(), 'notes.json')
    const notes = new Notes({ url: `file:${path}` })
    expect(notes.recovery).toBeNull()
    await notes.open(null)
    expect(notes.recovery).toMatchObject({ journalFound: false, batchesReplayed: 0, bytesSetAside: 0 })
    await notes.createMany(null, notesUpTo(2))
    await notes.create(null, { id: 'z', key: 'z' })
    const cut = copyOf(path)
    await notes.close(null)
    // What a power cut leaves: the last batch is not whole.
    const frames = framesOf(readFileSync(`${cut}.journal-1`))
    truncateSync(`${cut}.journal-1`, frames.length - 3)
    const after = new Notes({ url: `file:${cut}` })
    await after.open(null)
    expect(after.recovery).toMatchObject({ journalFound: true, batchesReplayed: 1 })
    const { bytesSetAside, setAsidePath } = after.recovery ?? {}
    expect(bytesSetAside).toBeGreaterThan(0)
    expect(readFileSync(setAsidePath as string)).toHaveLength(bytesSetAside as number)
    expect((await after.getListByFilter(null, null)).map(({ id }) => id)).toEqual(['n00000', 'n00001'])
    await after.close(null)
  })
})

/** The files of an open store, as they are now, in a folder of their own. */
function copyOf(path: string): string {
  const copy = join(newFolder(), 'notes.json')
  // A new store has no data file until it is first closed or folded.
  cpSync(`${path}.journal-1`, `${copy}.journal-1`)
  return copy
}
