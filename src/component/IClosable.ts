import type { CallContext } from './IContext.js'

/** A component that holds something until it is closed. */
export interface IClosable {
  close(context: CallContext): Promise<void>
}
