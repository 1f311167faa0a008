// biome-ignore-all lint/suspicious/noExplicitAny: context values can be anything, as in Pip.Services
import { AnyValueMap } from '../data/AnyValueMap.js'
import type { IContext } from './IContext.js'

/** Values of the running call, by key: `trace_id`, `client`, `user` … */
export class Context implements IContext {
  readonly #values: AnyValueMap

  /** Takes the own entries of an object or a map. */
  constructor(values: any = null) {
    this.#values = AnyValueMap.fromValue(values)
  }

  /** The value; `null` when there is none. */
  get(key: string): any {
    return AnyValueMap.prototype.get.call(this.#values, key)
  }

  static fromValue(value: any): Context {
    return new Context(value)
  }

  /** From names and values in turn: `fromTuples('trace_id', '123', 'user', user)`. */
  static fromTuples(...tuples: any[]): Context {
    return new Context(AnyValueMap.fromTuplesArray(tuples))
  }

  /** From a configuration: its entries, as text. */
  static fromConfig(config: object | null): Context {
    return new Context(config)
  }

  /** A context that holds a trace id and nothing else. */
  static fromTraceId(traceId: string): Context {
    return Context.fromTuples('trace_id', traceId)
  }
}
