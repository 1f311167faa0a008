import type { IReferences } from './IReferences.js'

/** A component that looks up other components before it is opened. */
export interface IReferenceable {
  setReferences(references: IReferences): void
}
