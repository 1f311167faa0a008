import {
  type CallContext,
  type DataPage,
  IdentifiablePersistence,
  type IdentifiablePersistenceOptions,
  type PagingParams,
} from 'holdfast'
import type { Order } from './Order.js'

/** Orders on whichever store the URL names. No line here knows which one that is. */
export class OrdersPersistence extends IdentifiablePersistence<Order, string> {
  constructor(options?: IdentifiablePersistenceOptions) {
    super('holdfast_example_orders', options)
    this.dateFields('placed')
    this.ensureIndex({ key: 1 }, { unique: true })
    this.ensureIndex({ status: 1, placed: -1 })
  }

  getOneByKey(context: CallContext, key: string): Promise<Order | null> {
    return this.getOneByFilter(context, { key })
  }

  /** Orders with this status of at least `total` cents, the newest first. */
  getPageByStatus(
    context: CallContext,
    status: Order['status'],
    total: number,
    paging: PagingParams,
  ): Promise<DataPage<Order>> {
    return this.getPageByFilter(context, { status, total: { $gte: total } }, paging, { placed: -1 })
  }

  /** Takes the money: the order is paid. Resolves null when there is no such order. */
  pay(context: CallContext, id: string): Promise<Order | null> {
    return this.updatePartially(context, id, { status: 'paid' })
  }
}
