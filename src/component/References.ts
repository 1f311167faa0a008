// biome-ignore-all lint/suspicious/noExplicitAny: locators and components can be anything, as in Pip.Services
import { pairsOf } from '../data/entries.js'
import { descriptorsMatch, isDescriptor } from './Descriptor.js'
import type { IReferences } from './IReferences.js'
import { ReferenceException } from './ReferenceException.js'

interface Reference {
  readonly locator: unknown
  readonly component: any
}

/**
 * The components of an application, found by their locators, the latest first. A descriptor, of this
 * library or of Pip.Services, finds all that match it; any other locator finds its equals; a component
 * also finds itself.
 */
export class References implements IReferences {
  readonly #references: Reference[] = []

  /** Locators and components in turn. */
  constructor(tuples: any[] | null = null) {
    for (const [locator, component] of pairsOf(tuples)) this.put(locator, component)
  }

  put(locator: any, component: any): void {
    if (component === null || component === undefined) {
      throw new TypeError(`Cannot put a reference at "${String(locator)}": the component is ${component}`)
    }
    this.#references.push({ locator, component })
  }

  remove(locator: any): any {
    const index = this.#references.findLastIndex((reference) => matches(reference, locator))
    return index < 0 ? null : this.#references.splice(index, 1)[0]?.component
  }

  removeAll(locator: any): any[] {
    const removed: any[] = []
    for (let i = this.#references.length - 1; i >= 0; i--) {
      const reference = this.#references[i]
      if (reference === undefined || !matches(reference, locator)) continue
      removed.push(reference.component)
      this.#references.splice(i, 1)
    }
    return removed
  }

  getAllLocators(): any[] {
    return this.#references.map((reference) => reference.locator)
  }

  getAll(): any[] {
    return this.#references.map((reference) => reference.component)
  }

  getOptional<T>(locator: any): T[] {
    return this.#find<T>(locator)
  }

  getRequired<T>(locator: any): T[] {
    return this.find<T>(locator, true)
  }

  getOneOptional<T>(locator: any): T | null {
    return this.#find<T>(locator)[0] ?? null
  }

  getOneRequired<T>(locator: any): T {
    return this.find<T>(locator, true)[0] as T
  }

  /** @throws ReferenceException REF_ERROR  `required`, and nothing matches */
  find<T>(locator: any, required: boolean): T[] {
    if (locator === null || locator === undefined) throw new TypeError('find() needs a locator')
    const found = this.#find<T>(locator)
    if (required && found.length === 0) throw new ReferenceException(null, locator)
    return found
  }

  /** Locators and components in turn. */
  static fromTuples(...tuples: any[]): References {
    return new References(tuples)
  }

  #find<T>(locator: unknown): T[] {
    return this.#references
      .filter((reference) => matches(reference, locator))
      .map((reference) => reference.component as T)
      .reverse()
  }
}

function matches(reference: Reference, locator: unknown): boolean {
  if (locator === null || locator === undefined) return false
  if (locator === reference.locator || locator === reference.component) return true
  return (
    isDescriptor(reference.locator) && isDescriptor(locator) && descriptorsMatch(reference.locator, locator)
  )
}
