// biome-ignore-all lint/suspicious/noExplicitAny: operands are of any type here
/**
 * What docs/queries.md says, sentence by sentence, over unparsed filters: slow and plain. The tests compare the real
 * thing with it. Nothing here is taken from src/.
 */

const ABSENT = Symbol('left out')

/** Whether `item` matches `filter`, a well-formed filter object. */
export function matches(item: unknown, filter: object): boolean {
  const result = matchFilter(item, filter)
  return result === ABSENT ? true : result
}

type Answer = boolean | typeof ABSENT

/** All that is not left out must hold; when there was something and all of it was left out, so is the whole. */
function all(answers: Answer[]): Answer {
  const given = answers.filter((answer) => answer !== ABSENT)
  return answers.length > 0 && given.length === 0 ? ABSENT : given.every(Boolean)
}

function not(answer: Answer): Answer {
  return answer === ABSENT ? ABSENT : !answer
}

function matchFilter(item: unknown, filter: object): Answer {
  return all(
    Object.entries(filter).map(([key, operand]): Answer => {
      if (operand === undefined) return ABSENT
      if (key === '$not') return not(matchFilter(item, operand))
      if (key.startsWith('$')) {
        const branches = (operand as (object | undefined)[])
          .map((branch) => (branch === undefined ? ABSENT : matchFilter(item, branch)))
          .filter((answer) => answer !== ABSENT)
        if (branches.length === 0) return ABSENT
        if (key === '$and') return branches.every(Boolean)
        return (key === '$or') === branches.some(Boolean)
      }
      return matchValue(get(item, key.split('.')), operand)
    }),
  )
}

export function get(item: unknown, [name, ...rest]: string[]): unknown {
  if (name === undefined) return item
  if (typeof item !== 'object' || item === null || Array.isArray(item)) return undefined
  return Object.keys(item).includes(name) ? get((item as Record<string, unknown>)[name], rest) : undefined
}

function isOperators(operand: unknown): operand is object {
  return typeof operand === 'object' && operand !== null && !(operand instanceof Date)
}

function matchValue(value: unknown, operand: unknown): Answer {
  if (!isOperators(operand)) return equals(value, operand)
  return all(
    Object.entries(operand).map(([operator, argument]) =>
      argument === undefined ? ABSENT : matchOperator(value, operator, argument),
    ),
  )
}

function matchOperator(value: unknown, operator: string, argument: any): Answer {
  const texts = typeof plain(value) === 'string' ? [plain(value) as string] : []
  switch (operator) {
    case '$eq':
      return equals(value, argument)
    case '$ne':
      return !equals(value, argument)
    case '$in':
      return argument.some((one: unknown) => equals(value, one))
    case '$nin':
      return !argument.some((one: unknown) => equals(value, one))
    case '$gt':
      return sameOrderedType(value, argument) && compare(value, argument) > 0
    case '$gte':
      return sameOrderedType(value, argument) && compare(value, argument) >= 0
    case '$lt':
      return sameOrderedType(value, argument) && compare(value, argument) < 0
    case '$lte':
      return sameOrderedType(value, argument) && compare(value, argument) <= 0
    case '$exists':
      return (value !== undefined) === argument
    case '$contains':
      return texts.some((text) => text.split(argument).length > 1 || argument === '')
    case '$startsWith':
      return texts.some((text) => text.slice(0, argument.length) === argument)
    case '$icontains':
      return texts.some((text) => fold(text).indexOf(fold(argument)) >= 0)
    case '$istartsWith':
      return texts.some((text) => fold(text).indexOf(fold(argument)) === 0)
    case '$size':
      return Array.isArray(value) && value.length === argument
    case '$all':
      return (
        Array.isArray(value) &&
        argument.length > 0 &&
        argument.every((one: unknown) => value.some((element) => equals(element, one)))
      )
    case '$not':
      return not(matchValue(value, argument))
    case '$elemMatch':
      return matchElements(value, argument)
    default:
      throw new Error(operator)
  }
}

