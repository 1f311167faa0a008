/** Statements kept prepared: filters of one code base are few, but those made from requests may be any. */
const MAX_STATEMENTS = 200

/** Prepared statements by their text, the least recently used dropped first. */
export class StatementCache<S> {
  readonly #prepare: (text: string) => S
  readonly #statements = new Map<string, S>()

  constructor(prepare: (text: string) => S) {
    this.#prepare = prepare
  }

  get(text: string): S {
    const known = this.#statements.get(text)
    if (known !== undefined) {
      // To the end of the map, which is in the order of insertion: the first entry is the one to drop.
      this.#statements.delete(text)
      this.#statements.set(text, known)
      return known
    }
    const statement = this.#prepare(text)
    if (this.#statements.size >= MAX_STATEMENTS) {
      this.#statements.delete(this.#statements.keys().next().value as string)
    }
    this.#statements.set(text, statement)
    return statement
  }
}
