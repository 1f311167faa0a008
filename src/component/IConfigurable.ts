import type { ConfigParams } from './ConfigParams.js'

/** A component that takes its settings from a configuration. */
export interface IConfigurable {
  /** May be called again: each call changes what it names and leaves the rest. */
  configure(config: ConfigParams): void
}
