import originals from 'pip-services3-components-nodex'
import { afterEach, describe, expect, test, vi } from 'vitest'
import {
  type CallContext,
  CompositeLogger,
  ConfigParams,
  ConsoleLogger,
  Context,
  Descriptor,
  Logger,
  LogLevel,
  LogLevelConverter,
  References,
} from '../../src/component/index.js'

type Line = [LogLevel, CallContext, Error | null, string]

class RecordingLogger extends Logger {
  readonly lines: Line[] = []

  constructor(level: LogLevel) {
    super(level)
  }

  protected write(...line: Line): void {
    this.lines.push(line)
  }
}

function compose(...loggers: object[]): CompositeLogger {
  const references = new References()
  for (const logger of loggers) references.put(new Descriptor('test', 'logger', 'x', 'x', '1.0'), logger)
  return new CompositeLogger(references)
}

/** An argument that tells whether it was formatted. */
function probe(): { shown: number; toString(): string } {
  return {
    shown: 0,
    toString() {
      this.shown += 1
      return 'shown'
    },
  }
}

afterEach(() => vi.restoreAllMocks())

describe('CompositeLogger', () => {
  test('passes level, context, error and formatted text on', () => {
    const child = new RecordingLogger(LogLevel.Trace)
    const logger = compose(child)
    const error = new Error('e')
    const context = Context.fromTraceId('1')
    logger.fatal(context, error, 'f %s', 1)
    logger.error('id', error, 'e')
    logger.warn(null, 'w %d', 2)
    logger.info(null, 'i')
    logger.debug(null, 'd')
    logger.trace(null, 't 100%')
    logger.log(LogLevel.Info, null, null, 'l %j', { a: 1 })
    expect(child.lines).toStrictEqual([
      [LogLevel.Fatal, context, error, 'f 1'],
      [LogLevel.Error, 'id', error, 'e'],
      [LogLevel.Warn, null, null, 'w 2'],
      [LogLevel.Info, null, null, 'i'],
      [LogLevel.Debug, null, null, 'd'],
      [LogLevel.Trace, null, null, 't 100%'],
      [LogLevel.Info, null, null, 'l {"a":1}'],
    ])
    expect(child.lines[0]?.[1]).toBe(context)
  })

  test('D35: formats nothing that nobody takes', () => {
    const child = new RecordingLogger(LogLevel.Info)
    const logger = compose(child)
    const argument = probe()
    logger.trace(null, '%s', argument)
    expect([argument.shown, child.lines.length, logger.listens(LogLevel.Trace)]).toStrictEqual([0, 0, false])
    logger.info(null, '%s', argument)
    expect([argument.shown, child.lines.length, logger.listens(LogLevel.Info)]).toStrictEqual([1, 1, true])
    const none = new CompositeLogger()
    none.fatal(null, null, '%s', argument)
    expect([argument.shown, none.listens(LogLevel.Fatal)]).toStrictEqual([1, false])
  })

  test('skips only the loggers whose level is too low', () => {
    const [quiet, loud] = [new RecordingLogger(LogLevel.Warn), new RecordingLogger(LogLevel.Trace)]
    compose(quiet, loud).debug(null, 'd')
    expect([quiet.lines.length, loud.lines.length]).toStrictEqual([0, 1])
  })

  test('takes anything with a log function, and sends it every level', () => {
    const log = vi.fn()
    compose({ log }, { getLevel: () => 6 }).trace('id', 'a %s', 'b')
    expect(log.mock.calls).toStrictEqual([[LogLevel.Trace, 'id', null, 'a b']])
  })

  test('setReferences() twice writes a line once', () => {
    const child = new RecordingLogger(LogLevel.Trace)
    const references = References.fromTuples(new Descriptor('test', 'logger', 'x', 'x', '1.0'), child)
    const logger = new CompositeLogger(references)
    logger.setReferences(references)
    logger.info(null, 'i')
    expect(child.lines).toHaveLength(1)
  })

  test('asks composites among its loggers what they take, and never itself', () => {
    const child = new RecordingLogger(LogLevel.Debug)
    const outer = compose(compose(child))
    outer.debug(null, 'd')
    outer.trace(null, 't')
    expect(child.lines).toHaveLength(1)
    outer.setReferences(References.fromTuples(new Descriptor('test', 'logger', 'x', 'x', '1.0'), outer))
    outer.debug(null, 'd')
    expect(child.lines).toHaveLength(2)
  })

  test('a logger that throws harms neither the others nor the caller', () => {
    const child = new RecordingLogger(LogLevel.Trace)
    const broken = {
      log() {
        throw new Error('disk full')
      },
    }
    compose(child, broken, child).info(null, 'i')
    expect(child.lines).toHaveLength(1)
  })

  test('an argument that cannot be shown leaves the message', () => {
    const child = new RecordingLogger(LogLevel.Trace)
    compose(child).info(null, 'i %s', {
      toString() {
        throw new Error('no')
      },
    })
    expect(child.lines[0]?.[3]).toBe('i %s')
  })

  test('drives the loggers of Pip.Services', () => {
    const line = vi.spyOn(console, 'log').mockImplementation(() => {})
    const logger = compose(new originals.ConsoleLogger())
    logger.info('id', 'a %s', 'b')
    logger.trace('id', 'not at level Info')
    expect(line.mock.calls).toHaveLength(1)
    expect(line.mock.calls[0]?.[0]).toMatch(/^\[id:INFO:.*\] a b$/)
  })
})

describe('ConsoleLogger', () => {
  test('writes one line with trace id, level and time', () => {
    const out = vi.spyOn(console, 'log').mockImplementation(() => {})
    const err = vi.spyOn(console, 'error').mockImplementation(() => {})
    const logger = new ConsoleLogger()
    logger.info(Context.fromTraceId('7'), 'a %s', 'b')
    logger.debug(null, 'below the level')
    logger.error(null, new Error('why'), 'c')
    expect(out.mock.calls).toHaveLength(1)
    expect(out.mock.calls[0]?.[0]).toMatch(/^\[7:INFO:\d{4}-\d\d-\d\dT[\d:.]+Z\] a b$/)
    expect(err.mock.calls[0]?.[0]).toMatch(/^\[---:ERROR:[^\]]+\] c: Error: why/)
  })

  test('D45: takes a trace id that is a string', () => {
    const out = vi.spyOn(console, 'log').mockImplementation(() => {})
    new ConsoleLogger().info('id', 'text')
    expect(out.mock.calls[0]?.[0]).toMatch(/^\[id:INFO:/)
  })

  test('D44: configure() without a level keeps the level', () => {
    const logger = new ConsoleLogger()
    logger.configure(ConfigParams.fromTuples('level', 'debug'))
    logger.configure(new ConfigParams())
    expect(logger.getLevel()).toBe(LogLevel.Debug)
  })
})

test.each([
  ['warn', LogLevel.Warn],
  ['WARNING', LogLevel.Warn],
  ['5', LogLevel.Debug],
  [6, LogLevel.Trace],
  ['nothing', LogLevel.None],
  ['x', LogLevel.Error],
  [7, LogLevel.Error],
  [null, LogLevel.Error],
  ['constructor', LogLevel.Error],
])('D44: toLogLevel(%s, Error) is %s', (value, level) => {
  expect(LogLevelConverter.toLogLevel(value, LogLevel.Error)).toBe(level)
})
