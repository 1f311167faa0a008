import { describe, expect, test, vi } from 'vitest'
import { type CallContext, Descriptor, Logger, LogLevel, References } from '../../src/component/index.js'
import { warnTo } from '../../src/core/warnTo.js'
import {
  FilePersistence,
  IdentifiableFilePersistence,
  IdentifiableMemoryPersistence,
  JsonFilePersister,
} from '../../src/index.js'
import { FailingDisk, once } from './support/FailingDisk.js'
import { codeOf } from './support/TestOwner.js'

/** What a component and its file must agree on, whatever subclasses, contexts and loggers do in between. */

const PATH = '/d/items.json'

interface Item {
  id: string
  v?: string
}

class Items extends IdentifiableFilePersistence<Item, string> {
  readonly persister: JsonFilePersister<Item>

  constructor(
    readonly disk: FailingDisk,
    options: { readOnly?: boolean } = {},
  ) {
    const persister = new JsonFilePersister<Item>(PATH, { disk, ...options })
    super(persister)
    this.persister = persister
  }

  get items(): Item[] {
    return this._items
  }

  set logger(logger: unknown) {
    this._logger = logger as typeof this._logger
  }

  override load(): Promise<void> {
    return super.load(null)
  }

  /** What memory shows, and what an opening finds after a kill. */
  async bothTexts(): Promise<[string, string]> {
    const next = new Items(this.disk.afterKill() as FailingDisk)
    await next.open(null)
    return [textOf(await this.getListByFilter(null, null)), textOf(await next.getListByFilter(null, null))]
  }
}

class Letters extends FilePersistence<Item> {
  constructor(readonly disk: FailingDisk) {
    super(new JsonFilePersister<Item>(PATH, { disk }))
  }

  get items(): Item[] {
    return this._items
  }

  override load(): Promise<void> {
    return super.load(null)
  }
}

class InMemory extends IdentifiableMemoryPersistence<Item, string> {
  get items(): Item[] {
    return this._items
  }
}

const textOf = (items: readonly Item[]) => items.map(({ id, v }) => `${id}${v ?? ''}`).join(' ')

function diskWith(text = '[]'): FailingDisk {
  const disk = new FailingDisk()
  disk.putFile(PATH, text)
  return disk
}

async function opened(text?: string): Promise<Items> {
  const items = new Items(diskWith(text))
  await items.open(null)
  return items
}

describe.each([
  ['a file', () => new Items(diskWith())],
  ['a file without ids', () => new Letters(diskWith()) as unknown as Items],
  ['memory', () => new InMemory() as unknown as Items],
])('in %s, code that reads _items while items are looked for', (_, make) => {
  async function withHole(): Promise<Items> {
    const items = make()
    await items.open(null)
    for (const id of 'abcdef') await items.create(null, { id })
    await items.deleteByFilter(null, { id: 'a' })
    return items
  }

  const isAlone = (items: Items, id: string) => items.items.filter((other) => other.id === id).length === 1

  test('finds what is there', async () => {
    const items = await withHole()
    expect(textOf(await items.getListByFilter(null, (it: Item) => isAlone(items, it.id)))).toBe('b c d e f')
  })

  test('sorts what is there', async () => {
    const items = await withHole()
    const backwards = (it: Item) => items.items.length - it.id.charCodeAt(0)
    expect(textOf(await items.getListByFilter(null, null, backwards))).toBe('f e d c b')
  })

  test('deletes what it is true of, and nothing else', async () => {
    const items = await withHole()
    await items.deleteByFilter(null, (it: Item) => it.id === 'b' && isAlone(items, 'b'))
    expect(textOf(await items.getListByFilter(null, null))).toBe('c d e f')
  })
})

describe('a context whose get throws', () => {
  const context = {
    get: () => {
      throw new Error('the request is over')
    },
  }

  test('holds nobody up when the disk refuses', async () => {
    const items = await opened()
    await items.create(null, { id: 'a' })
    items.disk.rule = (call, path) => (call === 'write' && path.includes('journal') ? 'ENOSPC' : null)
    const both = [items.create(context, { id: 'b' }), items.create(null, { id: 'c' })]
    expect(await Promise.all(both.map(codeOf))).toEqual(['STORAGE_FULL', 'STORAGE_FULL'])
    items.disk.rule = () => null
    await items.create(context, { id: 'd' })
    await items.close(null)
    expect(items.disk.getText(PATH)).toBe('[\n{"id":"a"},\n{"id":"d"}\n]\n')
  })

  test('gets what is refused as a rejection', async () => {
    const items = await opened('[{"id":"a"}]')
    expect(await codeOf(items.create(context, { id: 'a' }))).toBe('DUPLICATE_ID')
  })
})

