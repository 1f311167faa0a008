import { type CallContext, type ILogger, LogLevel } from '../component/index.js'
import { whenRejected } from '../component/whenRejected.js'

/** Writes the trace line of an operation that is done; formats and names nothing unless somebody listens. */
export function traceOperation(
  logger: ILogger,
  context: unknown,
  component: () => string,
  operation: string,
  store: string,
): void {
  try {
    // A subclass may have put another package's logger in place of ours, which does not tell whether anybody listens.
    const { listens } = logger as { listens?(level: LogLevel): boolean }
    if (listens?.call(logger, LogLevel.Trace) === false) return
    const line = '%s.%s done (%s store)'
    whenRejected(logger.trace(context as CallContext, line, component(), operation, store), () => {})
  } catch {
    // What is done must not reject because a line could not be logged.
  }
}
