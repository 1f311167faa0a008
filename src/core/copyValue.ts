/**
 * Deeper nesting than this is refused: it is a cycle gone wrong or an attack, and would overflow the stack elsewhere.
 * SQLite reads JSON up to 1000 levels (its documentation, "json_valid"), the item itself being one of them.
 */
export const MAX_DEPTH = 999

/** From this depth on copies are remembered, so that a cycle ends. Shallower values pay nothing for it. */
const CYCLE_CHECK_DEPTH = 32

/**
 * A deep copy that keeps what a structural copy keeps, and more: Dates, Maps, Sets, RegExps, binary data, cycles,
 * and the prototype of every object. Accessors are read once and become plain values; functions, symbols and
 * objects that only their own class can copy (promises, URLs, streams) are shared. So is what plain objects hold under
 * symbols: to look for those would take longer than the rest of a copy.
 *
 * @param onDeep  called when the value is nested so deeply that it may hold a cycle
 * @throws RangeError  nested deeper than `MAX_DEPTH`
 */
export function copyValue<V>(value: V, onDeep?: () => void): V {
  if (typeof value !== 'object' || value === null) return value
  try {
    return copyObject(value, 0, null) as V
  } catch (error) {
    if (error !== RESTART) throw error
    onDeep?.()
    return copyObject(value, 0, new Map()) as V
  }
}

/** Thrown when the depth suggests a cycle: the copy is made again, remembering. */
const RESTART = Symbol('restart')

type Memo = Map<object, object> | null

function copyObject(value: object, depth: number, memo: Memo): object {
  if (memo === null) {
    if (depth > CYCLE_CHECK_DEPTH) throw RESTART
  } else {
    const known = memo.get(value)
    if (known !== undefined) return known
    if (depth > MAX_DEPTH) throw new RangeError(`Nested deeper than ${MAX_DEPTH} levels.`)
  }
  if (Array.isArray(value)) return copyArray(value, depth, memo)
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype === Object.prototype) return copyFields({ ...value }, value, depth, memo)
  return copyExotic(value, prototype as object | null, depth, memo)
}

function copyArray(value: readonly unknown[], depth: number, memo: Memo): unknown[] {
  // A subclass of Array may not take a length, so its species is not asked.
  const copy: unknown[] = Object.getPrototypeOf(value) === Array.prototype ? value.slice() : Array.from(value)
  memo?.set(value, copy)
  for (let i = 0; i < copy.length; i++) {
    const element = copy[i]
    if (typeof element === 'object' && element !== null) copy[i] = copyObject(element, depth + 1, memo)
  }
  return copy
}

function copyFields(copy: Record<string, unknown>, value: object, depth: number, memo: Memo): object {
  memo?.set(value, copy)
  for (const key in copy) {
    const field = copy[key]
    if (typeof field === 'object' && field !== null) {
      // for…in also names inherited keys, where a class put enumerable ones on its prototype.
      if (Object.hasOwn(copy, key)) copy[key] = copyObject(field, depth + 1, memo)
    } else if (typeof field === 'number') {
      if (Object.hasOwn(copy, key)) copy[key] = unboxed(field)
    }
  }
  return copy
}

function copyExotic(value: object, prototype: object | null, depth: number, memo: Memo): object {
  if (value instanceof Date) return withPrototype(new Date(value.getTime()), prototype)
  if (value instanceof Map) {
    const copy = new Map()
    memo?.set(value, copy)
    for (const [key, held] of value) copy.set(copyHeld(key, depth, memo), copyHeld(held, depth, memo))
    return copy
  }
  if (value instanceof Set) {
    const copy = new Set()
    memo?.set(value, copy)
    for (const held of value) copy.add(copyHeld(held, depth, memo))
    return copy
  }
  if (value instanceof RegExp) return new RegExp(value.source, value.flags)
  // Buffer.slice shares memory, so it is not used here.
  if (value instanceof ArrayBuffer) return value.slice(0)
  if (ArrayBuffer.isView(value)) return copyView(value)
  if (value instanceof Error) return copyError(value, prototype, depth, memo)
  // What shows nothing of itself (a promise, a URL, a stream's handle) only its own class could copy.
  const keys = Object.keys(value)
  if (keys.length === 0 && Object.prototype.toString.call(value) !== '[object Object]') return value
  const copy = Object.create(prototype) as Record<string, unknown>
  for (const key of keys) define(copy, key, (value as Record<string, unknown>)[key])
  return copyFields(copy, value, depth, memo)
}

/** Message, trace and cause are own fields too, which do not show in loops. */
function copyError(value: Error, prototype: object | null, depth: number, memo: Memo): object {
  // Not Object.create: what shows an Error (a log, a test) asks whether it was born as one.
  const copy = withPrototype(new Error(), prototype)
  memo?.set(value, copy)
  for (const key of Reflect.ownKeys(value)) {
    Object.defineProperty(copy, key, {
      value: copyHeld(value[key as keyof Error], depth, memo),
      writable: true,
      enumerable: Object.prototype.propertyIsEnumerable.call(value, key),
      configurable: true,
    })
  }
  return copy
}

function withPrototype<V extends object>(copy: V, prototype: object | null): V {
  return Object.getPrototypeOf(copy) === prototype ? copy : Object.setPrototypeOf(copy, prototype)
}

function copyHeld(held: unknown, depth: number, memo: Memo): unknown {
  return typeof held === 'object' && held !== null ? copyObject(held, depth + 1, memo) : held
}

function copyView(view: ArrayBufferView): object {
  if (Buffer.isBuffer(view)) return Buffer.from(view)
  const bytes = view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength)
  const Constructor = view.constructor as new (buffer: ArrayBufferLike) => object
  return new Constructor(bytes)
}

/**
 * The same number without the box that it may have come in. Where one object of a hidden class has held a fraction in a
 * field, the engine keeps that field of every other one in 16 bytes of its own, and copies would inherit them.
 */
export function unboxed(value: number): number {
  const whole = value | 0
  // Zero and minus zero are two.
  return Object.is(whole, value) ? whole : value
}

/** Sets an own field whatever its name: a plain assignment to `__proto__` would change the prototype. */
export function define(target: object, key: string, value: unknown): void {
  // An inherited accessor would catch an assignment, or refuse it.
  if (key in target && !Object.hasOwn(target, key)) {
    Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true })
  } else {
    ;(target as Record<string, unknown>)[key] = value
  }
}

/**
 * Freezes a value at every depth. False when it holds what freezing does not stop from changing: a Date, a Map, a Set,
 * binary data, or anything else with an inside of its own.
 */
export function deepFreeze(value: unknown, seen = new Set<object>()): boolean {
  if (typeof value !== 'object' || value === null || seen.has(value)) return true
  seen.add(value)
  if (!Array.isArray(value) && Object.prototype.toString.call(value) !== '[object Object]') return false
  Object.freeze(value)
  let frozen = true
  for (const key of Object.keys(value)) {
    if (!deepFreeze((value as Record<string, unknown>)[key], seen)) frozen = false
  }
  return frozen
}
