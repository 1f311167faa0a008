/** How a file is kept, with every default filled in. */
export interface FileOptions {
  readonly durability: Durability
  readonly flushIntervalMs: number
  readonly foldOnClose: boolean
  readonly lockWaitMs: number
  readonly readOnly: boolean
  readonly checkpointSize: number
}

/**
 * When a write is acknowledged. `sync`: it is on the disk. `interval`: it will be after a while. `none`: the system has
 * it.
 */
export type Durability = 'sync' | 'interval' | 'none'

export const DEFAULT_FILE_OPTIONS: FileOptions = {
  durability: 'sync',
  flushIntervalMs: 1000,
  foldOnClose: true,
  lockWaitMs: 0,
  readOnly: false,
  checkpointSize: 4 * 1024 * 1024,
}