describe('a unique index', () => {
  test('is not made while writes are under way, which were checked without it', async () => {
    const items = await opened()
    const writes = [items.create(null, { id: 'a', v: '1' }), items.create(null, { id: 'b', v: '1' })]
    expect(() => items.ensureIndex({ v: 1 }, { unique: true })).toThrow(/while writes are under way/)
    await Promise.all(writes)
    expect(() => items.ensureIndex({ v: 1 }, { unique: true })).toThrow(/same v "1" as item/)
    await items.deleteById(null, 'b')
    items.ensureIndex({ v: 1 }, { unique: true })
    const refused = items.create(null, { id: 'c', v: '1' })
    // It is there already.
    const taken = items.create(null, { id: 'd', v: '2' })
    items.ensureIndex({ v: 1 }, { unique: true })
    expect(await codeOf(refused)).toBe('DUPLICATE_KEY')
    expect(await taken).toEqual({ id: 'd', v: '2' })
  })

  test('is not broken by a save, a closing or a load, after which the file would not open', async () => {
    const items = new Items(diskWith('[{"id":"a","v":"1"},{"id":"b","v":"2"}]'))
    items.ensureIndex({ v: 1 }, { unique: true })
    await items.open(null)
    items.items[1]!.v = '1'
    expect(await codeOf(items.save(null))).toBe('DUPLICATE_KEY')
    expect(await codeOf(items.close(null))).toBe('DUPLICATE_KEY')
    items.items[1]!.v = '3'
    items.disk.putFile('/d/other.json', '[{"id":"x","v":"9"},{"id":"y","v":"9"}]')
    items.persister.path = '/d/other.json'
    expect(await codeOf(items.load())).toBe('DUPLICATE_KEY')
    expect(textOf(await items.getListByFilter(null, null))).toBe('a1 b3')
    await items.close(null)
    expect(items.disk.getText(PATH)).toBe('[\n{"id":"a","v":"1"},\n{"id":"b","v":"3"}\n]\n')
  })
})

describe('writes at once to items that share an id', () => {
  const TWINS = '[{"id":"1","v":"a"},{"id":"1","v":"b"}]'

  test.each([
    ['create', 'DUPLICATE_ID'],
    ['set', null],
    ['updatePartially', null],
  ] as const)('%s behind a deletion meets the one that is left', async (what, refused) => {
    const items = await opened(TWINS)
    const deleted = items.deleteById(null, '1')
    const item = { id: '1', v: 'c' }
    const written: Promise<unknown> =
      what === 'updatePartially' ? items.updatePartially(null, '1', { v: 'c' }) : items[what](null, item)
    if (refused === null) await written
    else expect(await codeOf(written)).toBe(refused)
    expect(await deleted).toEqual({ id: '1', v: 'a' })
    const text = refused === null ? '1c' : '1b'
    expect(await items.bothTexts()).toEqual([text, text])
  })
})

test('items that come to share an id while a write waits are told apart when it is its turn', async () => {
  const items = await opened('[{"id":"1","v":"a"}]')
  const saved = items.save(null)
  const deleted = items.deleteById(null, '1')
  const written = items.updatePartially(null, '1', { v: 'c' })
  items.items.push({ id: '1', v: 'b' })
  await saved
  expect(await deleted).toEqual({ id: '1', v: 'a' })
  expect(await written).toEqual({ id: '1', v: 'c' })
  expect(await items.bothTexts()).toEqual(['1c', '1c'])
})

test('a component that only reads is closed when its subclass has read _items', async () => {
  const items = new Items(diskWith('[{"id":"a"}]'), { readOnly: true })
  await items.open(null)
  expect(items.items).toHaveLength(1)
  await items.close(null)
  expect(items.isOpen()).toBe(false)
})

test('what was loaded from another path is not taken for what the open file holds', async () => {
  const letters = new Letters(diskWith('[{"id":"a"}]'))
  const persister = (letters as unknown as { _persister: JsonFilePersister<Item> })._persister
  letters.disk.putFile('/d/other.json', '[{"id":"x"},{"id":"y"},{"id":"z"}]')
  await letters.open(null)
  persister.path = '/d/other.json'
  await letters.load()
  await letters.deleteByFilter(null, { id: 'y' })
  const next = new Letters(letters.disk.afterKill() as FailingDisk)
  await next.open(null)
  expect(textOf(await next.getListByFilter(null, null))).toBe('x z')
})

class AsyncLogger extends Logger {
  constructor(readonly lines: string[]) {
    super(LogLevel.Trace)
  }

