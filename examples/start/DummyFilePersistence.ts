import { type ConfigParams, JsonFilePersister } from 'holdfast'
import type { Dummy } from './Dummy.js'
import { DummyMemoryPersistence } from './DummyMemoryPersistence.js'

/** The same component in a file: a persister takes the place of the loader and of the saver. */
export class DummyFilePersistence extends DummyMemoryPersistence {
  private readonly persister: JsonFilePersister<Dummy>

  constructor(path?: string) {
    super()
    this.persister = new JsonFilePersister<Dummy>(path)
    this._loader = this.persister
    this._saver = this.persister
  }

  override configure(config: ConfigParams): void {
    super.configure(config)
    this.persister.configure(config)
  }
}
