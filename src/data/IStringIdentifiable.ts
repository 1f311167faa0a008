import type { IIdentifiable } from './IIdentifiable.js'

/** An item whose id is a string. */
export interface IStringIdentifiable extends IIdentifiable<string> {
  id: string
}
