/** Statements written by hand, prepared once, on the table and the indexes that the library made: the limit. */
import Database from 'better-sqlite3'
import { indexedExpressions } from '../indexedExpressions.mjs'

export async function open(url) {
  const database = new Database(url.slice('sqlite:'.length))
  database.pragma('synchronous = FULL')
  database.pragma('busy_timeout = 10000')
  const definitions = database
    .prepare("SELECT sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL")
    .pluck()
    .all()
  const country = indexedExpressions(definitions, 'country')
  const name = indexedExpressions(definitions, 'name')
  const select = database.prepare('SELECT data FROM places WHERE id = ?').pluck()
  const insert = database.prepare('INSERT INTO places (id, data) VALUES (?, ?)')
  const update = database.prepare('UPDATE places SET data = ? WHERE id = ?')
  const remove = database.prepare('DELETE FROM places WHERE id = ? RETURNING data').pluck()
  const isCountry = `${country[0]} = 4 AND ${country[1]} = ?`
  const byCountry = database
    .prepare(`SELECT data FROM places WHERE ${isCountry} ORDER BY id LIMIT 20`)
    .pluck()
  const sorted = database.prepare(`SELECT data FROM places ORDER BY ${name.join(', ')} LIMIT 20`).pluck()
  const insertAll = database.transaction((items) => {
    for (const item of items) insert.run(item.id, JSON.stringify(item))
  })
  const parse = (text) => (text === undefined ? null : JSON.parse(text))
  return {
    getOneById: async (id) => parse(select.get(id)),
    async create(item) {
      const text = JSON.stringify(item)
      insert.run(item.id, text)
      return JSON.parse(text)
    },
    async update(item) {
      const text = JSON.stringify(item)
      return update.run(text, item.id).changes === 0 ? null : JSON.parse(text)
    },
    deleteById: async (id) => parse(remove.get(id)),
    createMany: async (items) => insertAll(items),
    pageByCountry: async (wanted) => byCountry.all(wanted).map(parse),
    firstSortedPage: async () => sorted.all().map(parse),
    forgetBulk: async () => database.exec("DELETE FROM places WHERE id >= 'bulk-' AND id < 'bulk.'"),
    close: () => database.close(),
  }
}
