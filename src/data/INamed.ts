/** An item with a name. */
export interface INamed {
  name: string
}
