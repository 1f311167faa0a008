import { ApplicationException, PagingParams, TokenizedPagingParams } from 'holdfast'
import type { Order } from './Order.js'
import type { OrdersPersistence } from './OrdersPersistence.js'
import { makeOrders } from './orders.js'

const ORDERS = 60

/**
 * Writes orders, reads them in every way that the component has, changes some and opens it again, and prints what each
 * step gave. What is printed is the same on every store. The component is empty before and after.
 */
export async function takeTour(orders: OrdersPersistence): Promise<void> {
  await orders.open(null)
  const found = await orders.getCountByFilter(null, null)
  if (found > 0)
    throw new Error(`There are ${found} orders in this store already: it is not the example's own.`)
  try {
    await write(orders)
    await read(orders)
    await change(orders)
    await orders.close(null)
    await orders.open(null)
    console.log('after opening again:', await orders.getCountByFilter(null, null), 'orders')
    show(await orders.getOneByKey(null, '2024/1'))
  } finally {
    if (!orders.isOpen()) await orders.open(null)
    await orders.clear(null)
    await orders.close(null)
  }
}

async function write(orders: OrdersPersistence): Promise<void> {
  const created = await orders.createMany(null, makeOrders(ORDERS))
  console.log('created:', created.length, 'orders')
  const [order] = makeOrders(1) as [Order]
  await refused('an id that is taken', orders.create(null, order))
  await refused('a key that is taken', orders.create(null, { ...order, id: 'another' }))
  await refused('an amount that JSON has not', orders.set(null, { ...order, total: Number.NaN }))
}

async function read(orders: OrdersPersistence): Promise<void> {
  console.log('by key 2024/8:')
  show(await orders.getOneByKey(null, '2024/8'))
  console.log('by key 2023/1:', await orders.getOneByKey(null, '2023/1'))

  const page = await orders.getPageByStatus(null, 'open', 2000, new PagingParams(2, 3, true))
  console.log(`third to fifth newest of ${page.total} open orders from 20.00:`)
  for (const order of page.data) show(order)

  const gifts = await orders.getListByFilter(
    null,
    {
      note: 'gift',
      'customer.country': { $in: ['FR', 'JP'] },
      placed: { $lt: new Date('2024-01-02T00:00:00Z') },
    },
    { 'customer.name': 1, total: -1 },
  )
  console.log('gifts to France and Japan of the first day, by name, the dearest first:')
  for (const order of gifts) show(order)

  console.log('all in order of total, in pages by token:')
  let token: string | null = null
  do {
    const next = await orders.getPageByToken(null, null, new TokenizedPagingParams(token, 25), { total: 1 })
    console.log(' ', next.data.length, 'from', next.data[0]?.total, 'to', next.data.at(-1)?.total)
    token = next.token
  } while (token !== null)

  const { index } = await orders.explain(null, { key: '2024/8' })
  console.log('index that finds a key:', index)
}

async function change(orders: OrdersPersistence): Promise<void> {
  console.log('paid:')
  show(await orders.pay(null, 'o-00001'))
  console.log('paid, but unknown:', await orders.pay(null, 'o-99999'))
  console.log('deleted:')
  show(await orders.deleteById(null, 'o-00004'))
  await orders.deleteByFilter(null, { status: 'shipped' })
  console.log('left when those shipped are deleted:', await orders.getCountByFilter(null, {}))
}

async function refused(what: string, attempt: Promise<unknown>): Promise<void> {
  try {
    await attempt
  } catch (error) {
    if (!(error instanceof ApplicationException)) throw error
    console.log(`refused, ${what}:`, error.code)
    return
  }
  throw new Error(`${what} was not refused.`)
}

export function show(order: Order | null): void {
  if (order === null) {
    console.log('  nothing')
    return
  }
  const { id, key, status, customer, total, placed, note } = order
  const amount = (total / 100).toFixed(2)
  console.log(`  ${id} ${key} ${status} ${customer.name} ${amount} ${placed.toISOString()} ${note ?? '-'}`)
}
