export type Call =
  | 'open'
  | 'create'
  | 'rename'
  | 'unlink'
  | 'list'
  | 'stat'
  | 'syncFolder'
  | 'makeFolder'
  | 'realPath'
  | 'canReplace'
  | 'listen'
  | 'greet'
  | 'read'
  | 'write'
  | 'sync'
  /** The flush within a write to a durable file, after its bytes are in memory. */
  | 'flush'
  | 'truncate'
  | 'fstat'
  | 'close'

export type FaultKind = 'EIO' | 'ENOSPC' | 'EDQUOT' | 'EFBIG' | 'EPERM' | 'EMFILE' | 'short'

/** The calls that can meet each kind of fault. `short` moves fewer bytes than asked for and reports that. */
export const FAULTY_CALLS: Readonly<Record<FaultKind, readonly Call[]>> = {
  EIO: [
    'open',
    'create',
    'rename',
    'unlink',
    'list',
    'stat',
    'syncFolder',
    'makeFolder',
    'realPath',
    'canReplace',
    'read',
    'write',
    'sync',
    'flush',
    'truncate',
    'fstat',
    'close',
  ],
  ENOSPC: ['create', 'rename', 'makeFolder', 'listen', 'write', 'sync', 'flush', 'syncFolder'],
  EDQUOT: ['create', 'makeFolder', 'write', 'sync', 'flush'],
  // Past a limit of the size of files, as `ulimit -f` sets.
  EFBIG: ['write'],
  EPERM: ['open', 'create', 'rename', 'unlink', 'list', 'makeFolder', 'listen', 'truncate'],
  EMFILE: ['open', 'create', 'list', 'syncFolder', 'listen', 'greet'],
  short: ['read', 'write'],
}

export interface Fault {
  readonly kind: FaultKind
  /** Which of the calls that can meet it fails, counted from 1 when the fault is set. */
  readonly at: number
  /** That call only, or every such call from then on. */
  readonly forever: boolean
  /** So many such calls behind it another one fails. */
  readonly again?: number
  /** The call does its work first and then reports the error. */
  readonly afterEffect?: boolean
  /** A failed flush, also one within a write, leaves the changes to be flushed by the next; false (default): the next passes them over, as Linux does. */
  readonly keepsDirty?: boolean
}

/** An error as the operating system gives it. */
export function failure(code: string, what: string): Error {
  return Object.assign(new Error(`${code}: simulated, ${what}`), { code })
}
