import { AnyValueMap } from '../../../src/data/AnyValueMap.js'
import { Random } from '../../simulated/random.js'
import type { Declared } from './declarations.js'
import { drawFilter, drawPaging, drawSelect, drawSort } from './filters.js'
import { FIELDS, unstorable, Values } from './values.js'

/**
 * One call of a component. `reopen` closes and opens it, `atOnce` makes the operations that are its arguments without
 * waiting in between; the other names are those of its methods.
 */
export interface Operation {
  readonly name: string
  readonly args: readonly unknown[]
}

type Item = Record<string, unknown>

/** Values of the field that has unique indexes: some items want the same. */
const KEYS = ['first 1', 'first 3', 'x', 'y', 5, '5', 0, true, null]

/** The operations of one round: the same seed gives the same ones, whatever the stores answer. */
export function drawOperations(seed: number, declared: Declared, count: number): Operation[] {
  const draw = new Operations(new Random(seed), declared)
  return Array.from({ length: count }, (_, i) => (i === 0 ? draw.first() : draw.next()))
}

class Operations {
  readonly #random: Random
  readonly #values: Values
  readonly #declared: Declared
  readonly #ids: readonly unknown[]

  constructor(random: Random, declared: Declared) {
    this.#random = random
    this.#values = new Values(random)
    this.#declared = declared
    this.#ids =
      declared.idType === 'number'
        ? [0, 1, 2, 3, 5, 10, -1, 0.5, -0, 2 ** 53, 1e21, 0.1, 2 ** 63]
        : [
            '1',
            '2',
            '5',
            '10',
            'a',
            'A',
            'b',
            'é',
            'ß',
            '\ue000',
            '\uffff',
            '😀',
            '\u{10ffff}',
            "o'x",
            '%',
            ' ',
            'id,x',
          ]
  }

