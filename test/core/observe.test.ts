import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { afterEach, describe, expect, test } from 'vitest'
import {
  type CompositeLogger,
  Descriptor,
  type ILogger,
  LogLevel,
  References,
} from '../../src/component/index.js'
import type { OperationEvent } from '../../src/core/observe.js'
import { IdentifiableMemoryPersistence } from '../../src/memory/IdentifiableMemoryPersistence.js'

interface Thing {
  id: string
  n?: number
}

class Things extends IdentifiableMemoryPersistence<Thing, string> {
  use(logger: ILogger): void {
    this._logger = logger as CompositeLogger
  }
}

const listening: (() => void)[] = []

function listen(): [string, OperationEvent][] {
  const events: [string, OperationEvent][] = []
  for (const kind of ['start', 'end', 'error']) {
    const name = `holdfast:operation:${kind}`
    const listener = (message: unknown) => events.push([kind, { ...(message as OperationEvent) }])
    subscribe(name, listener)
    listening.push(() => unsubscribe(name, listener))
  }
  return events
}

afterEach(() => {
  for (const stop of listening.splice(0)) stop()
})

describe('events of operations', () => {
  test('start and end tell component, store, operation, context, duration and count', async () => {
    const things = new Things()
    const events = listen()
    const context = { get: () => 'trace' }
    await things.createMany(context as never, [{ id: '1' }, { id: '2' }])
    await things.getListByFilter('abc', null)
    await things.getPageByFilter(null, { id: '1' })
    await things.getCountByFilter(null, null)
    await things.getOneById(null, 'none')
    await things.deleteById(null, '1')
    expect(events.map(([kind, event]) => [kind, event.operation, event.count])).toEqual([
      ['start', 'createMany', 0],
      ['end', 'createMany', 2],
      ['start', 'getListByFilter', 0],
      ['end', 'getListByFilter', 2],
      ['start', 'getPageByFilter', 0],
      ['end', 'getPageByFilter', 1],
      ['start', 'getCountByFilter', 0],
      ['end', 'getCountByFilter', 2],
      ['start', 'getOneById', 0],
      ['end', 'getOneById', 0],
      ['start', 'deleteById', 0],
      ['end', 'deleteById', 1],
    ])
    const [, end] = events[1]!
    expect(end).toMatchObject({ component: 'Things', store: 'memory', context })
    expect(end.durationMs).toBeGreaterThanOrEqual(0)
    expect(events[2]?.[1].context).toBe('abc')
  })

  test('error tells what was thrown, and there is no end', async () => {
    const things = new Things()
    await things.create(null, { id: '1' })
    const events = listen()
    await expect(things.create('t', { id: '1' })).rejects.toMatchObject({ code: 'DUPLICATE_ID' })
    expect(events.map(([kind]) => kind)).toEqual(['start', 'error'])
    expect(events[1]?.[1].error).toMatchObject({ code: 'DUPLICATE_ID' })
  })

  test('a change is made in the call also while somebody listens', async () => {
    const things = new Things()
    listen()
    const made = things.create(null, { id: '1' })
    const read = things.getOneById(null, '1')
    expect(await read).toEqual({ id: '1' })
    await made
  })

  test('who does not listen any more is told nothing', async () => {
    const things = new Things()
    const events = listen()
    for (const stop of listening.splice(0)) stop()
    await things.create(null, { id: '1' })
    expect(events).toEqual([])
  })
})

describe('logging', () => {
  /** Counts what it is asked, and how often a message was put into words. */
  class Spy implements Partial<ILogger> {
    readonly lines: string[] = []
    constructor(readonly level: LogLevel) {}

    getLevel(): LogLevel {
      return this.level
    }

    log(level: LogLevel, context: unknown, error: Error | null, message: string): void {
      this.lines.push(`${level} ${String(context)} ${error} ${message}`)
    }
  }

  function thingsWith(logger: unknown): Things {
    const references = new References()
    references.put(new Descriptor('test', 'logger', 'spy', 'default', '1.0'), logger)
    const things = new Things()
    things.setReferences(references as never)
    return things
  }

  test('a logger at trace level gets one line an operation, with the context as it came', async () => {
    const spy = new Spy(LogLevel.Trace)
    const things = thingsWith(spy)
    await things.create('abc', { id: '1' })
    await things.getOneById('def', '1')
    expect(spy.lines).toHaveLength(2)
    expect(spy.lines[0]).toMatch(/^6 abc null .*create/)
    expect(spy.lines[1]).toMatch(/^6 def null .*getOneById/)
  })

  test('a logger below trace level is never called, and nothing is formatted for it', async () => {
    const spy = new Spy(LogLevel.Debug)
    const things = thingsWith(spy)
    // A subclass's own name is the argument of the message: putting it into words reads it.
    let formatted = 0
    Object.defineProperty(things, 'constructor', {
      value: {
        get name() {
          return { toString: () => `Things ${++formatted}` }
        },
      },
    })
    await things.create('abc', { id: '1' })
    await things.getListByFilter('abc', { n: { $gt: 1 } })
    expect([spy.lines, formatted]).toEqual([[], 0])
  })

  test('setting references twice does not double the lines', async () => {
    const spy = new Spy(LogLevel.Trace)
    const references = new References()
    references.put(new Descriptor('test', 'logger', 'spy', 'default', '1.0'), spy)
    const things = new Things()
    things.setReferences(references as never)
    things.setReferences(references as never)
    await things.create('abc', { id: '1' })
    expect(spy.lines).toHaveLength(1)
  })

  test('a logger that fails does not fail the write', async () => {
    const things = thingsWith({
      getLevel: () => LogLevel.Trace,
      log: () => {
        throw new Error('full')
      },
    })
    await things.create('abc', { id: '1' })
    expect(await things.getOneById('abc', '1')).toEqual({ id: '1' })
  })

  test('a logger of another package in _logger gets trace(), as it was written for', async () => {
    const calls: unknown[][] = []
    const things = new Things()
    things.use({ trace: (...args: unknown[]) => void calls.push(args) } as never)
    await things.create('abc', { id: '1' })
    expect(calls).toHaveLength(1)
    expect(calls[0]?.[0]).toBe('abc')
  })
})
