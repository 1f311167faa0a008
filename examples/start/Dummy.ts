import type { IStringIdentifiable } from 'holdfast'

export interface Dummy extends IStringIdentifiable {
  id: string
  key: string
  content: string
}
