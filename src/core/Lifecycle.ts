import { InvalidStateException } from '../errors/index.js'

type State = 'closed' | 'opening' | 'open' | 'closing'

/**
 * Opening and closing: idempotent, and safe when called twice at once or crosswise. Calls take effect in their order; one
 * that asks for what the call before it asked for shares its outcome. What failed to open is closed; what failed to
 * close is still open, so that nothing is lost and `close` can be called again.
 */
export class Lifecycle {
  #state: State = 'closed'
  /** What the last call asked for. */
  #target: 'open' | 'closed' = 'closed'
  /** The outcome of the last call; `null` when it is over. */
  #last: Promise<void> | null = null

  get state(): State {
    return this.#state
  }

  open(run: () => Promise<void>): Promise<void> {
    return this.#request('open', () => this.#go('opening', run, 'open', 'closed'))
  }

  close(run: () => Promise<void>): Promise<void> {
    return this.#request('closed', () => this.#go('closing', run, 'closed', 'open'))
  }

  #request(target: 'open' | 'closed', go: () => Promise<void>): Promise<void> {
    const before = this.#last
    if (before === null && this.#state === target) return Promise.resolve()
    if (before !== null && this.#target === target) return before
    this.#target = target
    const goIfNeeded = () => (this.#state === target ? undefined : go())
    const outcome = (before === null ? go() : before.then(noop, noop).then(goIfNeeded)).finally(() => {
      if (this.#last === outcome) this.#last = null
    })
    this.#last = outcome
    return outcome
  }

  #go(during: State, run: () => Promise<void>, after: State, otherwise: State): Promise<void> {
    this.#state = during
    return run().then(
      () => {
        this.#state = after
      },
      (error) => {
        this.#state = otherwise
        throw error
      },
    )
  }
}

function noop(): void {}

/** The error for an operation on what is not open. */
export function notOpened(component: string, operation: string, state: State): InvalidStateException {
  const problem = state === 'closing' ? 'it is being closed' : 'it is not open'
  return new InvalidStateException(
    null,
    'NOT_OPENED',
    `Cannot ${operation} in "${component}": ${problem}. Await open(context) first, and close(context) after the last operation.`,
  ).withDetails('operation', operation)
}
