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
import { codeOf } from './support/TestOwner.js'

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
    [own, persister],
    [null, persister],
  ] as const)
    expect(await warningsOf(new IdentifiableMemoryPersistence<Any, string>(...pair))).toEqual(warned)
  expect(await warningsOf(new IdentifiableMemoryPersistence<Any, string>(persister, persister))).toEqual([])
  expect(await warningsOf(new IdentifiableMemoryPersistence<Any, string>(own, own))).toEqual([])
  // What is only read is not saved.
  expect(await warningsOf(new IdentifiableMemoryPersistence<Any, string>(persister, null))).toEqual([])
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

test('of a configuration with a bad value nothing is taken', async () => {
  const persister = new JsonFilePersister<Any>(path)
  const config = ConfigParams.fromTuples(
    'path',
    join(folder, 'other.json'),
    'options.read_only',
    true,
    'options.checkpoint_size',
    'little',
  )
  expect(() => persister.configure(config)).toThrow(expect.objectContaining({ code: 'BAD_CONFIG' }))
  expect(persister.path).toBe(path)
  const persistence = new IdentifiableFilePersistence<Any, string>(persister)
  await persistence.open(null)
  await persistence.create(null, { id: '1' })
  await persistence.close(null)
  const memory = new IdentifiableMemoryPersistence<Any, string>()
  const bad = ConfigParams.fromTuples('options.max_page_size', 1, 'options.reads', 'borrowed')
  expect(() => memory.configure(bad)).toThrow(expect.objectContaining({ code: 'BAD_CONFIG' }))
  await memory.createMany(null, [{ id: '1' }, { id: '2' }])
  expect((await memory.getPageByFilter(null, null, null)).data).toHaveLength(2)
})

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
