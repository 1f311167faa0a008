import { IdGenerator } from '../data/IdGenerator.js'
import type { Path } from '../query/Condition.js'
import { readPath } from '../query/path.js'
import { copyValue, deepFreeze } from './copyValue.js'
import { refuseReplacedDates, reviveDates } from './dateFields.js'
import { type IdType, isMissingId, isTooLong, MAX_INDEXED_BYTES, storedId } from './ids.js'
import { copyJson, copyJsonValue, describe, howToKeepDate, invalid, type JsonRules } from './jsonValue.js'
import { refuseWithoutFields } from './refuseWithoutFields.js'

/**
 * What a component keeps of a value. `structural`: what a structural copy keeps (memory). `json`: what JSON keeps,
 * and undeclared Dates until a reload (the Pip-named classes on a file). `portable`: what every store can hold.
 */
export type ValueKind = 'structural' | 'json' | 'portable'

export interface ItemSettings {
  /** Items have ids, of that type; `none`: a store without ids. */
  readonly idType: IdType | 'none'
  /** Asked at each write: a memory class becomes a file class when its saver is assigned. */
  readonly kind: () => ValueKind
  readonly warn: (message: string) => void
}

/**
 * Copies items on their way in and out, so that what a caller holds is never the stored object, and checks on the
 * way in that the store can keep them. To make the way out as cheap as a spread for flat items, it remembers which
 * top-level fields have ever held objects.
 */
export class ItemRules<T> {
  readonly dateFields: Path[] = []
  /** Hands out the stored objects themselves, deeply frozen. Those stored before it was set are frozen when read. */
  frozen = false
  readonly #settings: ItemSettings
  readonly #json: JsonRules
  readonly #portable: JsonRules
  readonly #dates = new Set<string>()
  readonly #indexed: Path[] = []
  readonly #warned = new Set<string>()
  #objectFields: string[] = []
  readonly #objectFieldSet = new Set<string>()
  /** Every item so far is a plain object without a field named `__proto__`, and few of their fields have held objects. */
  #plain = true
  /** Every item so far was frozen at every depth. */
  #freezable = true

  constructor(settings: ItemSettings) {
    this.#settings = settings
    const undeclaredDate = (path: string) => this.#warnOfDate(path)
    this.#json = { portable: false, dates: this.#dates, undeclaredDate, infinite: null }
    this.#portable = { portable: true, dates: this.#dates, undeclaredDate, infinite: null }
  }

