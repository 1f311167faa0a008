import { BadRequestException } from '../errors/index.js'
import type { Path } from './Condition.js'
import { parsePath, quote, readPath } from './path.js'

/** Most fields of a projection. */
const MAX_FIELDS = 1000

/**
 * Reads a projection: ProjectionParams or an array of dotted paths; null, undefined or empty keeps whole items.
 * Paths are in the order given, each once; a path inside another (`a.b` beside `a`) is part of it and left out.
 *
 * @throws BadRequestException INVALID_PROJECTION  anything else, a path outside the grammar, or one with a bracket or a comma
 */
export function parseProjection(select: unknown): Path[] | null {
  if (select === null || select === undefined) return null
  if (!Array.isArray(select)) {
    throw refused(`${typeof select === 'string' ? 'a string' : `a ${typeof select}`} is not a list of fields`)
  }
  if (select.length > MAX_FIELDS) throw refused(`it has more than ${MAX_FIELDS} fields`)
  const texts = new Set<string>()
  // By index: ProjectionParams inherits from Array in a way that makes map() throw in the original package.
  for (let i = 0; i < select.length; i++) {
    const text: unknown = select[i]
    parsePath(text as string, `projection at [${i}]`, 'INVALID_PROJECTION')
    // What ProjectionParams.fromString leaves of unbalanced brackets, and a list that was never split.
    if (/[(),]/.test(text as string)) throw refused(`${quote(text)} is not one path`)
    texts.add(text as string)
  }
  const paths: Path[] = []
  for (const text of texts) {
    const path = text.split('.')
    const inside = path.some((_, length) => length > 0 && texts.has(path.slice(0, length).join('.')))
    if (!inside) paths.push(path)
  }
  return paths.length === 0 ? null : paths
}

function refused(problem: string): BadRequestException {
  return new BadRequestException(
    null,
    'INVALID_PROJECTION',
    `Cannot read the projection: ${problem}. Give a ProjectionParams, or an array of paths as in ["id", "address.city"].`,
  )
}

/**
 * A new object with the fields of `item` at `paths`, nested as they were; a path that is not there adds nothing, and
 * arrays are not entered. The objects on the way to a field are new; the values at the ends are the item's own, so
 * copy the item before, or the result after. Fields come in the order of `paths`, as made by `parseProjection`.
 */
export function project(item: unknown, paths: readonly Path[]): Record<string, unknown> {
  const result: Record<string, unknown> = {}
  for (const path of paths) {
    const value = readPath(item, path)
    if (value === undefined) continue
    let target = result
    const last = path.length - 1
    for (let i = 0; i < last; i++) {
      const name = path[i] as string
      // An own property only: names such as "toString" are there already, on the prototype.
      if (!Object.hasOwn(target, name)) target[name] = {}
      target = target[name] as Record<string, unknown>
    }
    target[path[last] as string] = value
  }
  return result
}
