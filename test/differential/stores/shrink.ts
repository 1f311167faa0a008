import { compareRound, type Difference } from './compareRound.js'
import type { Side } from './engines.js'
import type { Operation } from './operations.js'

/** Rounds that a search for a smaller one may take. */
const MOST_TRIES = 400

/** A smaller round that still shows a difference: first operations are left out, then parts of their arguments. */
export async function shrink(
  sides: readonly Side[],
  drawn: readonly Operation[],
  reopened: boolean,
): Promise<Difference | null> {
  let best = drawn
  let found: Difference | null = null
  let tries = 0

  const shows = async (fewer: readonly Operation[]): Promise<boolean> => {
    if (++tries > MOST_TRIES) return false
    const difference = await compareRound(sides, fewer, reopened)
    if (difference === null) return false
    best = fewer
    found = difference
    return true
  }

  for (let size = Math.ceil(best.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = best.length - size; at > -size; at -= size) {
      const fewer = best.filter((_, i) => i < at || i >= at + size)
      if (fewer.length < best.length) await shows(fewer)
    }
  }
  for (let i = best.length - 1; i >= 0; i--) {
    for (let changed = true; changed; ) {
      changed = false
      for (const args of smaller(best[i]!.args, best[i]!.name === 'atOnce' ? 1 : 0)) {
        const operation = { name: best[i]!.name, args: args as unknown[] }
        changed = await shows(best.map((old, at) => (at === i ? operation : old)))
        if (changed) break
      }
    }
  }
  return found
}

/** The value with one part less, in every way. The arguments themselves, at the top, stay as many as they are. */
function* smaller(value: unknown, depth = 0): Generator<unknown> {
  if (Array.isArray(value)) {
    const elements: unknown[] = [...value]
    if (depth > 0) for (const i of elements.keys()) yield elements.filter((_, at) => at !== i)
    for (const [i, element] of elements.entries())
      for (const less of smaller(element, depth + 1)) yield elements.map((old, at) => (at === i ? less : old))
  } else if (
    typeof value === 'object' &&
    value !== null &&
    Object.getPrototypeOf(value) === Object.prototype
  ) {
    const fields = Object.entries(value)
    if (depth > 8) return
    for (const [name] of fields) yield Object.fromEntries(fields.filter(([other]) => other !== name))
    for (const [name, field] of fields)
      for (const less of smaller(field, depth + 1))
        yield Object.fromEntries(fields.map(([other, old]) => [other, other === name ? less : old]))
  } else if (typeof value === 'string' && value.length > 20) yield value.slice(0, value.length / 2)
}
