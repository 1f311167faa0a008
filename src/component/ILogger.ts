import type { CallContext } from './IContext.js'
import type { LogLevel } from './LogLevel.js'

/** A logger. Messages are formatted with the arguments as by Node's `util.format`. */
export interface ILogger {
  getLevel(): LogLevel
  setLevel(value: LogLevel): void
  log(level: LogLevel, context: CallContext, error: Error | null, message: string, ...args: unknown[]): void
  fatal(context: CallContext, error: Error | null, message: string, ...args: unknown[]): void
  error(context: CallContext, error: Error | null, message: string, ...args: unknown[]): void
  warn(context: CallContext, message: string, ...args: unknown[]): void
  info(context: CallContext, message: string, ...args: unknown[]): void
  debug(context: CallContext, message: string, ...args: unknown[]): void
  trace(context: CallContext, message: string, ...args: unknown[]): void
}
