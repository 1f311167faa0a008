/**
 * The entries of a map are own enumerable properties of the map object itself, so that `filter.key1`
 * and `JSON.stringify(filter)` work. These functions reach them without ever meeting a method or
 * anything inherited, whatever the keys are called.
 */

/** Sets one own entry. */
export function putEntry(target: object, key: string, value: unknown): void {
  // Not by assignment: `__proto__` would call a setter and replace the prototype.
  Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true })
}

/** The entry, or `null` when there is none or it is undefined. 0, false and '' are entries like any other. */
export function entryOf(target: object, key: string): unknown {
  return Object.hasOwn(target, key) ? ((target as Record<string, unknown>)[key] ?? null) : null
}

/** A plain object with the same entries. A key `__proto__` stays an entry. */
export function plainObjectOf(target: object): Record<string, unknown> {
  return { ...target }
}

/** Own entries of anything: an object, an array (by index), a string (by character); none for the rest. */
export function entriesOf(source: unknown): [string, unknown][] {
  return source === null || source === undefined ? [] : Object.entries(source)
}

/** Names and values in turn, as pairs; a name without a value is left out. */
export function pairsOf(tuples: readonly unknown[] | null | undefined): [unknown, unknown][] {
  const pairs: [unknown, unknown][] = []
  for (let i = 0; i + 1 < (tuples?.length ?? 0); i += 2) pairs.push([tuples?.[i], tuples?.[i + 1]])
  return pairs
}
