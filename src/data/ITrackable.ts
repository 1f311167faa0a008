import type { IChangeable } from './IChangeable.js'

/** An item that keeps track of its life. The persistences never set these fields. */
export interface ITrackable extends IChangeable {
  create_time: Date
  change_time: Date
  /** Logically deleted: still stored, to be left out by whoever reads. */
  deleted?: boolean
}
