import type { CallContext } from './IContext.js'

/** A component whose stored state can be emptied. */
export interface ICleanable {
  clear(context: CallContext): Promise<void>
}
