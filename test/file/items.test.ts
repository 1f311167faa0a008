import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { ConfigParams, Descriptor, References } from '../../src/component/index.js'
import { checkSavable } from '../../src/file/checkItems.js'
import {
  FilePersistence,
  IdentifiableFilePersistence,
  IdentifiableMemoryPersistence,
  IdentifiablePersistence,
  JsonFilePersister,
  salvage,
  verify,
} from '../../src/index.js'
import { SimulatedDisk } from '../simulated/SimulatedDisk.js'
import { codeOf, reopened, TestOwner } from './support/TestOwner.js'

let folder: string
let path: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-items-'))
  path = join(folder, 'items.json')
})

afterEach(() => rmSync(folder, { recursive: true, force: true }))

type Any = Record<string, unknown> & { id: string }

/** A store without ids whose items somebody edits as subclasses do, also by an array that they read earlier. */
class Letters extends FilePersistence<{ n: string }> {
  constructor(readonly disk: SimulatedDisk) {
    super(new JsonFilePersister('/d/letters.json', { disk }))
  }

  get items(): { n: string }[] {
    return this._items
  }

  override save(): Promise<void> {
    return super.save(null)
  }

  add(n: string): Promise<{ n: string }> {
    return this.create(null, { n })
  }

  drop(n: string): Promise<void> {
    return this.deleteByFilter(null, (item: { n: string }) => item.n === n)
  }

  /** All letters; those that an opening finds after a kill. */
  async text(): Promise<string> {
    return (await this.getListByFilter(null, null)).map(({ n }) => n).join('')
  }

  async textAfterKill(): Promise<string> {
    const next = new Letters(this.disk.afterKill())
    await next.open(null)
    return next.text()
  }
}

/** The same, with the field declared again. */
class LettersOfItsOwn extends Letters {
  protected override _items: { n: string }[] = []
}

/** Edits its items as subclasses do. */
class Edited extends IdentifiableFilePersistence<Any, string> {
  get items(): Any[] {
    return this._items
  }
}

type Component =
  | FilePersistence<Any>
  | IdentifiableFilePersistence<Any, string>
  | IdentifiableMemoryPersistence<Any, string>

function configured<P extends Component>(persistence: P, ...options: string[]): P {
  persistence.configure(ConfigParams.fromTuples('path', path, ...options))
  return persistence
}

const COMPONENTS = {
  FilePersistence: (...options: string[]) => configured(new FilePersistence<Any>(), ...options),
  IdentifiableFilePersistence: (...options: string[]) =>
    configured(new IdentifiableFilePersistence<Any, string>(), ...options),
  IdentifiablePersistence: (...options: string[]) => {
    const persistence = new IdentifiablePersistence<Any, string>('items', { url: `file:${path}` })
    if (options.length > 0) persistence.configure(ConfigParams.fromTuples(...options))
    return persistence
  },
}

describe.each(Object.entries(COMPONENTS))(
  '%s: an array that holds something else than objects',
  (_, make) => {
    test.each([
      ['7', 'element 1 of its array is a number'],
      ['"s"', 'element 1 of its array is a string'],
      ['null', 'element 1 of its array is null'],
      ['[{"id":"2"}]', 'element 1 of its array is an array'],
    ])('%s is refused, the file stays, and another opening is let in', async (text, said) => {
      writeFileSync(path, `[{"id":"1"},${text}]`)
      for (const options of [[], ['options.read_only', 'true']])
        await expect(make(...options).open(null)).rejects.toMatchObject({
          code: 'DATA_CORRUPTED',
          message: expect.stringContaining(said),
        })
      expect(readFileSync(path, 'utf8')).toBe(`[{"id":"1"},${text}]`)
      expect(readdirSync(folder)).toEqual(['items.json'])
      expect(await verify(path)).toMatchObject({ ok: false, error: { code: 'DATA_CORRUPTED' } })
      expect(await new JsonFilePersister(path).load(null)).toEqual([{ id: '1' }, JSON.parse(text)])
      writeFileSync(path, '[{"id":"1"}]')
      const mended = make()
      await mended.open(null)
      expect(await mended.getCountByFilter(null, null)).toBe(1)
      await mended.close(null)
    })
  },
)

