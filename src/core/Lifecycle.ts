import { InvalidStateException } from '../errors/index.js'

type State = 'closed' | 'opening' | 'open' | 'closing'

/**
 * Opening and closing: idempotent, and safe when called twice at once or crosswise. A call that finds the other one
 * under way waits for it. What failed to open is closed; what failed to close is still open, so that nothing is lost
 * and `close` can be called again.
 */
export class Lifecycle {
  #state: State = 'closed'
  #underWay: Promise<void> | null = null

  get state(): State {
    return this.#state
  }

  open(run: () => Promise<void>): Promise<void> {
    if (this.#state === 'open') return Promise.resolve()
    if (this.#state === 'opening') return this.#underWay!
    if (this.#state === 'closing') return this.#underWay!.then(noop, noop).then(() => this.open(run))
    return this.#go('opening', run, 'open', 'closed')
  }

  close(run: () => Promise<void>): Promise<void> {
    if (this.#state === 'closed') return Promise.resolve()
    if (this.#state === 'closing') return this.#underWay!
    if (this.#state === 'opening') return this.#underWay!.then(noop, noop).then(() => this.close(run))
    return this.#go('closing', run, 'closed', 'open')
  }

  #go(during: State, run: () => Promise<void>, after: State, otherwise: State): Promise<void> {
    this.#state = during
    this.#underWay = run().then(
      () => {
        this.#state = after
      },
      (error) => {
        this.#state = otherwise
        throw error
      },
    )
    return this.#underWay
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
