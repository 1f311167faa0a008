import { IdentifiableFilePersistence } from '../../src/file/IdentifiableFilePersistence.js'
import { JsonFilePersister, type JsonFilePersisterOptions } from '../../src/file/JsonFilePersister.js'
import type { Item, OpenSubject, Subject } from './Subject.js'

/** The file component as users have it, with a subclass's whole save. */
class Items extends IdentifiableFilePersistence<Item, string> {
  readonly subject: Subject = {
    keepsEdits: true,
    create: (item) => this.create(null, item),
    update: (item) => this.update(null, item),
    updatePartially: (id, data) => this.updatePartially(null, id, data as never),
    delete: (id) => this.deleteById(null, id),
    createMany: (items) => this.createMany(null, items),
    checkpoint: (item) => this.create(null, item),
    flush: () => this.flush(null),
    close: () => this.close(null),
    items: () => this.getListByFilter(null, null, null, null),
    save: (items) => {
      this._items = items
      return this.save(null)
    },
  }
}

/** Opens `IdentifiableFilePersistence`. Folds are due early, so that there are some. */
export function persistenceWith(options: Omit<JsonFilePersisterOptions, 'disk'> = {}): OpenSubject {
  return async (disk, path) => {
    const items = new Items(new JsonFilePersister<Item>(path, { checkpointSize: 1, ...options, disk }))
    await items.open(null)
    return items.subject
  }
}
