import { reviveDates } from '../core/dateFields.js'
import type { Path } from '../query/Condition.js'
import { project } from '../query/projection.js'

/**
 * Turns items into the JSON text of a document, and back. A Date goes in as its ISO text, and comes back in
 * `dateFields`.
 */
export class Documents<T> {
  readonly #dateFields: readonly Path[]

  constructor(dateFields: readonly Path[]) {
    this.#dateFields = dateFields
  }

  write(item: unknown): string {
    return JSON.stringify(item)
  }

  read(text: string): T {
    const item: unknown = JSON.parse(text)
    if (this.#dateFields.length > 0) reviveDates(item, this.#dateFields)
    return item as T
  }

  /** Reads many, and keeps only the fields of `select` when it is given. */
  readAll(texts: readonly string[], select: readonly Path[] | null): T[] {
    const items = texts.map((text) => this.read(text))
    return select === null ? items : items.map((item) => project(item, select) as T)
  }
}
