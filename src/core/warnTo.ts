import type { ILogger } from '../component/index.js'
import { messageOf } from './messageOf.js'

/** Warns. A logger that throws must not stop what is under way, nor refuse it: Node.js is told in its place. */
export function warnTo(logger: Pick<ILogger, 'warn'>, message: string): void {
  try {
    logger.warn(null, '%s', message)
  } catch (error) {
    process.emitWarning(`${message} (The logger threw: ${messageOf(error)})`, 'HoldfastWarning')
  }
}