async function warningsOf(persistence: Component): Promise<string[]> {
  const told: string[] = []
  const logger = {
    log: (_level: number, _context: unknown, _error: unknown, text: string) => told.push(text),
  }
  persistence.setReferences(References.fromTuples(new Descriptor('test', 'logger', 'x', 'x', '1.0'), logger))
  await persistence.open(null)
  await persistence.close(null)
  return told
}

describe('items without an id', () => {
  test('are told of where items have ids, and are how things should be where they have none', async () => {
    writeFileSync(path, '[{"a":1},{"a":2}]')
    const identified = COMPONENTS.IdentifiableFilePersistence()
    expect((await warningsOf(identified)).join()).toContain('items without an id: 2')
    expect(identified.recovery).toMatchObject({ itemsWithoutId: 2, duplicateIds: [] })
    const others = COMPONENTS.FilePersistence()
    expect(await warningsOf(others)).toEqual([])
    expect(others.recovery).toMatchObject({ itemsWithoutId: 0 })
    expect(await verify(path)).toMatchObject({ ok: true, itemsWithoutId: 2 })
  })

  test('a field named id is none in a store without ids', async () => {
    writeFileSync(path, '[{"id":"1"},{"id":"1"},{}]')
    const persistence = COMPONENTS.FilePersistence()
    expect(await warningsOf(persistence)).toEqual([])
    expect(persistence.recovery).toMatchObject({ itemsWithoutId: 0, duplicateIds: [] })
    expect(await verify(path)).toMatchObject({ itemsWithoutId: 1, duplicateIds: ['1'] })
  })
})

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
    const persistence = configured(new Edited())
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
    const persistence = configured(new Edited())
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
      const persistence = configured(new Edited())
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

test('a persister that is used by whole saves leaves its file without an owner, which is warned of', async () => {
  class Migrating extends JsonFilePersister<Any> {
    override async load(context: unknown): Promise<Any[]> {
      return (await super.load(context as null)).map((item) => ({ ...item, old: true }))
    }
  }
  const persister = new JsonFilePersister<Any>(path)
  const own = { load: async () => [], save: async () => {} }
  const warned = [expect.stringContaining('has no owner between a load and a save')]
  expect(await warningsOf(new IdentifiableFilePersistence<Any, string>(new Migrating(path)))).toEqual(warned)
  for (const pair of [
    [persister, new JsonFilePersister<Any>(path)],
    [persister, own],
    [null, persister],
  ] as const)
    expect(await warningsOf(new IdentifiableMemoryPersistence<Any, string>(...pair))).toEqual(warned)
  expect(await warningsOf(new IdentifiableMemoryPersistence<Any, string>(persister, persister))).toEqual([])
  expect(await warningsOf(new IdentifiableMemoryPersistence<Any, string>(own, own))).toEqual([])
})

test('verify and salvage follow a link to where the journals are', async () => {
  mkdirSync(join(folder, 'real'))
  symlinkSync(join('real', 'items.json'), path)
  const persistence = configured(new Edited(), 'options.fold_on_close', 'false')
  await persistence.open(null)
  await persistence.create(null, { id: '1' })
  await persistence.close(null)
  const real = join(realpathSync(folder), 'real', 'items.json')
  expect(await verify(path)).toMatchObject({ path: real, ok: true, items: 1 })
  expect(await salvage(path, join(folder, 'out.json'))).toMatchObject({ written: 1, batches: 1 })
  writeFileSync(real, '[{"id":"other"}]')
  expect(await verify(path)).toMatchObject({ path: real, ok: false, journals: [`${real}.journal-1`] })
})

test('a relative path is READ_FAILED where the working directory was removed', async () => {
  const cwd = vi.spyOn(process, 'cwd').mockImplementation(() => {
    throw Object.assign(new Error('ENOENT: no such file or directory, uv_cwd'), { code: 'ENOENT' })
  })
  try {
    const persister = new JsonFilePersister<Any>('items.json')
    const calls = [
      persister.load('trace' as never),
      persister.save('trace' as never, []),
      new IdentifiableFilePersistence<Any, string>(persister).open('trace' as never),
    ]
    for (const call of calls)
      await expect(call).rejects.toMatchObject({ code: 'READ_FAILED', trace_id: 'trace' })
    for (const call of [verify('items.json'), salvage('items.json', path)])
      await expect(call).rejects.toMatchObject({ code: 'READ_FAILED' })
  } finally {
    cwd.mockRestore()
  }
})

