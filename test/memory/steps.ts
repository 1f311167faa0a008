import fc from 'fast-check'
import type { Item, Op } from './PlainModel.js'

/** Few ids and values, so that steps meet. Numbers and strings that look alike are different ids. */
export const id = fc.constantFrom<Item['id']>(0, 1, 2, 3, 10, '0', '1', 'x', 'y', '__proto__')
const value = fc.constantFrom<unknown>(0, 1, 2, 'p', 'q', null, true)
const fields = { a: value, b: value, u: fc.oneof(value, fc.integer({ min: 0, max: 20 })) }

export const item: fc.Arbitrary<Item> = fc.record({ id, ...fields }, { requiredKeys: ['id'] })
export const data: fc.Arbitrary<Partial<Item>> = fc.record(fields, { requiredKeys: [] })

export const sharedOp: fc.Arbitrary<Op> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ op: fc.constant('create' as const), item }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('set' as const), item }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('update' as const), item }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('updatePartially' as const), id, data }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('deleteById' as const), id }) },
  {
    weight: 1,
    arbitrary: fc.record({ op: fc.constant('createMany' as const), items: fc.array(item, { maxLength: 4 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ op: fc.constant('deleteByIds' as const), ids: fc.array(id, { maxLength: 4 }) }),
  },
)

/** Of two ids, so that calls often find nothing to do because of the one before. */
export const contestedOp: fc.Arbitrary<Op> = fc
  .tuple(
    fc.constantFrom('create', 'update', 'deleteById', 'deleteById', 'deleteByIds'),
    fc.constantFrom(0, 1),
  )
  .map(([op, id]): Op => {
    if (op === 'deleteById') return { op, id }
    if (op === 'deleteByIds') return { op, ids: [id] }
    return { op: op as 'create' | 'update', item: { id } }
  })

const filter = fc.oneof(
  fc.record({ a: value }),
  fc.record({ a: value, b: value }),
  fc.record({ a: fc.constantFrom({ $gte: 1 }, { $startsWith: 'p' }, { $exists: true }) }),
)

export const exclusiveOp: fc.Arbitrary<Op> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ op: fc.constant('deleteByFilter' as const), filter }) },
  { weight: 1, arbitrary: fc.constant({ op: 'clear' as const }) },
  { weight: 2, arbitrary: fc.constant({ op: 'save' as const }) },
)

export const anyOp: fc.Arbitrary<Op> = fc.oneof({ weight: 6, arbitrary: sharedOp }, exclusiveOp)
