// biome-ignore-all lint/suspicious/noExplicitAny: calls that neither package would compile are part of the list
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  AnyValueMap,
  ConfigParams,
  FilterParams,
  inFolder,
  OURS,
  type Package,
  PagingParams,
  ProjectionParams,
  type Side,
  SortField,
  SortParams,
  THEIRS,
} from './sides.js'

/** One difference on purpose: what both are asked, and what each answers. */
interface Departure {
  /** The defect's number in docs/coming-from-pip-services.md, or the part of the documentation that asks for it. */
  readonly where: string
  readonly what: string
  readonly run: (of: Package) => Promise<unknown>
  readonly theirs: unknown
  readonly ours: unknown
}

/** The list of all differences. What is not in it must be the same; see sequences.test.ts. */
const DEPARTURES: readonly Departure[] = [
  {
    where: 'D1',
    what: 'a damaged file is taken for empty, and overwritten',
    run: (of) =>
      withFile('[{"id":"1"},{"id"', async (path) => {
        const side = of.file(path)
        const opened = await codeOf(side.open(null))
        await side.close(null)
        return [opened, readFileSync(path, 'utf8')]
      }),
    theirs: ['fine', '[]'],
    ours: ['DATA_CORRUPTED', '[{"id":"1"},{"id"'],
  },
  {
    where: 'D1',
    what: 'a byte order mark makes a file empty',
    run: (of) =>
      withFile('\ufeff[{"id":"1"}]', async (path) => {
        const side = of.file(path)
        await side.open(null)
        const count = await side.getCountByFilter(null, null)
        await side.close(null)
        return count
      }),
    theirs: 0,
    ours: 1,
  },
  {
    where: 'D3',
    what: 'close() of what was never opened empties the file',
    run: (of) =>
      withFile('[{"id":"1"}]', async (path) => {
        await of.file(path).close(null)
        return readFileSync(path, 'utf8')
      }),
    theirs: '[]',
    ours: '[{"id":"1"}]',
  },
  {
    where: 'D3',
    what: 'a write before open() replaces the file',
    run: (of) =>
      withFile('[{"id":"1"}]', async (path) => {
        const made = await codeOf(of.file(path).create(null, { id: '2' }))
        return [made, JSON.parse(readFileSync(path, 'utf8'))]
      }),
    theirs: ['fine', [{ id: '2' }]],
    ours: ['NOT_OPENED', [{ id: '1' }]],
  },
  {
    where: 'file-engine: what it finds',
    what: 'opening and closing a store without items makes a file',
    run: (of) =>
      inFolder(async (folder) => {
        const side = of.file(join(folder, 'new.json'))
        await side.open(null)
        await side.close(null)
        return existsSync(join(folder, 'new.json'))
      }),
    theirs: true,
    ours: false,
  },
  {
    where: 'D4',
    what: 'a sort without a filter reorders the store',
    run: async (of) => {
      const side = await filled(of, { id: 'b' }, { id: 'a' })
      await side.getListByFilter(null, null, (item: any) => item.id, null)
      return side._items.map((item) => item.id)
    },
    theirs: ['a', 'b'],
    ours: ['b', 'a'],
  },
  {
    where: 'D5',
    what: 'a write whose save failed stays in memory',
    run: async (of) => {
      const side = of.memory(null, {
        save: () => Promise.reject(Object.assign(new Error('full'), { code: 'FULL' })),
      })
      return [await codeOf(side.create(null, { id: '1' })), await side.getCountByFilter(null, null)]
    },
    theirs: ['FULL', 1],
    ours: ['FULL', 0],
  },
  {
    where: 'D6',
    what: 'a second instance on the same file makes writes of the first vanish',
    run: (of) =>
      inFolder(async (folder) => {
        const path = join(folder, 'shared.json')
        const [first, second] = [of.file(path), of.file(path)]
        await first.open(null)
        const opened = await codeOf(second.open(null))
        await first.create(null, { id: '1' })
        if (opened === 'fine') await second.create(null, { id: '2' })
        if (opened !== 'fine') await first.close(null)
        return [opened, JSON.parse(readFileSync(path, 'utf8'))]
      }),
    theirs: ['fine', [{ id: '2' }]],
    ours: ['LOCKED', [{ id: '1' }]],
  },
  {
    where: 'D7',
    what: 'a save begins while another is under way',
    run: async (of) => {
      let saving = 0
      let most = 0
      const saver = {
        save: async () => {
          most = Math.max(most, ++saving)
          await new Promise((resolve) => setImmediate(resolve))
          saving--
        },
      }
      const side = of.memory(null, saver)
      await Promise.all([side.create(null, { id: '1' }), side.create(null, { id: '2' })])
      return most
    },
    theirs: 2,
    ours: 1,
  },
  {
    where: 'D8, 3: values',
    what: 'values that JSON alters are stored altered',
    run: (of) =>
      inFolder(async (folder) => {
        const side = of.file(join(folder, 'x.json'))
        await side.open(null)
        const made = await codeOf(side.create(null, { id: '1', n: Number.NaN, m: new Map([[1, 2]]) }))
        await side.close(null)
        await side.open(null)
        const stored = await side.getOneById(null, '1')
        await side.close(null)
        return [made, stored]
      }),
    theirs: ['fine', { id: '1', n: null, m: {} }],
    ours: ['INVALID_ITEM', null],
  },
  {
    where: 'D9',
    what: 'a folder that is missing fails the write',
    run: (of) =>
      inFolder(async (folder) => {
        const side = of.file(join(folder, 'a/b/x.json'))
        await side.open(null)
        const made = await codeOf(side.create(null, { id: '1' }))
        await side.close(null).catch(() => null)
        return [made, existsSync(join(folder, 'a/b/x.json'))]
      }),
    theirs: ['WRITE_FAILED', false],
    ours: ['fine', true],
  },
  {
    where: 'D10',
    what: 'create() takes an id that is taken',
    run: async (of) => {
      const side = await filled(of, { id: '1' })
      return [await codeOf(side.create(null, { id: '1' })), side._items.length]
    },
    theirs: ['fine', 2],
    ours: ['DUPLICATE_ID', 1],
  },
  {
    where: 'D11',
    what: 'reads compare ids loosely and writes strictly',
    run: async (of) => {
      const side = await filled(of, { id: 1 })
      return [
        await side.getOneById(null, '1'),
        await side.getListByIds(null, ['1']),
        await side.deleteById(null, '1'),
        await side.deleteByIds(null, ['1']),
        side._items.length,
      ]
    },
    theirs: [{ id: 1 }, [{ id: 1 }], null, undefined, 0],
    ours: [null, [], null, undefined, 1],
  },
  {
    where: 'D12',
    what: 'the ids 0 and false are replaced by generated ones',
    run: async (of) => {
      const side = await filled(of, { id: 0 }, { id: false })
      return side._items.map((item) => typeof item.id)
    },
    theirs: ['string', 'string'],
    ours: ['number', 'boolean'],
  },
  {
    where: 'D14',
    what: 'a field that is named like the id in other case is overwritten',
    run: async (of) => {
      const made = await of.memory().create(null, { ID: 'mine' })
      return [made.ID === 'mine', typeof made.id]
    },
    theirs: [false, 'undefined'],
    ours: [true, 'string'],
  },
  {
    where: 'D15',
    what: 'objects as ids are stored and never found',
    run: async (of) => {
      const side = of.memory()
      return [await codeOf(side.create(null, { id: { a: 1 } })), await side.getOneById(null, { a: 1 })]
    },
    theirs: ['fine', null],
    ours: ['INVALID_ITEM', null],
  },
  {
    where: 'D16',
    what: 'updatePartially() changes the id into one that is taken',
    run: async (of) => {
      const side = await filled(of, { id: '1' }, { id: '2' })
      return [
        await codeOf(side.updatePartially(null, '1', AnyValueMap.fromTuples('id', '2'))),
        side._items.map((item) => item.id),
      ]
    },
    theirs: ['fine', ['2', '2']],
    ours: ['ID_CHANGED', ['1', '2']],
  },
  {
    where: 'D17',
    what: 'set(null) stores a record of nothing; create(null) and update(null) are errors without a code',
    run: async (of) => {
      const side = of.memory()
      return [
        await codeOf(side.set(null, null)),
        await codeOf(side.create(null, null)),
        await codeOf(side.update(null, null)),
        side._items.length,
      ]
    },
    theirs: ['fine', 'TypeError', 'TypeError', 1],
    ours: ['INVALID_ITEM', 'INVALID_ITEM', 'INVALID_ITEM', 0],
  },
  {
    where: 'D18',
    what: 'what reads hand out is what is stored',
    run: async (of) => {
      const side = await filled(of, { id: '1', n: 1 })
      ;(await side.getOneById(null, '1')).n = 2
      ;(await side.getPageByFilter(null, null, null, null, null)).data[0].n++
      return side._items[0].n
    },
    theirs: 3,
    ours: 1,
  },
  {
    where: 'D19',
    what: 'nested objects stay shared with the caller',
    run: async (of) => {
      const mine = { id: '1', list: [1] }
      const side = await filled(of, mine)
      mine.list.push(2)
      return side._items[0].list.length
    },
    theirs: 2,
    ours: 1,
  },
  {
    where: 'D20',
    what: 'items lose their class',
    run: async (of) => {
      class Thing {
        id = '1'
      }
      return (await of.memory().create(null, new Thing())) instanceof Thing
    },
    theirs: false,
    ours: true,
  },
  {
    where: 'D21',
    what: 'the list of everything is the store itself',
    run: async (of) => {
      const side = await filled(of, { id: '1' })
      ;(await side.getListByFilter(null, null, null, null)).push({ id: '2' })
      return side._items.length
    },
    theirs: 2,
    ours: 1,
  },
  {
    where: 'D22',
    what: 'updatePartially() changes objects that were handed out before',
    run: async (of) => {
      const side = await filled(of, { id: '1', n: 1 })
      const before = await side.getOneById(null, '1')
      await side.updatePartially(null, '1', AnyValueMap.fromTuples('n', 2))
      return before.n
    },
    theirs: 2,
    ours: 1,
  },
  {
    where: 'D24',
    what: 'FilterParams and filter objects are ignored: everything matches',
    run: async (of) => {
      const side = await filled(of, { id: '1', key: 'a' }, { id: '2', key: 'b' })
      return [
        await side.getCountByFilter(null, FilterParams.fromTuples('key', 'a')),
        (await side.getListByFilter(null, { key: 'b' }, null, null)).length,
      ]
    },
    theirs: [2, 2],
    ours: [1, 1],
  },
  {
    where: 'D25',
    what: 'SortParams are ignored',
    run: async (of) => {
      const side = await filled(of, { id: '1', n: 1 }, { id: '2', n: 2 })
      const page = await side.getPageByFilter(
        null,
        null,
        null,
        new SortParams(new SortField('n', false)),
        null,
      )
      return page.data.map((item: any) => item.id)
    },
    theirs: ['1', '2'],
    ours: ['2', '1'],
  },
  {
    where: 'queries: sorts',
    what: 'a comparator is called with one item, and misorders or throws',
    run: async (of) => {
      const side = await filled(of, { id: '1', n: 2 }, { id: '2', n: 1 })
      return codeOf(side.getListByFilter(null, null, (a: any, b: any) => a.n - b.n, null))
    },
    theirs: 'TypeError',
    ours: 'INVALID_SORT',
  },
  {
    where: 'D26',
    what: 'projections are ignored',
    run: async (of) => {
      const side = await filled(of, { id: '1', n: 1, deep: { a: 1, b: 2 } })
      return (await side.getPageByFilter(null, null, null, null, ProjectionParams.fromString('n,deep(a)')))
        .data
    },
    theirs: [{ id: '1', n: 1, deep: { a: 1, b: 2 } }],
    ours: [{ n: 1, deep: { a: 1 } }],
  },
  {
    where: 'D29, 3: deleteByFilter',
    what: 'deleteByFilter(null) throws, unless the store is empty',
    run: async (of) => {
      const side = await filled(of, { id: '1' })
      return [await codeOf(side.deleteByFilter(null, null)), side._items.length]
    },
    theirs: ['TypeError', 1],
    ours: ['fine', 0],
  },
  {
    where: 'D31',
    what: 'FilePersistence ignores options.max_page_size',
    run: (of) =>
      inFolder(async (folder) => {
        const side = of.plainFile(join(folder, 'x.json'))
        side.configure(ConfigParams.fromTuples('path', join(folder, 'x.json'), 'options.max_page_size', 1))
        await side.open(null)
        await side.create(null, { n: 1 })
        await side.create(null, { n: 2 })
        const { length } = (await side.getPageByFilter(null, null, null, null, null)).data
        await side.close(null)
        return length
      }),
    theirs: 2,
    ours: 1,
  },
  {
    where: 'D32',
    what: 'a page size of 0 makes every page empty',
    run: async (of) => {
      const side = await filled(of, { id: '1' })
      try {
        side.configure(ConfigParams.fromTuples('options.max_page_size', 0))
      } catch (error) {
        return (error as { code: string }).code
      }
      return (await side.getPageByFilter(null, null, null, null, null)).data.length
    },
    theirs: 0,
    ours: 'BAD_CONFIG',
  },
  {
    where: 'D33',
    what: 'with a loader, operations work before open() and after close()',
    run: async (of) => {
      const side = of.memory({ load: async () => [{ id: '1' }] })
      const before = await codeOf(side.getOneById(null, '1'))
      await side.open(null)
      await side.close(null)
      return [before, await codeOf(side.getOneById(null, '1'))]
    },
    theirs: ['fine', 'fine'],
    ours: ['NOT_OPENED', 'NOT_OPENED'],
  },
  {
    where: '3: open, close',
    what: 'a second open() loads again and drops what was not saved',
    run: async (of) => {
      const side = of.memory({ load: async () => [] })
      await side.open(null)
      await side.create(null, { id: '1' })
      await side.open(null)
      return side._items.length
    },
    theirs: 0,
    ours: 1,
  },
  {
    where: '3: updatePartially',
    what: 'a plain object is refused as data',
    run: async (of) => {
      const side = await filled(of, { id: '1' })
      return [await codeOf(side.updatePartially(null, '1', { n: 1 })), side._items[0].n]
    },
    theirs: ['TypeError', undefined],
    ours: ['fine', 1],
  },
  {
    where: 'queries: pages',
    what: 'a plain { skip, take } is refused',
    run: async (of) => {
      const side = await filled(of, { id: '1' }, { id: '2' })
      return codeOf(side.getPageByFilter(null, null, { skip: 1, take: 1 }, null, null))
    },
    theirs: 'TypeError',
    ours: 'fine',
  },
  {
    where: 'queries: pages',
    what: 'NaN and fractions in a page give an empty or a rounded one',
    run: async (of) => {
      const side = await filled(of, { id: '1' })
      return [
        await codeOf(side.getPageByFilter(null, null, new PagingParams(0, Number.NaN), null, null)),
        await codeOf(side.getPageByFilter(null, null, new PagingParams(0.5, 1), null, null)),
      ]
    },
    theirs: ['fine', 'fine'],
    ours: ['INVALID_PAGING', 'INVALID_PAGING'],
  },
  {
    where: '3: getListByIds',
    what: 'ids that are no list are an error only when there are items',
    run: async (of) => [
      await codeOf(of.memory().getListByIds(null, null)),
      await codeOf((await filled(of, { id: '1' })).getListByIds(null, null)),
    ],
    theirs: ['fine', 'TypeError'],
    ours: ['TypeError', 'TypeError'],
  },
  {
    where: '3: create',
    what: 'an item that is no object is stored as one without fields',
    run: async (of) => {
      const side = of.plain()
      return [await codeOf(side.create(null, null)), await codeOf(side.create(null, 5)), side._items]
    },
    theirs: ['fine', 'fine', [{}, {}]],
    ours: ['INVALID_ITEM', 'INVALID_ITEM', []],
  },
]

describe('differences to the original on purpose', () => {
  test.each(DEPARTURES.map((each) => [`${each.where}: ${each.what}`, each] as const))(
    '%s',
    async (_name, each) => {
      expect(each.theirs, 'a departure that is none').not.toEqual(each.ours)
      expect(await each.run(THEIRS), 'the original').toEqual(each.theirs)
      expect(await each.run(OURS), 'ours').toEqual(each.ours)
    },
  )
})

async function filled(of: Package, ...items: object[]): Promise<Side> {
  const side = of.memory()
  for (const item of items) await side.create(null, item)
  return side
}

function withFile<V>(text: string, run: (path: string) => Promise<V>): Promise<V> {
  return inFolder((folder) => {
    mkdirSync(folder, { recursive: true })
    const path = join(folder, 'data.json')
    writeFileSync(path, text)
    return run(path)
  })
}

/** `fine`, or the code of the error; the name of its class where it has none. */
async function codeOf(answer: Promise<unknown>): Promise<string> {
  try {
    await answer
    return 'fine'
  } catch (error) {
    return (error as { code?: string }).code ?? (error as Error).constructor.name
  }
}
