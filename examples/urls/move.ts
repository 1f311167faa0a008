import { PagingParams } from 'holdfast'
import { startProgress } from '../start/progress.js'
import type { OrdersPersistence } from './OrdersPersistence.js'
import { show } from './tour.js'

/** A component, and what to call its store. */
export interface Place {
  readonly name: string
  readonly orders: OrdersPersistence
}

/** Copies all orders from one store to the next, with a progress bar, and shows that both give the same answers. */
export async function move(from: Place, to: Place): Promise<void> {
  const total = await from.orders.getCountByFilter(null, null)
  const progress = startProgress(`${from.name} to ${to.name}`, total)
  let shown = 0
  const copied = await from.orders.copyTo(null, to.orders, {
    onProgress: (done) => {
      progress.advance(done - shown)
      shown = done
    },
  })
  progress.stop()
  const counted = await to.orders.getCountByFilter(null, null)
  console.log(`${from.name} to ${to.name}: ${copied} copied, ${counted} there`)
  await showNewest(to.orders)
}

/** The newest open orders from 50.00 on, which differ if anything was lost on the way. */
export async function showNewest(orders: OrdersPersistence): Promise<void> {
  const page = await orders.getPageByStatus(null, 'open', 5000, new PagingParams(0, 3, true))
  console.log(`newest of ${page.total}:`)
  for (const order of page.data) show(order)
}
