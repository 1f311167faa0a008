// biome-ignore-all lint/suspicious/noExplicitAny: the values are of any kind, and so are their changes
// biome-ignore-all lint/suspicious/noAssignInExpressions: one-line changes
// biome-ignore-all lint/complexity/useLiteralKeys: the fields come from an index signature
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ConfigParams } from '../../src/component/index.js'
import { copyValue, deepFreeze, MAX_DEPTH } from '../../src/core/copyValue.js'
import { copyJson } from '../../src/core/jsonValue.js'
import { IdentifiableMemoryPersistence } from '../../src/memory/IdentifiableMemoryPersistence.js'

/** Any value that a memory store keeps, made anew on each call. */
interface Held {
  id: string
  [field: string]: any
}
class Store extends IdentifiableMemoryPersistence<Held, string> {
  get items(): Held[] {
    return this._items
  }
}

class Money {
  constructor(
    public amount: number,
    public tags: string[] = [],
  ) {}

  double(): number {
    return this.amount * 2
  }
}

class Tagged {
  inner = { n: 1 }

  get [Symbol.toStringTag](): string {
    return 'Tagged'
  }
}

class Stamp extends Date {
  label(): string {
    return `at ${this.getTime()}`
  }
}

/** An array that cannot be made from a length, as some of Pip.Services are. */
class Words extends Array<string> {
  constructor(words: Iterable<string>) {
    super()
    for (const word of words) this.push(word)
  }
}

/** Every kind of value, with a change that must not be seen through a copy. */
const KINDS: readonly [string, () => unknown, (value: any) => void][] = [
  ['object', () => ({ a: { b: { c: 1 } } }), (value) => (value.a.b.c = 2)],
  ['array in array', () => [[1], [{ x: 1 }]], (value) => (value[1][0].x = 2)],
  ['flat array', () => [1, 2, 3], (value) => value.push(4)],
  ['Date', () => new Date(5), (value) => value.setTime(6)],
  ['Date in an array', () => [new Date(5)], (value) => value[0].setTime(6)],
  ['Map', () => new Map([['k', { n: 1 }]]), (value) => (value.get('k').n = 2)],
  ['Map of keys', () => new Map([[{ n: 1 }, 1]]), (value) => ([...value.keys()][0].n = 2)],
  ['Set', () => new Set([{ n: 1 }]), (value) => ([...value][0].n = 2)],
  ['Set itself', () => new Set([1]), (value) => value.add(2)],
  ['class instance', () => new Money(1, ['x']), (value) => value.tags.push('y')],
  ['class with a tag', () => new Tagged(), (value) => (value.inner.n = 2)],
  [
    'object without prototype',
    () => Object.assign(Object.create(null), { a: [1] }),
    (value) => value.a.push(2),
  ],
  ['array subclass', () => new Words(['a']), (value) => value.push('b')],
  ['Date subclass', () => new Stamp(5), (value) => value.setTime(6)],
  ['Uint8Array', () => new Uint8Array([1, 2]), (value) => (value[0] = 9)],
  ['Buffer', () => Buffer.from('ab'), (value) => (value[0] = 9)],
  ['DataView', () => new DataView(new ArrayBuffer(2)), (value) => value.setInt8(0, 9)],
  ['ArrayBuffer', () => new Uint8Array([1]).buffer, (value) => (new Uint8Array(value)[0] = 9)],
  ['RegExp', () => /a/g, (value) => value.compile('b')],
  [
    'Error with fields',
    () => Object.assign(new RangeError('no', { cause: { n: [1] } }), { details: { path: ['a'] } }),
    (value) => {
      value.details.path.push('b')
      value.cause.n.push(2)
    },
  ],
]

