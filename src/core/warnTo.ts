import type { ILogger } from '../component/index.js'
import { whenRejected } from '../component/whenRejected.js'
import { messageOf } from './messageOf.js'

/** Warns. A logger that fails must not stop what is under way, nor refuse it: Node.js is told in its place. */
export function warnTo(logger: Pick<ILogger, 'warn'>, message: string): void {
  const tell = (error: unknown) =>
    process.emitWarning(`${message} (The logger failed: ${messageOf(error)})`, 'HoldfastWarning')
  try {
    whenRejected(logger.warn(null, '%s', message), tell)
  } catch (error) {
    tell(error)
  }
}
