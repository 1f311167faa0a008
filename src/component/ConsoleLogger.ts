import { type CallContext, traceIdOf } from './IContext.js'
import { Logger } from './Logger.js'
import { LogLevel } from './LogLevel.js'
import { LogLevelConverter } from './LogLevelConverter.js'

/**
 * Writes `[<trace id or --->:<LEVEL>:<ISO time>] text` to the console; warnings and worse to standard error. Level:
 * Info.
 */
export class ConsoleLogger extends Logger {
  constructor() {
    super(LogLevel.Info)
  }

  protected write(level: LogLevel, context: CallContext, error: Error | null, message: string): void {
    const head = `[${traceIdOf(context) ?? '---'}:${LogLevelConverter.toString(level)}:${new Date().toISOString()}]`
    const line = `${head} ${message}${error ? `: ${error.stack ?? error.message}` : ''}`
    if (level <= LogLevel.Warn) console.error(line)
    else console.log(line)
  }
}
