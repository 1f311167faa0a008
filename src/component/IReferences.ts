// biome-ignore-all lint/suspicious/noExplicitAny: locators and components can be anything, as in Pip.Services

/** The components of an application, found by their locators (mostly `Descriptor`s), the latest first. */
export interface IReferences {
  put(locator: any, component: any): any
  /** Takes out the latest match and returns it, or `null`. */
  remove(locator: any): any
  /** Takes out all matches and returns them. */
  removeAll(locator: any): any[]
  getAllLocators(): any[]
  getAll(): any[]
  /** All matches, possibly none. */
  getOptional<T>(locator: any): T[]
  /** All matches, at least one. */
  getRequired<T>(locator: any): T[]
  /** The latest match, or `null`. */
  getOneOptional<T>(locator: any): T | null
  /** The latest match. */
  getOneRequired<T>(locator: any): T
  find<T>(locator: any, required: boolean): T[]
}
