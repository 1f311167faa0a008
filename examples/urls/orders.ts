import type { Order } from './Order.js'

const STATUSES = ['open', 'paid', 'shipped'] as const
const CUSTOMERS = [
  { name: 'Ada', country: 'GB' },
  { name: 'Émilie', country: 'FR' },
  { name: 'Grace', country: 'US' },
  { name: '和子', country: 'JP' },
]

/** So many orders, the same at every call: ids from `o-00001`, keys from `2024/1`, one every 37 minutes. */
export function makeOrders(count: number): Order[] {
  return Array.from({ length: count }, (_, i) => ({
    id: `o-${String(i + 1).padStart(5, '0')}`,
    key: `2024/${i + 1}`,
    status: STATUSES[i % 3] as Order['status'],
    customer: { ...(CUSTOMERS[i % 4] as Order['customer']) },
    total: 100 + ((i * 7919) % 9900),
    placed: new Date(Date.UTC(2024, 0, 1) + i * 37 * 60_000),
    note: i % 5 === 0 ? 'gift' : null,
  }))
}
