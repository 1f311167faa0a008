import { ApplicationException } from './ApplicationException.js'

/** A configuration that is missing or wrong. Codes: `NO_PATH`, `NO_DRIVER`, `BAD_DESCRIPTOR`, `BAD_CONFIG`. */
export class ConfigException extends ApplicationException {
  constructor(traceId: string | null, code: string, message: string, options?: { cause?: unknown }) {
    super('Misconfiguration', 500, traceId, code, message, options)
  }
}

/**
 * A file that cannot be read, written or understood. Codes: `READ_FAILED`, `WRITE_FAILED`, `DATA_CORRUPTED`, `LOCKED`,
 * `STORAGE_FULL`.
 */
export class FileException extends ApplicationException {
  constructor(traceId: string | null, code: string, message: string, options?: { cause?: unknown }) {
    super('FileError', 500, traceId, code, message, options)
  }
}

/** A write that contradicts what is stored. Codes: `DUPLICATE_ID`, `DUPLICATE_KEY`. */
export class ConflictException extends ApplicationException {
  constructor(traceId: string | null, code: string, message: string, options?: { cause?: unknown }) {
    super('Conflict', 409, traceId, code, message, options)
  }
}

/** A call at the wrong time. Codes: `NOT_OPENED`, `STORE_FAILED`, `OUTCOME_UNKNOWN`. */
export class InvalidStateException extends ApplicationException {
  constructor(traceId: string | null, code: string, message: string, options?: { cause?: unknown }) {
    super('InvalidState', 500, traceId, code, message, options)
  }
}

/**
 * An argument that cannot be served. Codes: `INVALID_ITEM`, `INVALID_FILTER`, `INVALID_SORT`, `INVALID_PROJECTION`,
 * `INVALID_PAGING`, `INVALID_TOKEN`, `EMPTY_FILTER`, `ID_CHANGED`.
 */
export class BadRequestException extends ApplicationException {
  constructor(traceId: string | null, code: string, message: string, options?: { cause?: unknown }) {
    super('BadRequest', 400, traceId, code, message, options)
  }
}

/** A server that does not answer. Code: `CONNECT_FAILED`. */
export class ConnectionException extends ApplicationException {
  constructor(traceId: string | null, code: string, message: string, options?: { cause?: unknown }) {
    super('NoResponse', 500, traceId, code, message, options)
  }
}

/** Something this store does not do, by its declared capabilities. Code: `UNSUPPORTED`. */
export class UnsupportedException extends ApplicationException {
  constructor(traceId: string | null, code: string, message: string, options?: { cause?: unknown }) {
    super('Unsupported', 500, traceId, code, message, options)
  }
}
