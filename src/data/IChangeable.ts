/** An item that knows when it was last changed. The persistences never set this field. */
export interface IChangeable {
  change_time: Date
}
