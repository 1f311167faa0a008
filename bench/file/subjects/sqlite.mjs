/** better-sqlite3, write-ahead log, every commit flushed. Its flush holds the event loop. */
import { join } from 'node:path'
import Database from 'better-sqlite3'

export async function open(folder, size, itemOf) {
  const database = new Database(join(folder, 'places.db'))
  database.pragma('journal_mode = WAL')
  database.pragma('synchronous = FULL')
  database.exec('CREATE TABLE places (id TEXT PRIMARY KEY, data TEXT NOT NULL) WITHOUT ROWID')
  const insert = database.prepare('INSERT INTO places (id, data) VALUES (?, ?)')
  const update = database.prepare('UPDATE places SET data = ? WHERE id = ?')
  database.transaction(() => {
    for (let i = 0; i < size; i++) {
      const item = itemOf(i)
      insert.run(item.id, JSON.stringify(item))
    }
  })()
  database.pragma('wal_checkpoint(TRUNCATE)')
  return {
    create: async (item) => insert.run(item.id, JSON.stringify(item)),
    update: async (item) => update.run(JSON.stringify(item), item.id),
    close: () => database.close(),
  }
}
