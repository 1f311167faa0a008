/**
 * What a component can do, declared by whoever runs the suite. A promise that needs what is not declared is skipped;
 * nothing else skips a case. `docs/writing-a-store.md` says which cases each one decides.
 */
export interface Capabilities {
  /** Order of lists and pages without a sort. */
  readonly order: 'insertion' | 'id'
  /** Takes a predicate as filter and a key extractor as sort; `false`: both are refused with UNSUPPORTED. */
  readonly functions: boolean
  /** What was acknowledged is found by another component opened over the same place; `reopen` of the subject makes it. */
  readonly durable: boolean
  /** Keeps unique indexes. */
  readonly uniqueIndexes: boolean
  /** `backup(context, path)` writes a file; `false`: it is refused with UNSUPPORTED. */
  readonly backup: boolean
  /** Operations before `open` and after `close` are refused with NOT_OPENED; `false`: they work. */
  readonly needsOpen: boolean
  /** `structural`: what a structural copy keeps; `json`: what JSON keeps; `portable`: what every store can hold. */
  readonly values: 'structural' | 'json' | 'portable'
  /** `any`: strings, numbers and booleans beside each other; `typed`: one type, strings unless declared otherwise. */
  readonly ids: 'any' | 'typed'
  /** `own`: an index that fits is always used and `examined` is exact; `engine`: a database decides as it likes. */
  readonly plans: 'own' | 'engine'
  /** Has `getOneByFilter` and `setMany`, which the classes named after Pip.Services lack. */
  readonly extended: boolean
  /** Can be declared with `reads: 'frozen'`. */
  readonly frozenReads: boolean
}

/** Each capability with the values it may have, to refuse what is missing or misspelt. */
const VALUES: { readonly [Name in keyof Capabilities]: readonly Capabilities[Name][] } = {
  order: ['insertion', 'id'],
  functions: [true, false],
  durable: [true, false],
  uniqueIndexes: [true, false],
  backup: [true, false],
  needsOpen: [true, false],
  values: ['structural', 'json', 'portable'],
  ids: ['any', 'typed'],
  plans: ['own', 'engine'],
  extended: [true, false],
  frozenReads: [true, false],
}

/** @throws TypeError  a capability is missing, unknown, or has a value that it cannot have */
export function checkCapabilities(capabilities: Capabilities): void {
  const given = capabilities as unknown as Record<string, unknown>
  for (const [name, values] of Object.entries(VALUES) as [string, readonly unknown[]][]) {
    if (!values.includes(given[name]))
      throw new TypeError(
        `testPersistence: the capability "${name}" is ${String(given[name])}, not ${values.join(' or ')}.`,
      )
  }
  for (const name of Object.keys(given))
    if (!(name in VALUES)) throw new TypeError(`testPersistence: "${name}" is not a capability.`)
}
