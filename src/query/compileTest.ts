import type { Scalar, ValueCondition, ValueTest } from './Condition.js'
import { compareText, dateText } from './compare.js'
import { compileCondition } from './compileCondition.js'
import { foldCase } from './fold.js'
import { isPlainContainer } from './path.js'

/** A test of one value; `undefined` is a missing field. */
export type CompiledTest = (value: unknown) => boolean

/** From this many values on, `$in` looks up a Set instead of comparing one by one. */
const SET_FROM = 9

/** Makes a function of a test. It allocates nothing per value, but for the folded text of the `$i…` operators. */
export function compileTest(test: ValueTest): CompiledTest {
  switch (test.op) {
    case 'in':
      return compileIn(test.values)
    case 'gt':
    case 'gte':
    case 'lt':
    case 'lte':
      return typeof test.value === 'number'
        ? compileNumberRange(test.op, test.value)
        : compileTextRange(test.op, test.value)
    case 'exists':
      return test.value ? isThere : isMissing
    case 'contains': {
      const part = test.value
      return (value) => textOf(value)?.includes(part) ?? false
    }
    case 'startsWith': {
      const start = test.value
      return (value) => textOf(value)?.startsWith(start) ?? false
    }
    case 'icontains': {
      const part = test.value
      return (value) => {
        const text = textOf(value)
        return text !== null && foldCase(text).includes(part)
      }
    }
    case 'istartsWith': {
      const start = test.value
      return (value) => {
        const text = textOf(value)
        return text !== null && foldCase(text).startsWith(start)
      }
    }
    case 'size': {
      const size = test.value
      return (value) => Array.isArray(value) && value.length === size
    }
    case 'all':
      return compileAll(test.values)
    case 'elements':
      return someElement(compileValue(test.tests))
    case 'elementObjects': {
      const matches = compileCondition(test.condition)
      return someElement((element) => isPlainContainer(element) && matches(element))
    }
  }
}

function compileValue(condition: ValueCondition): CompiledTest {
  if (condition.op === 'not') {
    const test = compileValue(condition.of)
    return (value) => !test(value)
  }
  if (condition.op !== 'and') return compileTest(condition)
  const tests = condition.of.map(compileValue)
  return (value) => {
    for (let i = 0; i < tests.length; i++) if (!(tests[i] as CompiledTest)(value)) return false
    return true
  }
}

function isThere(value: unknown): boolean {
  return value !== undefined
}

function isMissing(value: unknown): boolean {
  return value === undefined
}

/** The text of a string or Date; `null` for anything else. */
function textOf(value: unknown): string | null {
  if (typeof value === 'string') return value
  return value instanceof Date ? dateText(value) : null
}

function isNullLike(value: unknown): boolean {
  return value === null || value === undefined || (value instanceof Date && Number.isNaN(value.getTime()))
}

function compileIn(values: readonly Scalar[]): CompiledTest {
  if (values.length === 1) return compileEquals(values[0] as Scalar)
  if (values.length >= SET_FROM) {
    const wanted = new Set<unknown>(values)
    const withNull = wanted.has(null)
    return (value) => {
      if (value === undefined) return withNull
      return wanted.has(value) || (value instanceof Date && wanted.has(dateText(value)))
    }
  }
  const tests = values.map(compileEquals)
  return (value) => {
    for (let i = 0; i < tests.length; i++) if ((tests[i] as CompiledTest)(value)) return true
    return false
  }
}

function compileEquals(wanted: Scalar): CompiledTest {
  if (wanted === null) return isNullLike
  const time = typeof wanted === 'string' ? timeOf(wanted) : null
  if (time === null) return (value) => value === wanted
  return (value) => value === wanted || (value instanceof Date && value.getTime() === time)
}

/** The time whose ISO text is `text`, or `null`: no Date equals it. Compared as numbers, Dates cost no text. */
function timeOf(text: string): number | null {
  if (!ISO.test(text)) return null
  const date = new Date(text)
  return dateText(date) === text ? date.getTime() : null
}

const ISO = /^(\d{4}|[+-]\d{6})-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/

type RangeOp = 'gt' | 'gte' | 'lt' | 'lte'

function compileNumberRange(op: RangeOp, bound: number): CompiledTest {
  switch (op) {
    case 'gt':
      return (value) => typeof value === 'number' && value > bound
    case 'gte':
      return (value) => typeof value === 'number' && value >= bound
    case 'lt':
      return (value) => typeof value === 'number' && value < bound
    case 'lte':
      return (value) => typeof value === 'number' && value <= bound
  }
}

function compileTextRange(op: RangeOp, bound: string): CompiledTest {
  const compare = compileTextComparison(bound)
  switch (op) {
    case 'gt':
      return (value) => compare(value) > 0
    case 'gte':
      return (value) => compare(value) >= 0
    case 'lt':
      return (value) => compare(value) < 0
    case 'lte':
      return (value) => compare(value) <= 0
  }
}

/** Times of the years 0 to 9999: among them the order of ISO texts is that of time. Other years carry a sign. */
const YEAR_0 = Date.parse('0000-01-01T00:00:00.000Z')
const YEAR_9999_END = Date.parse('9999-12-31T23:59:59.999Z')

/** Compares text with `bound`; NaN, of which every comparison is false, for what is no text. */
function compileTextComparison(bound: string): (value: unknown) => number {
  const parsed = timeOf(bound)
  const time = parsed !== null && parsed >= YEAR_0 && parsed <= YEAR_9999_END ? parsed : null
  return (value) => {
    if (typeof value === 'string') return compareText(value, bound)
    if (!(value instanceof Date)) return Number.NaN
    const at = value.getTime()
    if (time !== null && at >= YEAR_0 && at <= YEAR_9999_END) return at - time
    const text = dateText(value)
    return text === null ? Number.NaN : compareText(text, bound)
  }
}

function compileAll(values: readonly Scalar[]): CompiledTest {
  const tests = values.map((value) => someElement(compileEquals(value)))
  if (tests.length === 0) return () => false
  return (value) => {
    for (let i = 0; i < tests.length; i++) if (!(tests[i] as CompiledTest)(value)) return false
    return true
  }
}

function someElement(test: CompiledTest): CompiledTest {
  return (value) => {
    if (!Array.isArray(value)) return false
    for (let i = 0; i < value.length; i++) if (test(value[i])) return true
    return false
  }
}
