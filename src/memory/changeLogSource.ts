import { CHANGE_LOG, type ChangeLogSource } from '../contract/ChangeLog.js'
import type { ILoader } from '../contract/ILoader.js'
import type { ISaver } from '../contract/ISaver.js'

/** The saver, when it is also the loader, can take single changes, and no subclass has its own `load` or `save`. */
export function changeLogSource<T>(loader: unknown, saver: unknown): ChangeLogSource<T> | null {
  if (loader !== saver || !isChangeLogSource(saver)) return null
  // The class that gives the change log must be the one whose `load` and `save` would run.
  let prototype: object | null = saver
  while (prototype !== null && !Object.hasOwn(prototype, CHANGE_LOG))
    prototype = Object.getPrototypeOf(prototype) as object | null
  const given = prototype as (ILoader<T> & ISaver<T>) | null
  const own = saver as unknown as ILoader<T> & ISaver<T>
  if (given === null || given.load !== own.load || given.save !== own.save) return null
  return saver as unknown as ChangeLogSource<T>
}

/** Whether it can take single changes, as far as itself goes. */
export function isChangeLogSource(it: unknown): it is object {
  return typeof it === 'object' && it !== null && CHANGE_LOG in it
}