describe('copies in both directions', () => {
  test.each(KINDS)('%s: what the caller passed in is not what is stored', async (_name, make, change) => {
    const store = new Store()
    const item = { id: '1', deep: { value: make() }, value: make() }
    await store.create(null, item)
    change(item.value)
    change(item.deep.value)
    const pristine = { id: '1', deep: { value: make() }, value: make() }
    expect(await store.getOneById(null, '1')).toEqual(pristine)
    await store.updatePartially(null, '1', { value: item.value })
    change(item.value)
    const changed = make()
    change(changed)
    expect((await store.getOneById(null, '1'))?.['value']).toEqual(changed)
  })

  test.each(KINDS)('%s: what the caller got back is not what is stored', async (_name, make, change) => {
    const store = new Store()
    const make1 = () => ({ id: '1', deep: { value: make() }, value: make() })
    const reads: [string, () => Promise<unknown>][] = [
      ['create', () => store.create(null, make1())],
      ['set', () => store.set(null, make1())],
      ['update', () => store.update(null, make1())],
      ['updatePartially', () => store.updatePartially(null, '1', { other: 1 })],
      ['getOneById', () => store.getOneById(null, '1')],
      ['getListByIds', async () => (await store.getListByIds(null, ['1']))[0]],
      ['getPageByFilter', async () => (await store.getPageByFilter(null, null)).data[0]],
      [
        'getPageByFilter, some fields',
        async () => (await store.getPageByFilter(null, null, null, null, ['value', 'deep.value'])).data[0],
      ],
      ['getPageByToken', async () => (await store.getPageByToken(null, null)).data[0]],
      [
        'getPageByToken, some fields',
        async () => (await store.getPageByToken(null, null, null, null, ['value', 'deep'])).data[0],
      ],
      ['getListByFilter', async () => (await store.getListByFilter(null, () => true))[0]],
      ['getOneRandom', () => store.getOneRandom(null, null)],
    ]
    for (const [name, read] of reads) {
      const got = (await read()) as ReturnType<typeof make1>
      change(got.value)
      change(got.deep.value)
      const stored = (await store.getOneById(null, '1')) as ReturnType<typeof make1>
      expect(stored.value, name).toEqual(make())
      expect(stored.deep.value, name).toEqual(make())
    }
  })

  test('Dates stay Dates, and objects keep their prototypes', async () => {
    const store = new Store()
    await store.create(null, {
      id: '1',
      when: new Date(7),
      price: new Money(3),
      list: [new Money(4)],
      stamp: new Stamp(5),
    })
    const got = (await store.getOneById(null, '1'))!
    expect(got['when']).toEqual(new Date(7))
    expect([got['price'].double(), got['list'][0].double()]).toEqual([6, 8])
    expect(got['stamp'].label()).toBe('at 5')
    class Order {
      id = 'o'
      money = new Money(1)
      total(): number {
        return this.money.amount
      }
    }
    await store.create(null, new Order() as never)
    expect((await store.getOneById(null, 'o')) as unknown).toBeInstanceOf(Order)
    expect((await store.updatePartially(null, 'o', { x: 1 })) as unknown).toBeInstanceOf(Order)
  })

  test('getters are read once and stored as what they gave; functions and symbols are kept as they are', async () => {
    const store = new Store()
    let reads = 0
    const shared = () => 1
    await store.create(null, {
      id: '1',
      get now() {
        return ++reads
      },
      run: shared,
      big: 5n,
      nothing: undefined,
      [Symbol.for('s')]: 1,
    } as never)
    const got = (await store.getOneById(null, '1'))!
    expect([reads, got['now'], got['run'], got['big']]).toEqual([1, 1, shared, 5n])
    expect(Object.keys(got)).toContain('nothing')
    expect((got as never)[Symbol.for('s')]).toBe(1)
  })

  test('what was stored before reads were configured to be frozen is handed out frozen too', async () => {
    const store = new Store()
    await store.create(null, { id: '1', a: { b: 1 } })
    store.configure(ConfigParams.fromTuples('options.reads', 'frozen'))
    for (const got of [await store.getOneById(null, '1'), (await store.getListByFilter(null, null))[0]]) {
      expect(Object.isFrozen(got)).toBe(true)
      expect(Object.isFrozen(got!['a'])).toBe(true)
    }
    await store.create(null, { id: '2', a: { b: 1 } })
    expect(Object.isFrozen((await store.getOneById(null, '2'))!['a'])).toBe(true)
  })

  test('an Error keeps its class, its message and its trace', async () => {
    const store = new Store()
    const error = new RangeError('no', { cause: 'none' })
    await store.create(null, { id: '1', error })
    const got = (await store.getOneById(null, '1'))!['error']
    expect(got).toBeInstanceOf(RangeError)
    expect([got.message, got.stack, got.cause, Object.keys(got)]).toEqual(['no', error.stack, 'none', []])
  })

  test('a getter that throws fails the write and leaves nothing', async () => {
    const store = new Store()
    const bad = {
      id: '1',
      get broken(): number {
        throw new Error('no')
      },
    }
    await expect(store.create(null, bad)).rejects.toThrow('no')
    expect(await store.getCountByFilter(null, null)).toBe(0)
  })

  test('cycles come back as cycles of the copy', async () => {
    const store = new Store()
    const item: Held = { id: '1', list: [], map: new Map() }
    item['self'] = item
    item['list'].push(item)
    item['map'].set('me', item)
    await store.create(null, item)
    const got = (await store.getOneById(null, '1'))!
    expect(got).not.toBe(item)
    expect(got['self']).toBe(got)
    expect(got['list'][0]).toBe(got)
    expect(got['map'].get('me')).toBe(got)
    expect(store.items[0]?.['self']).toBe(store.items[0])
    expect(got).not.toBe(store.items[0])
  })

  test('nesting is kept to the limit, and refused beyond it', async () => {
    const nested = (depth: number) => {
      let value: Record<string, unknown> = { end: true }
      for (let i = 0; i < depth; i++) value = { value }
      return { id: '1', value }
    }
    const store = new Store()
    await store.create(null, nested(MAX_DEPTH - 10))
    expect(await store.getOneById(null, '1')).toEqual(nested(MAX_DEPTH - 10))
    for (const depth of [MAX_DEPTH + 10, 100_000])
      await expect(store.set(null, nested(depth))).rejects.toMatchObject({ code: 'INVALID_ITEM' })
    expect(await store.getOneById(null, '1')).toEqual(nested(MAX_DEPTH - 10))
  })

  test('copyValue() equals its original and shares nothing with it, whatever it holds', () => {
    const anything = fc.anything({
      withDate: true,
      withMap: true,
      withSet: true,
      withTypedArray: true,
      withBigInt: true,
      withNullPrototype: true,
      withSparseArray: true,
    })
    fc.assert(
      fc.property(anything, (value) => {
        const copy = copyValue(value)
        expect(copy).toEqual(value)
        for (const part of objectsIn(copy)) expect(objectsIn(value).has(part)).toBe(false)
      }),
      { numRuns: 400 },
    )
  })

  test('numbers stay what they are, where a field holds whole ones and fractions, zero and minus zero', () => {
    const numbers = [1.5, 1, 0, -0, -1, 2 ** 31 - 1, 2 ** 31, -(2 ** 31), 2 ** 53, NaN, Infinity, -Infinity]
    for (const n of numbers) {
      const copy = copyValue({ n, nested: { n } })
      expect([copy.n, copy.nested.n].map((number) => Object.is(number, n))).toEqual([true, true])
    }
  })

  test('a copy for JSON of few fields and of many holds what JSON keeps, and asks accessors once', () => {
    for (const count of [3, 16, 17, 40]) {
      const fields = Array.from({ length: count }, (_, i) => [`f${i}`, i % 2 === 0 ? i : { text: `t${i}` }])
      const item = { ...Object.fromEntries(fields), list: [0.5, 'a'], zero: -0 }
      let reads = 0
      const source = Object.defineProperty(item, 'read', { enumerable: true, get: () => ++reads })
      for (const others of [
        {},
        { gone: undefined },
        { [Symbol('s')]: 1 },
        JSON.parse('{"__proto__":{"a":1}}'),
      ]) {
        const descriptors = {
          ...Object.getOwnPropertyDescriptors(source),
          ...Object.getOwnPropertyDescriptors(others),
        }
        const whole = Object.defineProperties({} as typeof source, descriptors)
        reads = 0
        const copy = copyJson(whole, AS_JSON)
        expect(reads).toBe(1)
        expect(Reflect.ownKeys(copy)).toEqual(Object.keys(JSON.parse(JSON.stringify(whole))))
        reads = 0
        expect(copy).toEqual(JSON.parse(JSON.stringify(whole)))
        expect(Object.is(copy.zero, 0)).toBe(true)
        expect(copy.list).not.toBe(item.list)
        expect(Object.getPrototypeOf(copy)).toBe(Object.prototype)
      }
    }
  })

  test('a copy for JSON takes no field that somebody put on Object.prototype', () => {
    const prototype = Object.prototype as Record<string, unknown>
    for (const value of ['text', 5, { n: 1 }, null, undefined]) {
      prototype['inherited'] = value
      try {
        expect(Object.keys(copyJson({ id: '1', nested: {} }, AS_JSON))).toEqual(['id', 'nested'])
        expect(Object.hasOwn(copyJson({ id: '1', nested: {} }, AS_JSON).nested, 'inherited')).toBe(false)
      } finally {
        delete prototype['inherited']
      }
    }
  })

  test('an item keeps its class, but where every store shall be able to keep it', () => {
    const money = new Money(5)
    expect(copyJson({ money }, AS_JSON).money).toStrictEqual(money)
    expect(copyJson({ money }, AS_JSON).money).not.toBe(money)
    expect(Object.getPrototypeOf(copyJson({ money }, { ...AS_JSON, portable: true }).money)).toBe(
      Object.prototype,
    )
  })

  test('where every store shall be able to keep an item, its texts and names are looked at', () => {
    const portable = { ...AS_JSON, portable: true }
    for (const item of [{ text: '\0' }, { '\0': true }, { nested: { text: '\ud800' } }, { list: ['\0'] }]) {
      expect(() => copyJson(item, portable)).toThrow(expect.objectContaining({ code: 'INVALID_ITEM' }))
      expect(copyJson(item, AS_JSON)).toEqual(item)
    }
  })

  test('stored objects are replaced, never changed: what a subclass holds stays as it was', async () => {
    const store = new Store()
    await store.create(null, { id: '1', n: { a: 1 } })
    const held = store.items[0]!
    await store.updatePartially(null, '1', { n: { a: 2 }, extra: 1 })
    await store.set(null, { id: '1', n: { a: 3 } })
    expect(held).toEqual({ id: '1', n: { a: 1 } })
  })

  test('a list is a new array: changing it changes nothing (D21)', async () => {
    const store = new Store()
    await store.create(null, { id: '1' })
    const list = await store.getListByFilter(null, null)
    list.push({ id: '2' })
    list.length = 0
    expect(await store.getCountByFilter(null, null)).toBe(1)
  })
})