  /** Declares fields that hold Dates. */
  declareDates(paths: readonly Path[]): void {
    for (const path of paths) {
      if (this.#dates.has(path.join('.'))) continue
      this.#dates.add(path.join('.'))
      this.dateFields.push(path)
    }
  }

  /** Limits texts in these fields, which are indexed: entries of every engine's indexes have a largest size. */
  limitTexts(paths: readonly Path[]): void {
    this.#indexed.push(...paths)
  }

  /**
   * Refuses what is no object with fields.
   * @throws BadRequestException INVALID_ITEM
   */
  check(item: unknown): asserts item is object {
    if (typeof item !== 'object' || item === null || Array.isArray(item)) {
      throw invalid('', `is ${describe(item)}, not an object`, 'Give an object with fields.')
    }
    // Without an id, whatever a copy keeps can be an item in memory, such as a Map; an id would have to be one of its
    // fields.
    if (this.#settings.idType !== 'none' || this.#settings.kind() !== 'structural')
      refuseWithoutFields(item, 'is')
  }

  /**
   * A private copy of a caller's item, with an id where the store has ids.
   * @throws BadRequestException INVALID_ITEM
   */
  take(item: unknown): T {
    this.check(item)
    const copy = this.#copyIn(item) as Record<string, unknown>
    if (this.#settings.idType !== 'none') {
      const { id } = copy
      // Defined, not assigned: the class of the item may have an accessor of that name.
      const value = isMissingId(id) ? this.#newId() : storedId(id, this.#settings.idType)
      if (!Object.is(value, id) || !Object.hasOwn(copy, 'id')) {
        Object.defineProperty(copy, 'id', { value, writable: true, enumerable: true, configurable: true })
      }
    }
    return this.keep(copy as T)
  }

  /**
   * A private copy of the data of a partial update.
   * @throws BadRequestException INVALID_ITEM
   */
  takeData(data: unknown): Record<string, unknown> {
    const map = data as { getAsObject?: unknown } | null | undefined
    const fields = typeof map?.getAsObject === 'function' ? (map.getAsObject.call(map) as unknown) : data
    if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) {
      throw invalid(
        '',
        `cannot be updated by ${describe(fields)}`,
        'Give an AnyValueMap or a plain object of fields.',
      )
    }
    refuseWithoutFields(fields, 'cannot be updated by')
    if (this.#settings.kind() === 'structural')
      return this.#copyStructure({ ...fields }) as Record<string, unknown>
    const rules = this.#jsonRules()
    const copy: Record<string, unknown> = {}
    for (const key of Object.keys(fields)) {
      const value = (fields as Record<string, unknown>)[key]
      const copied = value === undefined ? undefined : copyJsonValue(value, key, rules)
      Object.defineProperty(copy, key, {
        value: copied,
        writable: true,
        enumerable: true,
        configurable: true,
      })
    }
    this.#reviveDates(copy)
    this.#checkIndexed(copy)
    return copy
  }

  /** A new object with the fields of `data` laid over those of a stored object. */
  merge(stored: T, data: Readonly<Record<string, unknown>>): T {
    const merged = Object.create(Object.getPrototypeOf(stored) as object | null) as Record<string, unknown>
    const structural = this.#settings.kind() === 'structural'
    const plain = Object.getPrototypeOf(stored) === Object.prototype ? { ...stored, ...data } : null
    const result =
      plain ?? Object.defineProperties(merged, Object.getOwnPropertyDescriptors({ ...stored, ...data }))
    if (!structural)
      for (const key of Object.keys(data))
        if (data[key] === undefined) delete (result as Record<string, unknown>)[key]
    return this.keep(result as T)
  }

  /** Notes what a stored object looks like, so that `give` copies it whole; freezes it where reads are frozen. */
  keep(stored: T): T {
    if (typeof stored !== 'object' || stored === null) return stored
    if (!this.frozen || !deepFreeze(stored)) this.#freezable = false
    if (!this.#plain) return stored
    if (Object.getPrototypeOf(stored) !== Object.prototype) {
      this.#plain = false
      return stored
    }
    for (const key in stored) {
      const field = stored[key]
      if (typeof field === 'object' && field !== null && !this.#objectFieldSet.has(key))
        this.#noteObjectField(key)
    }
    if (Object.hasOwn(stored, '__proto__')) this.#plain = false
    return stored
  }

  /** Items were reached from outside and may hold anything: from now on every field is looked at. */
  distrust(): void {
    this.#plain = false
    this.#freezable = false
  }

  /**
   * A copy of a stored object for a caller; where reads are frozen the stored object itself, unless it holds what
   * cannot be frozen, such as a Date.
   */
  give(stored: T): T {
    if (this.frozen && (this.#freezable || deepFreeze(stored))) return stored
    if (!this.#plain) return copyValue(stored)
    const copy = { ...stored }
    const fields = this.#objectFields as (keyof T)[]
    for (let i = 0; i < fields.length; i++) {
      const key = fields[i]!
      const field = copy[key]
      if (typeof field === 'object' && field !== null) copy[key] = copyFlat(field)
    }
    return copy
  }

  /** Dates of an item that was just parsed from JSON. */
  revive(item: T): T {
    this.#reviveDates(item)
    return this.keep(item)
  }

  #copyIn(item: object): object {
    if (this.#settings.kind() === 'structural') return this.#copyStructure(item)
    const copy = copyJson(item, this.#jsonRules())
    this.#reviveDates(copy)
    this.#checkIndexed(copy)
    return copy
  }

  #reviveDates(item: unknown): void {
    if (this.dateFields.length === 0) return
    if (this.#settings.kind() !== 'structural') refuseReplacedDates(this.dateFields)
    reviveDates(item, this.dateFields)
  }

  #checkIndexed(item: unknown): void {
    for (const path of this.#indexed) {
      const text = readPath(item, path)
      if (typeof text === 'string' && isTooLong(text)) {
        const name = path.join('.')
        throw invalid(
          name,
          `is indexed and longer than ${MAX_INDEXED_BYTES} bytes`,
          'Index a digest or the beginning of it, in a field of its own.',
        )
      }
    }
  }

  #copyStructure(item: object): object {
    try {
      // `give` copies field by field, which would unroll a cycle.
      const copy = copyValue(item, () => this.distrust())
      if (copy !== item) return copy
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      throw invalid('', 'is nested too deeply', 'Refer to other items by id.').withCause(error)
    }
    throw invalid(
      '',
      `is a ${item.constructor?.name ?? 'strange object'}, which cannot be copied`,
      'Give an object with fields.',
    )
  }

  #jsonRules(): JsonRules {
    return this.#settings.kind() === 'portable' ? this.#portable : this.#json
  }

  #newId(): string {
    if (this.#settings.idType === 'number') {
      throw invalid(
        'id',
        'is empty, and ids of type number are not made by the component',
        'Give each item its number.',
      )
    }
    return IdGenerator.nextLong()
  }

  #noteObjectField(key: string): void {
    // Each is looked for in each item that is handed out; past these, a look at the item's own fields takes less.
    if (this.#objectFieldSet.size === MOST_OBJECT_FIELDS) {
      this.#plain = false
      return
    }
    this.#objectFieldSet.add(key)
    this.#objectFields = [...this.#objectFieldSet]
  }

  #warnOfDate(path: string): void {
    const field = path.replace(/\[\d+\]/g, '[]')
    if (this.#warned.has(field) || this.#warned.size > MOST_WARNINGS) return
    this.#warned.add(field)
    if (this.#warned.size > MOST_WARNINGS) {
      this.#settings.warn(
        `Field "${field}" is one of more than ${MOST_WARNINGS} that hold Dates without being declared; they are warned of ` +
          'no more.',
      )
      return
    }
    this.#settings.warn(
      `Field "${field}" holds a Date that will come back as text after the file is read again. ${howToKeepDate(field)}`,
    )
  }
}

const MOST_OBJECT_FIELDS = 64

/** Names of fields may be data, such as ids of users. */
const MOST_WARNINGS = 20

/** The commonest nested value is an array of scalars. */
function copyFlat<V extends object>(value: V): V {
  if (!Array.isArray(value)) return copyValue(value)
  for (let i = 0; i < value.length; i++) {
    const element: unknown = value[i]
    if (typeof element === 'object' && element !== null) return copyValue(value)
  }
  return value.slice() as unknown as V
}
