import type { IStringIdentifiable } from 'holdfast'

export interface Order extends IStringIdentifiable {
  /** What customers know it by; no two orders have the same. */
  key: string
  status: 'open' | 'paid' | 'shipped'
  customer: { name: string; country: string }
  /** In cents. */
  total: number
  placed: Date
  note: string | null
}
