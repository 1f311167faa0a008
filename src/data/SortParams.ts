import type { SortField } from './SortField.js'

/** The fields to sort by, most significant first. */
export class SortParams extends Array<SortField> {
  // map() and filter() would otherwise call this constructor with a length, which it would take for a field.
  static override get [Symbol.species](): ArrayConstructor {
    return Array
  }

  constructor(...fields: SortField[]) {
    // Not super(...fields): a single argument of Array is a length.
    super()
    this.push(...fields)
  }
}
