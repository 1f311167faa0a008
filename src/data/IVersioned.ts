/** An item that carries a version. The persistences never compare or change it. */
export interface IVersioned {
  version: string
}