  protected override async write(
    _: LogLevel,
    __: CallContext,
    ___: Error | null,
    message: string,
  ): Promise<void> {
    this.lines.push(message)
    throw new Error('the log is full')
  }
}

describe.each([
  [
    'in place of the one of the component',
    (items: Items, failing: object) => {
      items.logger = failing
    },
  ],
  [
    'among the references',
    (items: Items, failing: object) =>
      items.setReferences(References.fromTuples(new Descriptor('test', 'logger', 'x', 'x', '1.0'), failing)),
  ],
])(
  'a logger that fails, %s, stops neither reads nor writes, nor what comes behind a failed flush',
  (_, give) => {
    const lines: string[] = []
    const fail = () => {
      throw new Error('the log is full')
    }
    const reject = async (...line: unknown[]) => {
      lines.push(line.join(' '))
      fail()
    }
    const level = () => LogLevel.Trace

    test.each([
      ['by throwing', { log: fail, getLevel: fail, trace: fail, warn: fail }, false],
      ['by rejecting', { log: reject, getLevel: level, trace: reject, warn: reject }, true],
      ['by rejecting, in a subclass of Logger', new AsyncLogger(lines), true],
    ])('%s', async (_, failing, listens) => {
      const told = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
      lines.length = 0
      const items = await opened()
      give(items, failing)
      await items.create(null, { id: 'a' })
      await items.create(null, { id: 'b', v: new Date() as unknown as string })
      expect(await items.getOneById(null, 'a')).toEqual({ id: 'a' })
      items.disk.rule = once((call, path) => call === 'flush' && path.includes('journal'))
      expect(await codeOf(items.create(null, { id: 'c' }))).toBe('OUTCOME_UNKNOWN')
      await items.create(null, { id: 'd' })
      await items.close(null)
      // Of a promise that nobody looks at, Node.js tells when this turn of the event loop is over.
      await new Promise((resume) => setImmediate(resume))
      told.mockRestore()
      expect(JSON.parse(items.disk.getText(PATH)!).map(({ id }: Item) => id)).toEqual(['a', 'b', 'd'])
      expect(lines.length > 0).toBe(listens)
    })
  },
)

test('Node.js is told the warnings that a logger rejects', async () => {
  const told = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
  warnTo({ warn: () => Promise.reject(new Error('the log is full')) } as never, 'It rains.')
  await new Promise((resume) => setImmediate(resume))
  const text = told.mock.calls.map(([warning]) => warning)
  told.mockRestore()
  expect(text).toEqual(['It rains. (The logger failed: the log is full)'])
})

test.each([
  [[null], 'element 0', 'null'],
  [[{ id: '1' }, undefined], 'element 1', 'undefined'],
  [Object.assign([{ id: '1' }], { 2: { id: '2' } }), 'element 1', 'undefined'],
  [[{ id: '1' }, { id: '2' }, 5], 'element 2', 'a number'],
  [[[]], 'element 0', 'an array'],
])('a loader that answers with %o is READ_FAILED, naming the element', async (answer, place, what) => {
  let now: unknown[] = [{ id: '0' }]
  class Loading extends IdentifiableMemoryPersistence<Item, string> {
    override load(): Promise<void> {
      return super.load(null)
    }
  }
  const items = new Loading({ load: async () => now as Item[] })
  await items.open(null)
  now = answer
  const refused = { code: 'READ_FAILED', message: expect.stringMatching(`${place}.*${what}`) }
  await expect(items.load()).rejects.toMatchObject(refused)
  expect(await items.getListByFilter(null, null)).toEqual([{ id: '0' }])
  await expect(new Loading({ load: async () => now as Item[] }).open(null)).rejects.toMatchObject(refused)
})

test('load() of a component without ids does not warn of fields named id', async () => {
  const letters = new Letters(diskWith('[{"id":"a"},{"id":"a"},{"v":"x"}]'))
  await letters.open(null)
  const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
  await letters.load()
  const warned = warn.mock.calls.map(String)
  warn.mockRestore()
  expect(warned).toEqual([])
  await letters.close(null)
})

test('a saver that answers nothing is as good as one that answers a promise', async () => {
  let saved = ''
  const items = new IdentifiableMemoryPersistence<Item, string>(null, {
    save: (_: unknown, all: readonly Item[]) => {
      saved = textOf(all)
    },
  } as never)
  await items.open(null)
  await items.createMany(null, [{ id: 'a' }, { id: 'b' }])
  await items.deleteByFilter(null, { id: 'a' })
  expect([saved, textOf(await items.getListByFilter(null, null))]).toEqual(['b', 'b'])
})
