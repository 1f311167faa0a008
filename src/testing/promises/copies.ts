import assert from 'node:assert/strict'
import { holds } from '../expectations.js'
import type { Item, TestedPersistence } from '../Subject.js'
import type { Cases } from '../Suite.js'

const make = (): Item => ({
  id: 'a',
  n: 1,
  tags: ['x', { deep: [1] }],
  home: { city: 'Rome', geo: { lat: 1 } },
})

/** Changes an item at every depth. */
function spoil(item: Item): void {
  item.n = 99
  item.more = true
  item.tags.push('y')
  item.tags[1].deep[0] = 99
  item.home.geo.lat = 99
  delete item.home.city
}

/** Writes an item; resolves with what the operation handed out. */
const WRITES: Readonly<
  Record<string, (p: TestedPersistence, item: Item) => Promise<Item | null | undefined>>
> = {
  create: (p, item) => p.create(null, item),
  createMany: async (p, item) => (await p.createMany(null, [item]))[0],
  set: (p, item) => p.set(null, item),
  'set (replacing)': async (p, item) => {
    await p.create(null, { id: 'a' })
    return p.set(null, item)
  },
  update: async (p, item) => {
    await p.create(null, { id: 'a' })
    return p.update(null, item)
  },
  updatePartially: async (p, item) => {
    await p.create(null, { id: 'a' })
    const { id: _, ...data } = item
    return p.updatePartially(null, 'a', data)
  },
}

/** Reads the only item. */
const READS: Readonly<Record<string, (p: TestedPersistence) => Promise<Item | null | undefined>>> = {
  getOneById: (p) => p.getOneById(null, 'a'),
  getListByIds: async (p) => (await p.getListByIds(null, ['a']))[0],
  getListByFilter: async (p) => (await p.getListByFilter(null, null))[0],
  'getListByFilter (sorted)': async (p) => (await p.getListByFilter(null, { n: 1 }, { n: 1 }))[0],
  getPageByFilter: async (p) => (await p.getPageByFilter(null, null, null, null)).data[0],
  getPageByToken: async (p) => (await p.getPageByToken(null, null, null, null)).data[0],
  getOneRandom: (p) => p.getOneRandom(null, null),
  'getListByFilter (projected)': async (p) =>
    (await p.getListByFilter(null, null, null, ['id', 'n', 'tags', 'home']))[0],
}

