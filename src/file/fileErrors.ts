import { traceIdOf } from '../component/IContext.js'
import { messageOf } from '../core/messageOf.js'
import {
  ApplicationException,
  BadRequestException,
  ConfigException,
  FileException,
  InvalidStateException,
  UnsupportedException,
} from '../errors/index.js'

/** Code of an operating system's error: `ENOENT`, `ENOSPC` …; `null` when it has none. */
export function systemCode(error: unknown): string | null {
  const code = (error as { code?: unknown } | null)?.code
  return typeof code === 'string' ? code : null
}

/** Whether the system says that the disk or the quota is full, or the file as long as it may be (`ulimit -f`). */
export function isFull(error: unknown): boolean {
  const code = systemCode(error)
  return code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG'
}

/** Content that cannot be understood. Nothing on the disk was changed. */
export function corrupted(
  path: string,
  offset: number | null,
  what: string,
  wayOut: string,
  cause?: unknown,
): FileException {
  const where = offset === null ? '' : ` at byte ${offset}`
  const error = new FileException(
    null,
    'DATA_CORRUPTED',
    `Cannot read "${path}": ${what}${where}. Nothing was changed. ${wayOut}`,
  )
    .withDetails('path', path)
    .withDetails('offset', offset)
  return cause === undefined ? error : error.withCause(cause)
}

export function notAPath(given: unknown): ConfigException {
  const [what, wayOut] =
    given instanceof URL
      ? ['is a URL, not a text', 'Give what fileURLToPath() of node:url makes of it.']
      : typeof given === 'string'
        ? [
            `${JSON.stringify(given)} holds half of a surrogate pair, which no system has names for`,
            'Take it out.',
          ]
        : [`is of type ${typeof given}, not a text`, 'Give a path, as in "./data/items.json".']
  return new ConfigException(null, 'BAD_CONFIG', `Cannot open the file: its path ${what}. ${wayOut}`)
}

export function readFailed(path: string, cause: unknown): FileException {
  return new FileException(
    null,
    'READ_FAILED',
    `Cannot read "${path}": ${messageOf(cause)}. Nothing was changed.`,
    {
      cause,
    },
  ).withDetails('path', path)
}

/**
 * A write that the disk refused and that left nothing behind: `STORAGE_FULL` or `WRITE_FAILED`. What is told already, of
 * an item say, is told as it is.
 */
export function writeFailed(path: string, cause: unknown): ApplicationException {
  if (cause instanceof ApplicationException) return cause
  const full = isFull(cause)
  const text = full
    ? `Cannot write "${path}": the disk or the quota is full, or the file as long as it may be. Nothing of this call ` +
      'was kept; reads go on, and writing works again when there is space.'
    : `Cannot write "${path}": ${messageOf(cause)}. Nothing of this call was kept.`
  return new FileException(null, full ? 'STORAGE_FULL' : 'WRITE_FAILED', text, { cause }).withDetails(
    'path',
    path,
  )
}

/**
 * What to tell of an item that cannot be made into text, as one that is too long, or one into which a subclass put a
 * bigint or a cycle. What code of the item threw, a getter say, is told as it is.
 */
export function withoutText(error: unknown, context: unknown): unknown {
  if (!(error instanceof TypeError || error instanceof RangeError)) return error
  const wayOut =
    error instanceof RangeError
      ? 'It is longer than 512 MiB or nested too deeply: keep parts of it in other items or in files of their own.'
      : 'Somebody edited it where it is stored: look for what puts such values into _items.'
  return new BadRequestException(
    traceIdOf(context),
    'INVALID_ITEM',
    `An item cannot be written as JSON: ${error.message}. Nothing was stored. ${wayOut}`,
    { cause: error },
  )
}

/** A flush failed after the bytes were written: nobody can say whether they are on the disk. */
export function outcomeUnknown(path: string, cause: unknown): InvalidStateException {
  const what = `Whether a write to "${path}" is on the disk is not certain: ${messageOf(cause)}. It is not in this process`
  const text =
    cause instanceof LockLost
      ? `${what}.`
      : `${what}, and it can be found after a restart only if no fresh copy of the data can be written to new files, which ` +
        'is tried now. Check the disk, and call flush() until it resolves: then the items tell.'
  return new InvalidStateException(null, 'OUTCOME_UNKNOWN', text, { cause }).withDetails('path', path)
}

/**
 * Somebody removed the name of a lock, or moved its folder away: whoever opens the file now does not see that it has an
 * owner, so that this one has to keep its hands off.
 */
export class LockLost extends Error {
  constructor(name: string) {
    super(
      `its lock "${name}" is gone: somebody removed it, or moved its folder away, and another process may own the file ` +
        'by now. This one writes no more to it. backup() to another path saves what it holds; then open the file anew',
    )
  }
}

/** A flush failed, and what it was for is not part of this call: writes acknowledged before, or the end of a journal. */
export function flushFailed(path: string, cause: unknown): InvalidStateException {
  return new InvalidStateException(
    null,
    'STORE_FAILED',
    `A flush of "${path}" failed: ${messageOf(cause)}. Nothing of this call was kept. What was acknowledged before is in ` +
      'memory, and goes to new files before anything else is written; then this call can be repeated. Check the disk.',
    { cause },
  ).withDetails('path', path)
}

/** Nothing is written because what is on the disk is not certain, and the disk still fails. */
export function storeFailed(path: string, cause: unknown): InvalidStateException {
  const text =
    cause instanceof LockLost
      ? `Cannot write "${path}": ${cause.message}. Nothing of this call was kept; reads go on.`
      : `Cannot write "${path}": a flush failed earlier, or the opening could not make sure of what it read, and the data ` +
        `could not be written to new files: ${messageOf(cause)}. Nothing of this call was kept; reads go on. Later writes ` +
        'and flush() try again, at most once a second. Check the disk.'
  return new InvalidStateException(null, 'STORE_FAILED', text, { cause }).withDetails('path', path)
}

export function notOpened(path: string | null, what: string): InvalidStateException {
  return new InvalidStateException(
    null,
    'NOT_OPENED',
    `Cannot ${what} "${path ?? ''}": the file is not open. Call open() first, and nothing after close().`,
  )
}

export function openedReadOnly(path: string, what: string): UnsupportedException {
  return new UnsupportedException(
    null,
    'UNSUPPORTED',
    `Cannot ${what} "${path}": it was opened with options.read_only.`,
  )
}
