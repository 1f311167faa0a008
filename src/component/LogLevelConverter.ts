import { toNullableString } from '../data/convert/toNullableString.js'
import { LogLevel } from './LogLevel.js'

const WORDS: Readonly<Record<string, LogLevel>> = {
  '0': LogLevel.None,
  nothing: LogLevel.None,
  none: LogLevel.None,
  '1': LogLevel.Fatal,
  fatal: LogLevel.Fatal,
  '2': LogLevel.Error,
  error: LogLevel.Error,
  '3': LogLevel.Warn,
  warn: LogLevel.Warn,
  warning: LogLevel.Warn,
  '4': LogLevel.Info,
  info: LogLevel.Info,
  '5': LogLevel.Debug,
  debug: LogLevel.Debug,
  '6': LogLevel.Trace,
  trace: LogLevel.Trace,
}

const NAMES = ['UNDEF', 'FATAL', 'ERROR', 'WARN', 'INFO', 'DEBUG', 'TRACE'] as const

/** Log levels from and to text. */
export const LogLevelConverter = {
  /** From a number 0 to 6 or a word in upper or lower case; `defaultValue` for null and for anything else. */
  toLogLevel(value: unknown, defaultValue: LogLevel = LogLevel.Info): LogLevel {
    const word = toNullableString(value)?.toLowerCase() ?? ''
    return Object.hasOwn(WORDS, word) ? (WORDS[word] ?? defaultValue) : defaultValue
  },

  /** `FATAL` to `TRACE`; `UNDEF` for anything else. */
  toString(level: LogLevel): string {
    return NAMES[level] ?? 'UNDEF'
  },
}