test('no options at all are BAD_CONFIG for verify and salvage', async () => {
  expect(await codeOf(verify(path, null as never))).toBe('BAD_CONFIG')
  expect(await codeOf(salvage(path, join(folder, 'out.json'), null as never))).toBe('BAD_CONFIG')
})

test.each([
  [{ toString: 1 }, 'has no option "toString". It has: durability'],
  [{ lockWaitMs: 10n }, 'cannot be 10n'],
  [{ durability: Object.assign({}, { self: globalThis }) }, '"options.durability"'],
])('an option that does not exist, or of a value that JSON has not, is BAD_CONFIG (%#)', (options, said) => {
  const make = () => new JsonFilePersister('x.json', options as never)
  expect(make).toThrow(
    expect.objectContaining({ code: 'BAD_CONFIG', message: expect.stringContaining(said) }),
  )
})

test('numbers of other programs that a double cannot hold are rounded as they are read, and written so', async () => {
  writeFileSync(path, '[{"id":"a","n":12345678901234567890,"m":0.1},{"id":"b","n":1e999}]')
  const items = configured(new IdentifiableFilePersistence<Any, string>())
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

test.each([
  ['Array', Array.prototype],
  ['String', String.prototype],
  ['Number', Number.prototype],
  ['Boolean', Boolean.prototype],
  ['Array', Object.prototype],
])(
  'no item is written while all values of a type would be written as something else (%s)',
  async (name, prototype) => {
    const persistence = configured(new IdentifiableFilePersistence<Any, string>())
    await persistence.open(null)
    await persistence.create(null, { id: '1', tags: ['a'] })
    Object.defineProperty(prototype, 'toJSON', { configurable: true, value: () => 'other' })
    let refused: unknown
    let closed: unknown
    try {
      refused = await persistence.create('trace', { id: '2', tags: ['b'] }).catch((error: unknown) => error)
      closed = await persistence.close(null).catch((error: unknown) => error)
    } finally {
      Reflect.deleteProperty(prototype, 'toJSON')
    }
    expect(refused).toMatchObject({
      code: 'INVALID_ITEM',
      trace_id: 'trace',
      message: expect.stringContaining(`${name}.prototype`),
    })
    expect(closed).toMatchObject({ code: 'INVALID_ITEM' })
    await persistence.close(null)
    expect(readFileSync(path, 'utf8')).toBe('[\n{"id":"1","tags":["a"]}\n]\n')
  },
)

describe.each([
  ['', Letters],
  [', with a field of its own', LettersOfItsOwn],
])('items without ids%s', (_, LettersClass) => {
  async function opened(): Promise<Letters> {
    const disk = new SimulatedDisk()
    disk.putFolder('/d')
    disk.putFile('/d/letters.json', '[{"n":"a"},{"n":"b"},{"n":"c"},{"n":"d"}]')
    const letters = new LettersClass(disk)
    await letters.open(null)
    return letters
  }

  test.each(['before the save', 'while it is saved', 'after the save'])(
    'are deleted, and no others, when the array that was read earlier is edited %s',
    async (when) => {
      const letters = await opened()
      await letters.add('e')
      const kept = letters.items
      if (when.startsWith('before')) kept.unshift({ n: 'x' })
      const saving = letters.save()
      // Not in the same turn: what is saved is what stands there when the save begins.
      await null
      if (when.startsWith('while')) kept.unshift({ n: 'x' })
      await saving
      if (when.startsWith('after')) kept.unshift({ n: 'x' })
      await letters.drop('c')
      expect([await letters.text(), await letters.textAfterKill()]).toEqual(['xabde', 'xabde'])
    },
  )

  test('are deleted that were added to an array read earlier', async () => {
    const letters = await opened()
    const kept = letters.items
    await letters.save()
    kept.push({ n: 'x' })
    await letters.drop('x')
    await letters.add('y')
    expect([await letters.text(), await letters.textAfterKill()]).toEqual(['abcdy', 'abcdy'])
  })

  test('are named by their places as long as nobody has read the array', async () => {
    const letters = await opened()
    await letters.save()
    await letters.drop('c')
    const journal = [...letters.disk.files().keys()].find((path) => path.includes('journal'))!
    expect(letters.disk.getText(journal)).toContain('["deleteAt",[2]]')
    expect(await letters.textAfterKill()).toBe('abd')
  })
})
