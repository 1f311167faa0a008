import { describe, expect, test } from 'vitest'
import type { ILoader } from '../../src/contract/ILoader.js'
import type { ISaver } from '../../src/contract/ISaver.js'
import { Lifecycle } from '../../src/core/Lifecycle.js'
import { IdentifiableMemoryPersistence } from '../../src/memory/IdentifiableMemoryPersistence.js'

/** Work that ends when the test says so, and notes its beginnings. */
function work() {
  const waiting: { resolve: () => void; reject: (error: Error) => void }[] = []
  const run = () => {
    run.count++
    return new Promise<void>((resolve, reject) => waiting.push({ resolve, reject }))
  }
  run.count = 0
  run.done = () => waiting.shift()!.resolve()
  run.fail = (message: string) => waiting.shift()!.reject(new Error(message))
  return run
}

async function rest(): Promise<void> {
  for (let i = 0; i < 20; i++) await null
}

describe('Lifecycle', () => {
  test('opening twice at once is one opening; opening what is open does nothing', async () => {
    const life = new Lifecycle()
    const opening = work()
    const both = [life.open(opening), life.open(opening)]
    expect(life.state).toBe('opening')
    opening.done()
    await Promise.all(both)
    await life.open(opening)
    expect([life.state, opening.count]).toEqual(['open', 1])
  })

  test('closing twice at once is one closing; closing what was never opened does nothing', async () => {
    const life = new Lifecycle()
    const closing = work()
    await life.close(closing)
    expect([life.state, closing.count]).toEqual(['closed', 0])
    await life.open(async () => {})
    const both = [life.close(closing), life.close(closing)]
    expect(life.state).toBe('closing')
    closing.done()
    await Promise.all(both)
    expect([life.state, closing.count]).toEqual(['closed', 1])
  })

  test('crosswise calls happen one after the other, in the order of calls', async () => {
    const life = new Lifecycle()
    const opening = work()
    const closing = work()
    const calls = [life.open(opening), life.close(closing), life.open(opening)]
    await rest()
    expect([opening.count, closing.count]).toEqual([1, 0])
    opening.done()
    await rest()
    expect([opening.count, closing.count]).toEqual([1, 1])
    closing.done()
    await rest()
    opening.done()
    await Promise.all(calls)
    expect([life.state, opening.count, closing.count]).toEqual(['open', 2, 1])
  })

  test('what failed to open is closed, all who waited are told, and it can be opened again', async () => {
    const life = new Lifecycle()
    const opening = work()
    const closing = work()
    const calls = [life.open(opening), life.open(opening), life.close(closing)].map((call) =>
      call.then(
        () => 'fine',
        (error: Error) => error.message,
      ),
    )
    opening.fail('no file')
    expect(await Promise.all(calls)).toEqual(['no file', 'no file', 'fine'])
    expect([life.state, closing.count]).toEqual(['closed', 0])
    const again = life.open(opening)
    opening.done()
    await again
    expect(life.state).toBe('open')
  })

  test('what failed to close is open, and can be closed again', async () => {
    const life = new Lifecycle()
    await life.open(async () => {})
    const closing = work()
    const both = [life.close(closing), life.close(closing)]
    const told = Promise.allSettled(both)
    closing.fail('disk full')
    expect((await told).map((each) => each.status)).toEqual(['rejected', 'rejected'])
    expect(life.state).toBe('open')
    const again = life.close(closing)
    closing.done()
    await again
    expect([life.state, closing.count]).toEqual(['closed', 2])
  })
})

interface Thing {
  id: string
}