export const copies: Cases = (test) => {
  for (const [name, write] of Object.entries(WRITES)) {
    test(`${name}() keeps nothing of the caller's object`, async (p) => {
      const item = make()
      await write(p, item)
      spoil(item)
      await holds(p, [make()])
    })

    test(`${name}() does not change the caller's object`, async (p) => {
      const item = make()
      await write(p, item)
      assert.deepEqual(item, make())
      await holds(p, [make()])
    })

    test(`${name}() takes a frozen object`, async (p) => {
      const item = make()
      for (const each of [item, item.tags, item.home, item.home.geo]) Object.freeze(each)
      await write(p, item)
      await holds(p, [make()])
    })

    test(`what ${name}() hands out is not the stored object`, async (p) => {
      const answer = await write(p, make())
      assert.deepEqual(answer, make())
      spoil(answer!)
      await holds(p, [make()])
    })

    test(`${name}() copies before it returns to the caller`, async (p) => {
      const item = make()
      const writing = write(p, item)
      // The methods that create an item first have not looked at it yet when they come back to us.
      if (['create', 'createMany', 'set'].includes(name)) spoil(item)
      await writing
      await holds(p, [make()])
    })
  }

  for (const [name, read] of Object.entries(READS)) {
    test(`what ${name}() hands out is not the stored object`, async (p) => {
      await p.create(null, make())
      const answer = await read(p)
      assert.deepEqual(answer, make())
      spoil(answer!)
      await holds(p, [make()])
    })

    test(`${name}() hands out a new object each time`, async (p) => {
      await p.create(null, make())
      const [one, two] = [await read(p), await read(p)]
      assert.deepEqual(one, make())
      spoil(one!)
      assert.deepEqual(two, make())
    })
  }

  test('deleteByIds() takes its ids before it returns to the caller, also where it has to wait', async (p) => {
    await p.createMany(null, [{ id: 'a' }, { id: 'b' }, { id: 'c' }])
    const ids = ['a']
    const waiting = [p.deleteByFilter(null, { id: 'c' }), p.deleteByIds(null, ids)]
    ids[0] = 'b'
    await Promise.all(waiting)
    await holds(p, [{ id: 'b' }])
  })

  test('what deleteById() hands out is not an object kept elsewhere', async (p) => {
    const item = await p.create(null, make())
    const deleted = await p.deleteById(null, 'a')
    assert.deepEqual(deleted, make())
    spoil(deleted!)
    assert.deepEqual(item, make())
    await holds(p, [])
  })

  test('two items may share an object and are stored apart', async (p) => {
    const home = { city: 'Rome' }
    await p.createMany(null, [
      { id: 'a', home },
      { id: 'b', home },
    ])
    const item = await p.getOneById(null, 'a')
    item!.home.city = 'Oslo'
    await p.update(null, item!)
    assert.equal(home.city, 'Rome')
    await holds(p, [
      { id: 'a', home: { city: 'Oslo' } },
      { id: 'b', home: { city: 'Rome' } },
    ])
  })

  test('a page, its data and a list are arrays of the caller', async (p) => {
    await p.create(null, make())
    ;(await p.getListByFilter(null, null)).length = 0
    ;(await p.getListByIds(null, ['a'])).length = 0
    ;(await p.getPageByFilter(null, null, null, null)).data.length = 0
    await holds(p, [make()])
  })

  test('an array of items given to createMany() is not changed', async (p) => {
    const items = [{ n: 1 }, { id: 'b', n: 2 }]
    await p.createMany(null, items)
    assert.deepEqual(items, [{ n: 1 }, { id: 'b', n: 2 }])
    assert.equal(await p.getCountByFilter(null, null), 2)
  })

  test('Dates are copied', { declare: { dateFields: ['when'] } }, async (p) => {
    const when = new Date(1000)
    const created = await p.create(null, { id: 'a', when })
    when.setTime(2000)
    created.when.setTime(3000)
    ;(await p.getOneById(null, 'a'))!.when.setTime(4000)
    await holds(p, [{ id: 'a', when: new Date(1000) }])
  })

  test('nested objects keep their prototype', { needs: { values: 'structural' } }, async (p) => {
    class Point {
      constructor(readonly x: number) {}
      get double(): number {
        return this.x * 2
      }
    }
    const created = await p.create(null, { id: 'a', at: new Point(1), all: [new Point(2)] })
    assert.ok(created.at instanceof Point)
    const item = await p.getOneById(null, 'a')
    assert.ok(item!.at instanceof Point)
    assert.equal(item!.at.double, 2)
    assert.equal(item!.all[0].double, 4)
  })

  const frozen = { needs: { frozenReads: true }, declare: { reads: 'frozen' } } as const
  for (const [name, read] of Object.entries(READS)) {
    if (name.includes('projected')) continue
    test(`with frozen reads, ${name}() hands out objects frozen at every depth`, frozen, async (p) => {
      await p.create(null, make())
      const item = await read(p)
      assert.deepEqual(item, make())
      for (const each of [item, item!.tags, item!.tags[1], item!.home, item!.home.geo])
        assert.ok(Object.isFrozen(each))
      await holds(p, [make()])
    })
  }

  test('with frozen reads, the caller keeps its own object unfrozen', frozen, async (p) => {
    const item = make()
    await p.create(null, item)
    spoil(item)
    await holds(p, [make()])
  })

  test('with frozen reads, an item can be updated and is another object then', frozen, async (p) => {
    await p.create(null, make())
    const before = await p.getOneById(null, 'a')
    await p.updatePartially(null, 'a', { n: 2 })
    assert.equal(before!.n, 1)
    assert.equal((await p.getOneById(null, 'a'))!.n, 2)
  })

  const plain = { needs: { frozenReads: false }, declare: { reads: 'frozen' }, opened: false } as const
  test('open() with frozen reads is UNSUPPORTED where they are', plain, async (p) => {
    await assert.rejects(p.open(null), { code: 'UNSUPPORTED' })
    assert.equal(p.isOpen(), false)
  })
}
