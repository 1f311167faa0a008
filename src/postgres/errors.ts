import {
  ApplicationException,
  BadRequestException,
  ConflictException,
  ConnectionException,
  FileException,
  InvalidStateException,
} from '../errors/index.js'

/** What a statement was for, for messages. */
export interface Attempt {
  readonly traceId: string | null
  /** As in "Cannot write to". */
  readonly verb: string
  /** Name of the component. */
  readonly name: string
  /** Hosts and ports, without passwords. */
  readonly address: string
}

/** The SQLSTATE (PostgreSQL documentation, appendix A), or the code of Node.js for an error of the network. */
export function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code
  return typeof code === 'string' ? code : ''
}

const NETWORK: ReadonlySet<string> = new Set([
  ...[
    'ECONNREFUSED',
    'ECONNRESET',
    'EPIPE',
    'ETIMEDOUT',
    'EHOSTUNREACH',
    'ENETUNREACH',
    'ENOTFOUND',
    'EAI_AGAIN',
  ],
])

/** The connection is gone, or the server is about to end it. What was sent on it may have been done or not. */
export function isLoss(error: unknown): boolean {
  if (error instanceof ApplicationException) return false
  const code = codeOf(error)
  if (NETWORK.has(code) || code.startsWith('08') || code === '57P01' || code === '57P02') return true
  // The driver's own errors have no code.
  return code === '' && /connection|not queryable|socket/i.test(String((error as Error | null)?.message))
}

/** The server took the statement, and did nothing of it: it is starting up, or became a standby. */
export function isRefusedUnseen(error: unknown): boolean {
  const code = codeOf(error)
  return code === '57P03' || code === '25006'
}

/** A statement that met others and was undone: doing it again is the remedy. */
export function isClash(error: unknown): boolean {
  const code = codeOf(error)
  return code === '40001' || code === '40P01'
}

/** Waiting does not help: a wrong password, a database that does not exist. */
export function isHopeless(error: unknown): boolean {
  const code = codeOf(error)
  return code.startsWith('28') || code === '3D000' || error instanceof ApplicationException
}

/** Another process made the same object of the schema at the same time (`IF NOT EXISTS` is not free of races). */
export function isSchemaRace(error: unknown): boolean {
  const code = codeOf(error)
  if (code === '42P07' || code === '42710' || code === '42P06') return true
  const { constraint, message } = error as { constraint?: unknown; message?: unknown }
  if (code === '23505') return typeof constraint === 'string' && constraint.startsWith('pg_')
  return code === 'XX000' && /concurrently (updated|deleted)/.test(String(message))
}

export function connectFailed(attempt: Attempt, cause: unknown): ConnectionException {
  return new ConnectionException(
    attempt.traceId,
    'CONNECT_FAILED',
    `Cannot ${attempt.verb} "${attempt.name}": no connection to PostgreSQL at ${attempt.address} ` +
      `(${reasonOf(cause)}). Check that the server runs there, and the user, password and database in the URL.`,
    { cause },
  ).withDetails('address', attempt.address)
}

export function outcomeUnknown(attempt: Attempt, cause: unknown): InvalidStateException {
  return new InvalidStateException(
    attempt.traceId,
    'OUTCOME_UNKNOWN',
    `Cannot tell whether the call to ${attempt.verb} "${attempt.name}" was done: the connection to PostgreSQL at ` +
      `${attempt.address} was lost after it was sent (${reasonOf(cause)}). Read the items before you repeat it.`,
    { cause },
  ).withDetails('address', attempt.address)
}

/** Turns a driver's error into ours; ours pass as they are. */
export function toOurs(
  error: unknown,
  attempt: Attempt,
  indexNameOf: (index: string) => string | null,
): Error {
  if (error instanceof ApplicationException) return error
  const { traceId, verb, name } = attempt
  const tried = `Cannot ${verb} "${name}" in PostgreSQL at ${attempt.address}`
  const code = codeOf(error)
  if (code === '23505') return conflict(error as ViolationError, attempt, indexNameOf)
  if (isLoss(error) || isHopeless(error)) return connectFailed(attempt, error)
  if (code === '53100') {
    return new FileException(
      traceId,
      'STORAGE_FULL',
      `${tried}: the disk of the server is full. Nothing is stored`,
      {
        cause: error,
      },
    )
  }
  if (code === '54000') {
    return new BadRequestException(
      traceId,
      'INVALID_ITEM',
      `${tried}: a value is too long for an index (${reasonOf(error)}). Shorten it, or do not index the field.`,
      { cause: error },
    )
  }
  return new InvalidStateException(
    traceId,
    'STORE_FAILED',
    `${tried}: the server refused (${reasonOf(error)})`,
    {
      cause: error,
    },
  ).withDetails('sqlstate', code)
}

interface ViolationError {
  readonly constraint?: string
  readonly detail?: string
}

function conflict(
  error: ViolationError,
  attempt: Attempt,
  indexNameOf: (index: string) => string | null,
): ConflictException {
  // A shard of a distributed table has the number of the shard at the end of its names.
  const constraint = error.constraint ?? ''
  const index = indexNameOf(constraint) ?? indexNameOf(constraint.replace(/_\d+$/, ''))
  if (index === 'id') {
    const id = /^Key \(id\)=\((.*)\) already exists\.$/s.exec(error.detail ?? '')?.[1] ?? null
    return new ConflictException(
      attempt.traceId,
      'DUPLICATE_ID',
      `Cannot create "${id}" in "${attempt.name}": the id is taken. ` +
        'Call set() to replace that item, or leave the id empty to get a new one.',
      { cause: error },
    ).withDetails('id', id)
  }
  return new ConflictException(
    attempt.traceId,
    'DUPLICATE_KEY',
    `Cannot ${attempt.verb} "${attempt.name}": another item has the same value in the unique index ` +
      `"${index ?? constraint}". Change the value, or update the item that has it.`,
    { cause: error },
  ).withDetails('index', index ?? constraint)
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  // Node.js gathers the failures of several addresses of one host in an error without a message of its own.
  if (error instanceof AggregateError && error.message === '') return error.errors.map(reasonOf).join('; ')
  return error.message
}
