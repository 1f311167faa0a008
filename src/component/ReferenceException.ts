import { ApplicationException } from '../errors/index.js'

/** A component that is needed and was not found. Code: `REF_ERROR`. */
export class ReferenceException extends ApplicationException {
  constructor(traceId: string | null, locator: unknown) {
    super(
      'Internal',
      500,
      traceId,
      'REF_ERROR',
      `Cannot find a component at "${String(locator)}": none of the references matches. ` +
        'Put one there, or ask with getOptional() or getOneOptional().',
    )
    this.withDetails('locator', String(locator))
  }
}
