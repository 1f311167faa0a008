import { messageOf } from '../core/messageOf.js'
import {
  ApplicationException,
  BadRequestException,
  ConflictException,
  FileException,
  InvalidStateException,
  UnsupportedException,
} from '../errors/index.js'

/** Result codes of SQLite (https://www.sqlite.org/rescode.html) by their names, where this file tells them apart. */
const NAMES: Readonly<Record<number, string>> = {
  5: 'BUSY',
  6: 'LOCKED',
  8: 'READONLY',
  10: 'IOERR',
  11: 'CORRUPT',
  13: 'FULL',
  14: 'CANTOPEN',
  18: 'TOOBIG',
  19: 'CONSTRAINT',
  26: 'NOTADB',
}

/** Name of the primary result code: better-sqlite3 gives the extended one by name, `node:sqlite` by number. */
function resultOf(error: unknown): string | null {
  if (typeof error !== 'object' || error === null) return null
  const { code, errcode } = error as { code?: unknown; errcode?: unknown }
  if (typeof errcode === 'number') return NAMES[errcode & 0xff] ?? 'OTHER'
  if (typeof code !== 'string' || !code.startsWith('SQLITE_')) return null
  return code.split('_')[1] as string
}

/** Somebody else is writing: trying again later helps. */
export function isBusy(error: unknown): boolean {
  const result = resultOf(error)
  return result === 'BUSY' || result === 'LOCKED'
}

/** Name of the unique index that refused a write; `id` for the primary key; `null` for any other error. */
export function violatedIndex(error: unknown): string | null {
  if (resultOf(error) !== 'CONSTRAINT') return null
  const message = (error as Error).message
  const named = /UNIQUE constraint failed: index '(.*)'/s.exec(message)
  if (named !== null) return named[1] as string
  return /UNIQUE constraint failed: /.test(message) ? 'id' : null
}

/** What SQLite says of statements beyond its limits (https://www.sqlite.org/limits.html). */
const TOO_LARGE =
  /^(Expression tree is too large|parser stack overflow|too many SQL variables|String or BLOB exceeded|statement too long)/i

/** What a statement was for, for messages. */
export interface Attempt {
  readonly traceId: string | null
  /** As in "Cannot write to". */
  readonly verb: string
  /** Name of the component. */
  readonly name: string
  readonly filename: string
}

/** Turns a driver's error into ours; ours pass as they are. */
export function toOurs(error: unknown, attempt: Attempt): Error {
  if (error instanceof ApplicationException) return error
  const { traceId, verb, name, filename } = attempt
  const reason = messageOf(error)
  const tried = `Cannot ${verb} "${name}" in the SQLite database "${filename}"`
  const make = (kind: typeof FileException | typeof InvalidStateException, code: string, rest: string) =>
    new kind(traceId, code, `${tried}: ${rest} (${reason})`, { cause: error }).withDetails(
      'filename',
      filename,
    )
  if (TOO_LARGE.test(reason)) {
    return new UnsupportedException(
      traceId,
      'UNSUPPORTED',
      `${tried}: the filter is nested too deep or has too many values for SQLite (${reason}). Ask in parts.`,
      { cause: error },
    )
  }
  switch (resultOf(error)) {
    case 'BUSY':
    case 'LOCKED':
      return make(FileException, 'LOCKED', 'another process kept it locked for longer than busyTimeoutMs')
    case 'FULL':
      return make(
        FileException,
        'STORAGE_FULL',
        'the disk is full; nothing of this write is stored. Free some space',
      )
    case 'CORRUPT':
    case 'NOTADB':
      return make(FileException, 'DATA_CORRUPTED', 'the file is damaged or no database. Restore a copy')
    case 'CANTOPEN':
      return make(FileException, 'READ_FAILED', 'the file cannot be opened. Check the path and its rights')
    case 'IOERR':
    case 'READONLY':
      return make(FileException, 'WRITE_FAILED', 'the file cannot be read or written')
    case 'CONSTRAINT':
      // The one CHECK of the table: SQLite reads JSON to a depth of 1000, and an item below would break every query.
      return new BadRequestException(
        traceId,
        'INVALID_ITEM',
        `${tried}: the item is nested deeper than 1000 levels. Refer to other items by id.`,
        { cause: error },
      )
    case 'TOOBIG':
      return new BadRequestException(
        traceId,
        'INVALID_ITEM',
        `${tried}: an item is larger than SQLite takes`,
        {
          cause: error,
        },
      )
    default:
      return make(InvalidStateException, 'STORE_FAILED', 'the database refused')
  }
}

export function duplicateId(attempt: Attempt, id: unknown): ConflictException {
  return new ConflictException(
    attempt.traceId,
    'DUPLICATE_ID',
    `Cannot create "${id}" in "${attempt.name}": the id is taken. ` +
      'Call set() to replace that item, or leave the id empty to get a new one.',
  ).withDetails('id', id)
}

export function duplicateKey(attempt: Attempt, index: string, id: unknown): ConflictException {
  return new ConflictException(
    attempt.traceId,
    'DUPLICATE_KEY',
    `Cannot ${attempt.verb} "${attempt.name}": another item has the same value in the unique index "${index}"` +
      `${id === null ? '' : ` as "${id}"`}. Change the value, or update the item that has it.`,
  )
    .withDetails('index', index)
    .withDetails('id', id)
}
