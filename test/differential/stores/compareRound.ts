import { inspect } from 'node:util'
import { canonical } from './canonical.js'
import type { Side } from './engines.js'
import type { Operation } from './operations.js'
import { perform } from './perform.js'

/** The first operation of a round on which the stores did not agree. */
export interface Difference {
  /** The operations of the round up to the one that differed. */
  readonly operations: readonly Operation[]
  /** By store: what was to be expected, and what came. */
  readonly outcomes: readonly { readonly side: string; readonly expected: string; readonly actual: string }[]
}

const BY_ID = [{ name: 'id', ascending: true }]
/** Operations that take a sort, and which argument it is. */
const SORT_AT: Readonly<Record<string, number>> = {
  getOneByFilter: 1,
  getListByFilter: 1,
  getPageByFilter: 2,
}

/** Calls that tell what is stored, in order of id and in the order of the store. */
const STORED: readonly Operation[] = [
  { name: 'getListByFilter', args: [null, BY_ID] },
  { name: 'getListByFilter', args: [null, null] },
]

/** Runs operations on all sides, from empty stores to what is stored at the end; null when they agree. */
export async function compareRound(
  sides: readonly Side[],
  drawn: readonly Operation[],
  reopened: boolean,
): Promise<Difference | null> {
  // A round that differed may have left a component closed.
  for (const { component } of sides) await component.open(null)
  const after = reopened ? [{ name: 'reopen', args: [] }, ...STORED] : []
  const operations = [{ name: 'clear', args: [] }, ...drawn, ...STORED, ...after]
  for (const [i, operation] of operations.entries()) {
    const before = canonical(operation.args)
    const outcomes = await compareOne(sides, operation)
    if (canonical(operation.args) !== before)
      outcomes.push({ side: 'arguments', expected: before, actual: canonical(operation.args) })
    const differing = outcomes.filter(({ expected, actual }) => actual !== expected)
    if (differing.length > 0) return { operations: operations.slice(0, i + 1), outcomes: differing }
  }
  return null
}

/**
 * The first side says what is right. Without a sort a store goes by insertion or by id, as it declares: for the
 * latter the first side is asked once more, by id.
 */
async function compareOne(
  sides: readonly Side[],
  operation: Operation,
): Promise<Difference['outcomes'][number][]> {
  const [reference, ...others] = sides as [Side, ...Side[]]
  const orders = sides.map(({ component }) => component.capabilities?.order)
  const [expected, byId, ...actual] = await Promise.all([
    perform(reference.component, operation),
    isUnsorted(operation) ? perform(reference.component, inOrderOfId(operation)) : null,
    ...others.map(({ component }) => perform(component, operation)),
  ])
  return others.map(({ name }, i) => ({
    side: name,
    expected: orders[i + 1] === orders[0] ? expected : (byId ?? expected),
    actual: actual[i]!,
  }))
}

function isUnsorted({ name, args }: Operation): boolean {
  if (name === 'getListByIds') return true
  const at = SORT_AT[name]
  if (at === undefined) return false
  const sort = args[at]
  if (sort === null || sort === undefined) return true
  return typeof sort === 'object' && Object.keys(sort).length === 0
}

/** The same operation in order of id. */
function inOrderOfId({ name, args }: Operation): Operation {
  if (name === 'getListByIds') return { name: 'getListByIdsInOrder', args }
  const sorted = [...args]
  sorted[SORT_AT[name]!] = BY_ID
  return { name, args: sorted }
}

/** A difference as text. */
export function describeDifference({ operations, outcomes }: Difference): string {
  const calls = operations.map(({ name, args }) => `  ${name}(${args.map(show).join(', ')})`)
  const told = outcomes.map(({ side, expected, actual }) => `  expected: ${expected}\n  ${side}: ${actual}`)
  return [...calls, ...told].join('\n')
}

function show(value: unknown): string {
  return inspect(value, { depth: null, breakLength: Number.POSITIVE_INFINITY, maxStringLength: 600 })
}
