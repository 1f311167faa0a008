import type { IClosable } from './IClosable.js'
import type { CallContext } from './IContext.js'

/** A component that must be opened before it is used. */
export interface IOpenable extends IClosable {
  isOpen(): boolean
  open(context: CallContext): Promise<void>
}
