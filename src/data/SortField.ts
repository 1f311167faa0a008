/** One field to sort by. */
export class SortField {
  /** Name or dotted path of the field. */
  name: string | null
  /** `true` (default): smallest first. */
  ascending: boolean

  constructor(name: string | null = null, ascending: boolean = true) {
    this.name = name
    this.ascending = ascending
  }
}
