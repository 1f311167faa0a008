/** A component that lets go of the components it looked up. */
export interface IUnreferenceable {
  unsetReferences(): void
}
