import type { Condition, Path, Scalar, ValueTest } from './Condition.js'
import { compileTest } from './compileTest.js'
import { readField, readPath } from './path.js'

/** A condition as a function. */
export type Matcher = (item: unknown) => boolean

/**
 * Makes a function of a parsed condition: closures, no generated code. It never changes the item, and it
 * allocates nothing per item but the folded text of the `$i…` operators.
 */
export function compileCondition(condition: Condition): Matcher {
  switch (condition.op) {
    case 'and':
      return compileAnd(condition.of.map(compileCondition))
    case 'or':
      return compileOr(condition.of.map(compileCondition))
    case 'not': {
      const matches = compileCondition(condition.of)
      return (item) => !matches(item)
    }
    case 'field':
      return compileField(condition.path, condition.test)
  }
}

function compileAnd(parts: readonly Matcher[]): Matcher {
  const [a, b, c] = parts
  if (a === undefined) return () => true
  if (b === undefined) return a
  if (c === undefined) return (item) => a(item) && b(item)
  if (parts.length === 3) return (item) => a(item) && b(item) && c(item)
  return (item) => {
    for (let i = 0; i < parts.length; i++) if (!(parts[i] as Matcher)(item)) return false
    return true
  }
}

function compileOr(parts: readonly Matcher[]): Matcher {
  const [a, b] = parts
  if (a === undefined) return () => false
  if (b === undefined) return a
  if (parts.length === 2) return (item) => a(item) || b(item)
  return (item) => {
    for (let i = 0; i < parts.length; i++) if ((parts[i] as Matcher)(item)) return true
    return false
  }
}

function compileField(path: Path, test: ValueTest): Matcher {
  const quick = compileQuickEquality(path, test)
  if (quick !== null) return quick
  const matches = compileTest(test)
  const name = path[0] as string
  if (path.length === 1) return (item) => matches(readField(item, name))
  return (item) => matches(readPath(item, path))
}

/**
 * Equality of a top-level field with a number, a boolean or a string that is not the text of a time: most filters.
 * The cheap comparison goes first, so the question whether the field is the item's own is asked of matches only
 * (a getter that the item's class has under that name runs, but what it returns does not count).
 */
function compileQuickEquality(path: Path, test: ValueTest): Matcher | null {
  if (test.op !== 'in' || path.length !== 1 || test.values.length !== 1) return null
  const name = path[0] as string
  const wanted = test.values[0] as Scalar
  if (wanted === null || (typeof wanted === 'string' && wanted.endsWith('Z'))) return null
  return (item) =>
    typeof item === 'object' &&
    item !== null &&
    (item as Record<string, unknown>)[name] === wanted &&
    readField(item, name) === wanted
}
