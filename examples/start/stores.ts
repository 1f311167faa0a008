import { CitiesPersistence } from './CitiesPersistence.js'
import { DummyFilePersistence } from './DummyFilePersistence.js'
import { DummyMemoryPersistence } from './DummyMemoryPersistence.js'

/** A place to keep items: the one thing that differs between the runs of this example. */
export interface ExampleStore {
  /** Items are in a file, and still there for a new component after the first was closed. */
  readonly keeps: boolean
  dummies(path: string): DummyMemoryPersistence
  cities(path: string): CitiesPersistence
}

/** Every store that the example runs on, by the name it has on the command line. */
const stores: Record<string, ExampleStore> = {
  memory: {
    keeps: false,
    dummies: () => new DummyMemoryPersistence(),
    cities: () => new CitiesPersistence('memory:'),
  },
  file: {
    keeps: true,
    dummies: (path) => new DummyFilePersistence(path),
    cities: (path) => new CitiesPersistence(`file:${path}`),
  },
}

export const storeNames = Object.keys(stores)

export function chooseStore(name: string): ExampleStore {
  const store = stores[name]
  if (store === undefined) throw new Error(`There is no store "${name}".`)
  return store
}