describe('open and close of a component', () => {
  class Backing implements ILoader<Thing>, ISaver<Thing> {
    loads = 0
    saves = 0
    fails = false
    disk: Thing[] = [{ id: 'old' }]

    async load(): Promise<Thing[]> {
      this.loads++
      await null
      if (this.fails) throw new Error('cannot load')
      return this.disk
    }

    async save(_context: unknown, items: Thing[]): Promise<void> {
      this.saves++
      await null
      if (this.fails) throw new Error('cannot save')
      this.disk = structuredClone(items)
    }
  }

  const component = (backing: Backing) => new IdentifiableMemoryPersistence<Thing, string>(backing, backing)

  test('a second open does not load again and keeps what was changed', async () => {
    const backing = new Backing()
    const things = component(backing)
    await Promise.all([things.open(null), things.open(null)])
    await things.create(null, { id: 'new' })
    await things.open(null)
    expect(backing.loads).toBe(1)
    expect(await things.getOneById(null, 'new')).toEqual({ id: 'new' })
    expect(things.isOpen()).toBe(true)
  })

  test('every operation before open, while closing and after close is NOT_OPENED, and nothing is written', async () => {
    const backing = new Backing()
    const things = component(backing)
    const operations: Record<string, () => Promise<unknown>> = {
      create: () => things.create(null, { id: 'x' }),
      createMany: () => things.createMany(null, [{ id: 'x' }]),
      set: () => things.set(null, { id: 'x' }),
      update: () => things.update(null, { id: 'old' }),
      updatePartially: () => things.updatePartially(null, 'old', {}),
      deleteById: () => things.deleteById(null, 'old'),
      deleteByIds: () => things.deleteByIds(null, ['old']),
      deleteByFilter: () => things.deleteByFilter(null, null),
      clear: () => things.clear(null),
      save: () => things.save(null),
      getOneById: () => things.getOneById(null, 'old'),
      getListByIds: () => things.getListByIds(null, ['old']),
      getListByFilter: () => things.getListByFilter(null, null),
      getCountByFilter: () => things.getCountByFilter(null, null),
      getPageByFilter: () => things.getPageByFilter(null, null),
      getPageByToken: () => things.getPageByToken(null, null),
      getOneRandom: () => things.getOneRandom(null, null),
      explain: () => things.explain(null, null),
      flush: () => things.flush(null),
    }
    const allRefused = async () => {
      for (const [name, operation] of Object.entries(operations))
        await expect(operation(), name).rejects.toMatchObject({ code: 'NOT_OPENED' })
    }
    await allRefused()
    await things.open(null)
    await things.getOneById(null, 'old')
    const closing = things.close(null)
    await expect(operations['create']!()).rejects.toMatchObject({ code: 'NOT_OPENED' })
    await closing
    await allRefused()
    expect([backing.saves, backing.disk]).toEqual([1, [{ id: 'old' }]])
  })

  test('close of what was never opened, or failed to open, writes nothing (D3)', async () => {
    const backing = new Backing()
    const things = component(backing)
    await things.close(null)
    backing.fails = true
    await expect(things.open(null)).rejects.toThrow('cannot load')
    expect(things.isOpen()).toBe(false)
    await things.close(null)
    expect([backing.saves, backing.disk]).toEqual([0, [{ id: 'old' }]])
    backing.fails = false
    await things.open(null)
    expect(await things.getOneById(null, 'old')).toEqual({ id: 'old' })
  })

  test('a close that fails leaves it open, with everything in it', async () => {
    const backing = new Backing()
    const things = component(backing)
    await things.open(null)
    await things.create(null, { id: 'new' })
    backing.fails = true
    await expect(things.close(null)).rejects.toThrow('cannot save')
    expect(things.isOpen()).toBe(true)
    expect(await things.getCountByFilter(null, null)).toBe(2)
    backing.fails = false
    await things.close(null)
    expect([things.isOpen(), backing.disk]).toEqual([false, [{ id: 'old' }, { id: 'new' }]])
  })

  test('a loader that does not answer with an array fails the opening (READ_FAILED)', async () => {
    for (const answer of [null, undefined, 'text', {}]) {
      const things = new IdentifiableMemoryPersistence<Thing, string>({ load: async () => answer as never })
      await expect(things.open(null)).rejects.toMatchObject({ code: 'READ_FAILED' })
      expect(things.isOpen()).toBe(false)
    }
  })

  test('without a loader operations need no open', async () => {
    const things = new IdentifiableMemoryPersistence<Thing, string>()
    await things.create(null, { id: 'x' })
    await things.open(null)
    await things.close(null)
    expect(await things.getOneById(null, 'x')).toEqual({ id: 'x' })
  })

  test('loaded data that breaks a unique index fails the opening and names two ids', async () => {
    const backing = new Backing()
    backing.disk = [
      { id: 'a', key: 1 },
      { id: 'b', key: 2 },
      { id: 'c', key: 1 },
    ] as unknown as Thing[]
    const things = component(backing)
    things.ensureIndex({ key: 1 }, { unique: true })
    await expect(things.open(null)).rejects.toMatchObject({
      code: 'DUPLICATE_KEY',
      details: { ids: ['a', 'c'] },
    })
    expect(things.isOpen()).toBe(false)
  })
})
