/**
 * What every error of this library is: a real `Error` with a stable `code` to match on, a `category`
 * and an HTTP `status` as in Pip.Services, the trace id of the call, `details`, and the original error
 * in `cause`. The message is for people and may improve any day; the code, once released, stays.
 */
export class ApplicationException extends Error {
  /** Group of errors, as in Pip.Services: `Conflict`, `FileError` … */
  readonly category: string
  /** Stable code for programs: `DUPLICATE_ID`, `DATA_CORRUPTED` … */
  code: string
  /** HTTP status that fits the error. */
  status: number
  /** Trace (correlation) id of the call that failed; `null` when the call had none. */
  trace_id: string | null
  /**
   * The original error, whole, where there was one. Declared here too, because ES2022's library is the first that has
   * it.
   */
  declare cause?: unknown
  /** Facts about the failure, by name: the path, the id, the offset … */
  details: Record<string, unknown> = {}

  constructor(
    category: string,
    status: number,
    traceId: string | null,
    code: string,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options)
    this.name = code
    this.category = category
    this.status = status
    this.trace_id = traceId
    this.code = code
  }

  /** The trace id under its name in Pip.Services 3. */
  get correlation_id(): string | null {
    return this.trace_id
  }

  /** Adds one fact to `details` and returns the error itself. */
  withDetails(key: string, value: unknown): this {
    this.details[key] = value
    return this
  }

  /** Puts the original error into `cause`, whole, and returns the error itself. */
  withCause(cause: unknown): this {
    this.cause = cause
    return this
  }

  /** Sets the HTTP status and returns the error itself. */
  withStatus(status: number): this {
    this.status = status
    return this
  }

  /** Sets the trace id and returns the error itself. */
  withTraceId(traceId: string | null): this {
    this.trace_id = traceId
    return this
  }

  /** `withTraceId` under its name in Pip.Services 3. */
  withCorrelationId(correlationId: string | null): this {
    return this.withTraceId(correlationId)
  }

  /** What a log or an HTTP answer shows: everything but the stack. */
  toJSON(): Record<string, unknown> {
    return {
      category: this.category,
      status: this.status,
      code: this.code,
      message: this.message,
      trace_id: this.trace_id,
      correlation_id: this.trace_id,
      details: this.details,
      ...(this.cause instanceof Error ? { cause: this.cause.message } : {}),
    }
  }
}
