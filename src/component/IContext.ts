/** The first argument of every operation in Pip.Services 4: values of the running call, by key. */
export interface IContext {
  // biome-ignore lint/suspicious/noExplicitAny: context values can be anything, as in Pip.Services
  get(key: string): any
}

/**
 * What every operation takes first: a correlation id (Pip.Services 3), a context (Pip.Services 4), or
 * nothing. It is handed to loggers, loaders and savers as it came.
 */
export type CallContext = string | IContext | null | undefined

/** The trace id in `context`: the string itself, or its `trace_id` or `traceId`; `null` when there is none. */
export function traceIdOf(context: unknown): string | null {
  if (typeof context === 'string') return context
  if (typeof context !== 'object' || context === null) return null
  try {
    const get = (context as { get?: unknown }).get
    if (typeof get !== 'function') return null
    const id = get.call(context, 'trace_id') ?? get.call(context, 'traceId')
    return id === null || id === undefined ? null : String(id)
  } catch {
    // It is asked for where an error is told, which must be told all the same.
    return null
  }
}