function matchElements(value: unknown, argument: object): Answer {
  const test = onElements(argument)
    ? (element: unknown) => matchValue(element, argument)
    : (element: unknown) => matchFilter(element, argument)
  // Whether the condition is left out depends on the condition alone, so any element tells.
  if (test(onElements(argument) ? 0 : {}) === ABSENT) return ABSENT
  if (!Array.isArray(value)) return false
  return value.some((element) => (onElements(argument) || isObject(element)) && test(element) === true)
}

function onElements(argument: object): boolean {
  return Object.entries(argument).some(
    ([key, inner]) =>
      (key.startsWith('$') && !['$and', '$or', '$nor', '$not'].includes(key)) ||
      (key === '$not' && isOperators(inner) && onElements(inner)),
  )
}

function isObject(value: unknown): boolean {
  return Object.prototype.toString.call(value) === '[object Object]'
}

/** A Date is its text, an invalid one null, -0 is 0, missing is null. */
function plain(value: unknown): unknown {
  if (value instanceof Date) return value.toJSON()
  if (value === undefined) return null
  return value === 0 ? 0 : value
}

function equals(value: unknown, operand: unknown): boolean {
  return plain(value) === plain(operand)
}

function sameOrderedType(value: unknown, operand: unknown): boolean {
  const type = typeof plain(value)
  return type === typeof plain(operand) && (type === 'string' || (type === 'number' && !Number.isNaN(value)))
}

function fold(text: string): string {
  const one = (changed: string, letter: string) => ([...changed].length === 1 ? changed : letter)
  return Array.from(text, (letter) => one(letter.toUpperCase(), letter))
    .map((letter) => one(letter.toLowerCase(), letter))
    .join('')
}

/** missing = null < false < true < NaN < numbers < strings by code point < everything else (all equal). */
export function compare(a: unknown, b: unknown): number {
  const [x, y] = [plain(a), plain(b)]
  if (rank(x) !== rank(y)) return rank(x) - rank(y)
  if (typeof x === 'number') return x < (y as number) ? -1 : x > (y as number) ? 1 : 0
  if (typeof x !== 'string') return 0
  const points = (text: unknown) => Array.from(text as string, (letter) => letter.codePointAt(0) as number)
  const [ps, qs] = [points(x), points(y)]
  const at = ps.findIndex((point, i) => point !== qs[i])
  if (at < 0) return ps.length - qs.length
  return qs[at] === undefined ? 1 : (ps[at] as number) - qs[at]
}

function rank(value: unknown): number {
  if (value === null) return 0
  if (typeof value === 'boolean') return value ? 2 : 1
  if (typeof value === 'number') return Number.isNaN(value) ? 3 : 4
  return typeof value === 'string' ? 5 : 6
}

/** The items in the order of `keys`, `[path, 1 | -1]`, ties by ascending id; numbers before strings. */
export function sorted<T extends { id: unknown }>(
  items: readonly T[],
  keys: readonly [string, 1 | -1][],
): T[] {
  return [...items].sort((a, b) => {
    for (const [path, direction] of keys) {
      const order = compare(get(a, path.split('.')), get(b, path.split('.')))
      if (order !== 0) return order * direction
    }
    return compare(a.id, b.id)
  })
}

/** The fields of `item` at `paths`. */
export function projected(item: unknown, paths: readonly string[]): unknown {
  const keep = (value: unknown, prefix: string): unknown => {
    if (paths.includes(prefix)) return value
    if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof Date)
      return undefined
    const entries = Object.entries(value)
      .map(([name, inner]) => [name, keep(inner, prefix === '' ? name : `${prefix}.${name}`)] as const)
      .filter(([, kept]) => kept !== undefined)
    return entries.length > 0 ? Object.fromEntries(entries) : undefined
  }
  return keep(item, '') ?? {}
}
