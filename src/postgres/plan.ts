/** A node of `EXPLAIN (FORMAT JSON)`. */
interface PlanNode {
  readonly 'Index Name'?: string
  readonly 'Index Cond'?: string
  readonly Plans?: readonly PlanNode[]
}

/**
 * The first index in a plan, by its name in `indexNames`; `null` when the plan passes over all items. The primary key
 * without a condition on it only gives the order: that is a pass, unless every item matches.
 */
export function indexIn(
  plan: string,
  indexNames: ReadonlyMap<string, string>,
  everything: boolean,
): string | null {
  const [{ Plan }] = JSON.parse(plan) as [{ Plan: PlanNode }]
  return find(Plan)

  function find(node: PlanNode): string | null {
    const name = indexNames.get(node['Index Name'] ?? '')
    if (name !== undefined && (name !== 'id' || everything || node['Index Cond'] !== undefined)) return name
    for (const child of node.Plans ?? []) {
      const found = find(child)
      if (found !== null) return found
    }
    return null
  }
}
