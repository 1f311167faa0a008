import { format } from 'node:util'
import type { ConfigParams } from './ConfigParams.js'
import type { IConfigurable } from './IConfigurable.js'
import type { CallContext } from './IContext.js'
import type { ILogger } from './ILogger.js'
import { LogLevel } from './LogLevel.js'
import { LogLevelConverter } from './LogLevelConverter.js'
import { whenRejected } from './whenRejected.js'

/** What all loggers share: the level, and formatting only what will be written. */
export abstract class Logger implements ILogger, IConfigurable {
  #level: LogLevel

  protected constructor(level: LogLevel) {
    this.#level = level
  }

  /** Reads `level`, a word or a number; without it the level stays as it is. */
  configure(config: ConfigParams): void {
    this.#level = LogLevelConverter.toLogLevel(config.getAsNullableString('level'), this.#level)
  }

  getLevel(): LogLevel {
    return this.#level
  }

  setLevel(value: LogLevel): void {
    this.#level = value
  }

  /** Whether a message of this level would be written by anyone. */
  listens(level: LogLevel): boolean {
    return level !== LogLevel.None && level <= this.#level
  }

  log(level: LogLevel, context: CallContext, error: Error | null, message: string, ...args: unknown[]): void {
    this.#formatAndWrite(level, context, error, message, args)
  }

  fatal(context: CallContext, error: Error | null, message: string, ...args: unknown[]): void {
    this.#formatAndWrite(LogLevel.Fatal, context, error, message, args)
  }

  error(context: CallContext, error: Error | null, message: string, ...args: unknown[]): void {
    this.#formatAndWrite(LogLevel.Error, context, error, message, args)
  }

  warn(context: CallContext, message: string, ...args: unknown[]): void {
    this.#formatAndWrite(LogLevel.Warn, context, null, message, args)
  }

  info(context: CallContext, message: string, ...args: unknown[]): void {
    this.#formatAndWrite(LogLevel.Info, context, null, message, args)
  }

  debug(context: CallContext, message: string, ...args: unknown[]): void {
    this.#formatAndWrite(LogLevel.Debug, context, null, message, args)
  }

  trace(context: CallContext, message: string, ...args: unknown[]): void {
    this.#formatAndWrite(LogLevel.Trace, context, null, message, args)
  }

  /** Writes one message that is already formatted and of a level that is listened to. */
  protected abstract write(level: LogLevel, context: CallContext, error: Error | null, message: string): void

  #formatAndWrite(
    level: LogLevel,
    context: CallContext,
    error: Error | null,
    message: string,
    args: unknown[],
  ): void {
    if (!this.listens(level)) return
    const text = args.length === 0 ? message : formatSafely(message, args)
    // A subclass may write asynchronously, and no caller of a logger waits for it.
    whenRejected(this.write(level, context, error, text), () => {})
  }
}

/** `util.format`, but an argument that cannot be shown (a throwing `toString`) does not take the message with it. */
function formatSafely(message: string, args: unknown[]): string {
  try {
    return format(message, ...args)
  } catch {
    return message
  }
}
