import type { IndexDefinition } from '../contract/Store.js'

/**
 * The first index in the steps of `EXPLAIN QUERY PLAN`; `null` when they pass over all items. The primary key read in
 * order (`SCAN`) only gives the order: that is a pass, unless every item matches.
 */
export function indexIn(
  steps: readonly string[],
  indexes: ReadonlyMap<string, IndexDefinition>,
  everything: boolean,
): string | null {
  for (const step of steps) {
    for (const [name, index] of indexes) if (step.includes(`INDEX ${name}`)) return index.name
    if (step.includes('INDEX sqlite_autoindex_') && (everything || step.startsWith('SEARCH'))) return 'id'
  }
  return null
}
