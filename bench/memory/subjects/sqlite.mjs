/** better-sqlite3 in memory: one JSON document a row, indexes over expressions, statements prepared once. */
import Database from 'better-sqlite3'

export function open(size, itemOf) {
  const database = new Database(':memory:')
  database.exec('CREATE TABLE places (id TEXT PRIMARY KEY, data TEXT NOT NULL) WITHOUT ROWID')
  const insert = database.prepare('INSERT INTO places (id, data) VALUES (?, ?)')
  database.transaction(() => {
    for (let i = 0; i < size; i++) {
      const item = itemOf(i)
      insert.run(item.id, JSON.stringify(item))
    }
  })()
  for (const field of ['country', 'name'])
    database.exec(`CREATE INDEX by_${field} ON places (json_extract(data, '$.${field}'))`)
  const select = database.prepare('SELECT data FROM places WHERE id = ?').pluck()
  const replace = database.prepare('UPDATE places SET data = ? WHERE id = ?')
  const patch = database
    .prepare('UPDATE places SET data = json_patch(data, ?) WHERE id = ? RETURNING data')
    .pluck()
  const remove = database.prepare('DELETE FROM places WHERE id = ? RETURNING data').pluck()
  const byCountry = database
    .prepare("SELECT data FROM places WHERE json_extract(data, '$.country') = ? LIMIT 20")
    .pluck()
  const sorted = database
    .prepare("SELECT data FROM places ORDER BY json_extract(data, '$.name') LIMIT 20")
    .pluck()
  const count = database
    .prepare("SELECT count(*) FROM places WHERE json_extract(data, '$.population') > ?")
    .pluck()
  const parse = (text) => (text === undefined ? null : JSON.parse(text))
  return {
    getOneById: (id) => parse(select.get(id)),
    create(item) {
      const text = JSON.stringify(item)
      insert.run(item.id, text)
      return JSON.parse(text)
    },
    update(item) {
      const text = JSON.stringify(item)
      return replace.run(text, item.id).changes === 0 ? null : JSON.parse(text)
    },
    updatePartially: (id, data) => parse(patch.get(JSON.stringify(data), id)),
    deleteById: (id) => parse(remove.get(id)),
    pageByCountry: (country) => byCountry.all(country).map(parse),
    firstSortedPage: () => sorted.all().map(parse),
    countAbove: (bound) => count.get(bound),
    /** Its memory is not the heap's. */
    bytesPerItem: () =>
      (database.pragma('page_count', { simple: true }) * database.pragma('page_size', { simple: true })) /
      size,
  }
}