  /** Items to begin with. */
  first(): Operation {
    const ids = this.#ids.filter((id) => !Object.is(id, -0) && this.#random.chance(0.5))
    return {
      name: 'createMany',
      args: [ids.map((id, i) => ({ ...this.#item(), id, k: `first ${i}`, o: null }))],
    }
  }

  next(): Operation {
    const random = this.#random
    const values = this.#values
    const id = () => this.#id()
    const filter = () => drawFilter(values, id)
    const kind = random.below(100)
    if (kind < 10) return { name: 'create', args: [this.#anyItem()] }
    if (kind < 13) return { name: 'createMany', args: [this.#items()] }
    if (kind < 20) return { name: 'set', args: [this.#anyItem()] }
    if (kind < 23) return { name: 'setMany', args: [this.#items()] }
    if (kind < 30) return { name: 'update', args: [this.#anyItem()] }
    if (kind < 40) return { name: 'updatePartially', args: [id(), this.#data()] }
    if (kind < 44) return { name: 'deleteById', args: [id()] }
    if (kind < 46) return { name: 'deleteByIds', args: [this.#idList()] }
    if (kind < 48) return { name: 'deleteByFilter', args: [this.#rare(filter())] }
    if (kind < 53) return { name: 'getOneById', args: [id()] }
    if (kind < 56) return { name: 'getListByIds', args: [this.#idList()] }
    if (kind < 60) return { name: 'getOneByFilter', args: [filter(), drawSort(values)] }
    if (kind < 70) return { name: 'getListByFilter', args: [filter(), drawSort(values), drawSelect(values)] }
    if (kind < 80)
      return {
        name: 'getPageByFilter',
        args: [filter(), drawPaging(values), drawSort(values), drawSelect(values)],
      }
    if (kind < 88)
      return {
        name: 'getPageByToken',
        args: [filter(), this.#tokenPaging(), drawSort(values), drawSelect(values)],
      }
    if (kind < 95) return { name: 'getCountByFilter', args: [filter()] }
    if (kind < 97) return { name: 'getOneRandom', args: [filter()] }
    if (kind < 98)
      return { name: 'atOnce', args: Array.from({ length: 2 + random.below(5) }, () => this.#write()) }
    if (kind < 99) return { name: 'explain', args: [filter(), drawSort(values)] }
    return random.chance(0.7) ? { name: 'reopen', args: [] } : { name: 'clear', args: [] }
  }

  /**
   * A write whose items have their ids: those that a store makes are looked at one by one. With unique indexes only
   * creations are made at once: PostgreSQL may let a write that gives a key free overtake one that wants it, which
   * then succeeds where it is DUPLICATE_KEY elsewhere.
   */
  #write(): Operation {
    const withId = () => ({ ...this.#item(), id: this.#random.pick(this.#ids) })
    if (this.#declared.indexes.some(({ unique }) => unique)) {
      if (this.#random.chance(0.3)) return { name: 'createMany', args: [[withId(), withId()]] }
      return { name: 'create', args: [withId()] }
    }
    const one = this.#random.pick([
      'create',
      'create',
      'set',
      'update',
      'setMany',
      'createMany',
      'updatePartially',
    ])
    switch (this.#random.below(4)) {
      case 0:
        return { name: 'deleteById', args: [this.#random.pick(this.#ids)] }
      case 1:
        return { name: 'updatePartially', args: [this.#random.pick(this.#ids), this.#data()] }
      default:
        if (one.endsWith('Many')) return { name: one, args: [[withId(), withId()]] }
        return one === 'updatePartially'
          ? { name: 'deleteByFilter', args: [{ k: this.#random.pick(KEYS) }] }
          : { name: one, args: [withId()] }
    }
  }

  /** Filters that delete everything would leave the other operations nothing to do. */
  #rare(filter: unknown): unknown {
    const all = filter === null || (typeof filter === 'object' && Object.keys(filter as object).length === 0)
    return all && this.#random.chance(0.8) ? { n: 5 } : filter
  }

  #id(): unknown {
    const random = this.#random
    if (random.chance(0.95)) return random.pick(this.#ids)
    return random.pick<unknown>([
      '5',
      5,
      '05',
      null,
      undefined,
      '',
      Number.NaN,
      'x'.repeat(512),
      'é'.repeat(257),
      '\ud800',
      'a\0',
      {},
      true,
      1e300,
      [1],
    ])
  }

  #idList(): unknown {
    if (this.#random.chance(0.02)) return this.#random.pick<unknown>([null, 'a', 5])
    return Array.from({ length: this.#random.below(6) }, () => this.#id())
  }

  #items(): unknown {
    if (this.#random.chance(0.02)) return this.#random.pick<unknown>([null, 5, {}])
    return Array.from({ length: this.#random.below(5) }, () => this.#anyItem())
  }

  /** With an id, mostly; now and then nothing that is an item. */
  #anyItem(): unknown {
    const random = this.#random
    if (random.chance(0.02))
      return random.pick<unknown>([null, undefined, 5, 'a', [], [{ id: '1' }], new Date(1), () => 1])
    const item = this.#item()
    if (random.chance(0.06))
      return random.chance(0.5) ? item : { ...item, id: random.pick([null, '', undefined]) }
    item.id = this.#id()
    return item
  }

  #item(): Item {
    const random = this.#random
    const item: Item = {}
    const count = 1 + random.below(6)
    for (let i = 0; i < count; i++) this.#put(item)
    if (random.chance(0.03)) item[random.pick(FIELDS)] = unstorable(random)
    return item
  }

  #put(item: Item): void {
    const random = this.#random
    const values = this.#values
    const field = random.pick([...FIELDS, 'a', 'b', 'k', 'k', 'n', 'when', 'at'] as const)
    if (field === 'k' && random.chance(0.8)) item.k = random.pick(KEYS)
    else if (field === 'o') item.o = values.object()
    else if (field === 'tags') item.tags = random.chance(0.8) ? values.array() : values.value()
    else if (field === 'when') item.when = this.#dateOrSo('when')
    else if (field === 'at') item.o = { ...values.object(), at: this.#dateOrSo('o.at') }
    else if (field === 'n') item.n = random.chance(0.8) ? values.number() : values.scalar()
    else item[field] = values.value()
    if (random.chance(0.05)) item[random.pick(FIELDS)] = undefined
    if (random.chance(0.03)) item.long = values.letters(random.pick([300, 2000, 9000]))
    if (random.chance(0.01)) item[random.pick(FIELDS)] = 'y'.repeat(random.pick([511, 512, 513]))
    if (random.chance(0.01))
      Object.defineProperty(item, '__proto__', { value: 1, enumerable: true, configurable: true })
  }

  #dateOrSo(path: string): unknown {
    const random = this.#random
    const values = this.#values
    if (!this.#declared.dateFields.includes(path) && random.chance(0.95)) return values.date().toISOString()
    if (random.chance(0.8)) return values.date()
    return random.pick<unknown>([
      null,
      5,
      'no date',
      '2026-01-01',
      values.date().toISOString(),
      [values.date()],
      {},
    ])
  }

  #data(): unknown {
    const random = this.#random
    if (random.chance(0.02)) return random.pick<unknown>([null, undefined, 5, 'a', [1]])
    const data = this.#item()
    if (random.chance(0.3)) data[random.pick([...FIELDS, 'when'])] = random.pick([null, undefined])
    if (random.chance(0.05)) data['o.a'] = 1
    if (random.chance(0.08)) data.id = this.#id()
    return random.chance(0.2) ? new AnyValueMap(data) : data
  }

  #tokenPaging(): unknown {
    const random = this.#random
    if (random.chance(0.03)) return { token: random.pick(['x', 'AQ', '', 'A'.repeat(60)]), take: 2 }
    if (random.chance(0.03)) return { take: random.pick<unknown>([1.5, 'x', -1]) }
    return { take: 1 + random.below(5), total: random.chance(0.3) }
  }
}
