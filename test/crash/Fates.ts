/** What may become of items that have been written or deleted, each by its id. */
export class Fates {
  readonly #stored = new Set<string>()
  readonly #gone = new Set<string>()
  /** Asked for and not answered, or nobody knows. */
  readonly #open = new Set<string>()
  /** Of those, the creations that nobody knows of: the next acknowledged write shows that they are gone. */
  readonly #unknown = new Set<string>()

  /** Ids of items that are stored for certain. */
  get stored(): string[] {
    return [...this.#stored]
  }

  /**
   * Notes that a call was made that is to store those items, or to delete them, and what comes of it.
   *
   * @param left  whether a call that is refused may still be carried out later
   */
  async follow(
    ids: readonly string[],
    to: 'store' | 'delete',
    call: Promise<unknown>,
    left = false,
  ): Promise<void> {
    for (const id of ids) this.#move(id, this.#open)
    const unknownBefore = [...this.#unknown]
    const error = await call.then(
      () => null,
      (thrown: unknown) => thrown,
    )
    const [done, undone] = to === 'store' ? [this.#stored, this.#gone] : [this.#gone, this.#stored]
    if (error === null) {
      for (const id of ids) this.#move(id, done)
      // What is acknowledged was written behind a fresh copy of everything, which does not hold what was given up.
      for (const id of unknownBefore) if (this.#unknown.has(id)) this.#move(id, this.#gone)
    } else if (codeOf(error) === 'OUTCOME_UNKNOWN' || left) {
      if (to === 'store' && !left) for (const id of ids) this.#unknown.add(id)
    } else for (const id of ids) this.#move(id, undone)
    if (error !== null && !REFUSALS.has(codeOf(error))) throw error
  }

  /** What an opening shows settles everything. */
  settle(seen: ReadonlySet<string>): void {
    for (const id of [...this.#open]) this.#move(id, seen.has(id) ? this.#stored : this.#gone)
  }

  /** A check to be made later, of what is known now. @returns what is wrong with items that were seen; null when nothing is */
  check(): (seen: ReadonlySet<string>) => string | null {
    const [stored, gone] = [[...this.#stored], [...this.#gone]]
    return (seen) => {
      const lost = stored.filter((id) => !seen.has(id))
      const back = gone.filter((id) => seen.has(id))
      if (lost.length + back.length === 0) return null
      return `lost: ${lost.join(' ') || 'none'}; there although refused or deleted: ${back.join(' ') || 'none'}`
    }
  }

  #move(id: string, to: Set<string>): void {
    for (const set of [this.#stored, this.#gone, this.#open, this.#unknown]) set.delete(id)
    to.add(id)
  }
}

/** What calls may reject with while the disk fails. */
const REFUSALS = new Set(['WRITE_FAILED', 'STORAGE_FULL', 'STORE_FAILED', 'READ_FAILED', 'OUTCOME_UNKNOWN'])

export function isRefusal(error: unknown): boolean {
  return REFUSALS.has(codeOf(error))
}

export function codeOf(error: unknown): string {
  return String((error as { code?: unknown } | null)?.code ?? error)
}
