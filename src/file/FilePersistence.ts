import type { ConfigParams } from '../component/index.js'
import { MemoryPersistence } from '../memory/MemoryPersistence.js'
import { JsonFilePersister } from './JsonFilePersister.js'

/**
 * Keeps items of any kind in memory and in a JSON file that loses nothing acknowledged; everything else as
 * `MemoryPersistence`. Must be opened. Config keys: `path`, `options.max_page_size`, and those of `JsonFilePersister`.
 */
export class FilePersistence<T> extends MemoryPersistence<T> {
  protected readonly _persister: JsonFilePersister<T>

  /** @param persister  where to load from and save to; by default a new one, whose path is to be configured */
  constructor(persister: JsonFilePersister<T> | null = null) {
    const used = persister ?? new JsonFilePersister<T>()
    super(used, used)
    this._persister = used
  }

  /**
   * Configures the component, then its persister.
   * @throws ConfigException BAD_CONFIG  one of them takes nothing then; the component may have taken its part
   */
  override configure(config: ConfigParams): void {
    super.configure(config)
    this._persister.configure(config)
  }
}
