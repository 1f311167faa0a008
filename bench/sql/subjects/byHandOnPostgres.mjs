/**
 * Statements written by hand, on the driver's own pool and on the table and the indexes that the library made: the
 * limit. Like the library's by default they leave nothing on a connection, so that poolers do no harm.
 */
import pg from 'pg'
import { indexedExpressions } from '../indexedExpressions.mjs'

const BULK_PART = 10_000

export async function open(url) {
  const pool = new pg.Pool({ connectionString: url, max: 10 })
  const { rows } = await pool.query("SELECT indexdef FROM pg_indexes WHERE tablename = 'places'")
  const definitions = rows.map(({ indexdef }) => indexdef)
  const country = indexedExpressions(definitions, 'country')
  const name = indexedExpressions(definitions, 'name')
  const isCountry = `${country[0]} = 4 AND ${country[1]} = 0 AND ${country[2]} = $1`
  const byCountry = `SELECT data FROM places WHERE ${isCountry} ORDER BY id LIMIT 20`
  const sorted = `SELECT data FROM places ORDER BY ${name.join(', ')} LIMIT 20`
  const dataOf = ({ data }) => data
  const first = (result) => result.rows[0]?.data ?? null
  return {
    getOneById: async (id) => first(await pool.query('SELECT data FROM places WHERE id = $1', [id])),
    async create(item) {
      const text = JSON.stringify(item)
      await pool.query('INSERT INTO places (id, data) VALUES ($1, $2)', [item.id, text])
      return JSON.parse(text)
    },
    async update(item) {
      const text = JSON.stringify(item)
      const { rowCount } = await pool.query('UPDATE places SET data = $2 WHERE id = $1', [item.id, text])
      return rowCount === 0 ? null : JSON.parse(text)
    },
    deleteById: async (id) =>
      first(await pool.query('DELETE FROM places WHERE id = $1 RETURNING data', [id])),
    /** Of ways without another package the quickest tried: documents as one array a statement, in one transaction. */
    async createMany(items) {
      const client = await pool.connect()
      try {
        await client.query('BEGIN')
        for (let from = 0; from < items.length; from += BULK_PART) {
          const text = JSON.stringify(items.slice(from, from + BULK_PART))
          await client.query(
            "INSERT INTO places (id, data) SELECT value ->> 'id', value FROM jsonb_array_elements($1::jsonb)",
            [text],
          )
        }
        await client.query('COMMIT')
      } finally {
        client.release()
      }
    },
    pageByCountry: async (wanted) => (await pool.query(byCountry, [wanted])).rows.map(dataOf),
    firstSortedPage: async () => (await pool.query(sorted)).rows.map(dataOf),
    async forgetBulk() {
      await pool.query("DELETE FROM places WHERE id >= 'bulk-' AND id < 'bulk.'")
      await pool.query('VACUUM ANALYZE places')
    },
    close: () => pool.end(),
  }
}
