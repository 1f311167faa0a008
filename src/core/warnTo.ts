import type { ILogger } from '../component/index.js'

/** Warns. A logger that throws must not stop what is under way, nor refuse it: Node.js is told in its place. */
export function warnTo(logger: Pick<ILogger, 'warn'>, message: string): void {
  try {
    logger.warn(null, '%s', message)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    process.emitWarning(`${message} (The logger threw: ${reason})`, 'HoldfastWarning')
  }
}