const AS_JSON = { portable: false, dates: new Set<string>(), undeclaredDate: () => {}, infinite: null }

/** All objects that a value reaches. */
function objectsIn(value: unknown, into = new Set<object>()): Set<object> {
  if (typeof value !== 'object' || value === null || into.has(value)) return into
  into.add(value)
  if (value instanceof Map) for (const [key, held] of value) objectsIn(held, objectsIn(key, into))
  if (value instanceof Set) for (const entry of value) objectsIn(entry, into)
  if (!ArrayBuffer.isView(value)) for (const key of Object.keys(value)) objectsIn((value as never)[key], into)
  return into
}

describe("reads: 'frozen'", () => {
  async function frozen(): Promise<Store> {
    const store = new Store()
    store.configure(ConfigParams.fromTuples('options.reads', 'frozen'))
    return store
  }

  test('reads hand out the stored object itself, frozen at every depth', async () => {
    const store = await frozen()
    const made = await store.create(null, { id: '1', list: [{ n: 1 }], price: new Money(1) })
    const got = (await store.getOneById(null, '1'))!
    expect(got).toBe(await store.getOneById(null, '1'))
    expect(got).toBe(made)
    expect(got).toBe((await store.getListByFilter(null, { id: '1' }))[0])
    expect(() => ((got as Held)['list'][0].n = 2)).toThrow(TypeError)
    expect(() => got['list'].push(1)).toThrow(TypeError)
    expect(() => ((got as Held)['price'].amount = 2)).toThrow(TypeError)
    expect(() => ((got as Held)['new'] = 2)).toThrow(TypeError)
  })

  test('what cannot be frozen is not handed out to be changed', async () => {
    const store = await frozen()
    await store.create(null, {
      id: '1',
      when: new Date(5),
      map: new Map([['k', { n: 1 }]]),
      set: new Set([1]),
    })
    const got = (await store.getOneById(null, '1'))!
    for (const change of [
      () => got['when'].setTime(6),
      () => got['map'].set('k', 2),
      () => (got['map'].get('k').n = 2),
      () => got['set'].add(2),
    ]) {
      try {
        change()
      } catch (error) {
        expect(error).toBeInstanceOf(TypeError)
      }
    }
    const again = (await store.getOneById(null, '1'))!
    expect([again['when'].getTime(), again['map'].get('k'), [...again['set']]]).toEqual([5, { n: 1 }, [1]])
  })

  test('the caller keeps its own object, unfrozen, and updates go on', async () => {
    const store = await frozen()
    const mine = { id: '1', list: [1] }
    await store.create(null, mine)
    mine.list.push(2)
    expect(Object.isFrozen(mine)).toBe(false)
    expect(await store.updatePartially(null, '1', { b: [1] })).toEqual({ id: '1', list: [1], b: [1] })
    expect(await store.set(null, { ...mine, list: [9] })).toEqual({ id: '1', list: [9] })
    expect(Object.isFrozen((await store.getOneById(null, '1'))?.['list'])).toBe(true)
  })

  test('deepFreeze() ends on cycles and freezes below what is frozen already', () => {
    const cycle: Record<string, unknown> = { a: {} }
    cycle['self'] = cycle
    deepFreeze(cycle)
    expect(Object.isFrozen(cycle['a'])).toBe(true)
    const outer = Object.freeze({ inner: { n: 1 } })
    deepFreeze(outer)
    expect(Object.isFrozen(outer.inner)).toBe(true)
  })

  test('another word than copied or frozen is refused', () => {
    const store = new Store()
    expect(() => store.configure(ConfigParams.fromTuples('options.reads', 'fast'))).toThrow(
      expect.objectContaining({ code: 'BAD_CONFIG' }),
    )
  })
})
