import { channel } from 'node:diagnostics_channel'

/** What is published on `holdfast:operation:start`, `:end` and `:error`, by `node:diagnostics_channel`. */
export interface OperationEvent {
  /** Name of the component. */
  readonly component: string
  /** `memory`, `file`, `sqlite` or `postgres`. */
  readonly store: string
  /** Name of the method. */
  readonly operation: string
  /** The first argument of the call, as it came. */
  readonly context: unknown
  /** Milliseconds from call to answer; 0 at the start. */
  durationMs: number
  /** Items in the answer; 0 at the start. */
  count: number
  /** What was thrown; only on `:error`. */
  error?: unknown
}

const started = channel('holdfast:operation:start')
const ended = channel('holdfast:operation:end')
const failed = channel('holdfast:operation:error')

/** Whether anybody listens; when not, an operation makes no event. */
export function isObserved(): boolean {
  return started.hasSubscribers || ended.hasSubscribers || failed.hasSubscribers
}

/** Runs an operation and publishes its start and its end or error. */
export async function observe<V>(
  about: Pick<OperationEvent, 'component' | 'store' | 'operation' | 'context'>,
  run: () => V | Promise<V>,
): Promise<V> {
  const event: OperationEvent = { ...about, durationMs: 0, count: 0 }
  started.publish(event)
  const from = performance.now()
  try {
    const answer = await run()
    ended.publish({ ...event, durationMs: performance.now() - from, count: countOf(answer) })
    return answer
  } catch (error) {
    failed.publish({ ...event, durationMs: performance.now() - from, error })
    throw error
  }
}

function countOf(answer: unknown): number {
  if (typeof answer === 'number') return answer
  if (typeof answer !== 'object' || answer === null) return 0
  if (Array.isArray(answer)) return answer.length
  const page = (answer as { data?: unknown }).data
  return Array.isArray(page) ? page.length : 1
}
