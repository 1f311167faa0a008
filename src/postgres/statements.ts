import type { Dialect } from '../sql/Dialect.js'
import type { Sql } from '../sql/Sql.js'

/** The statements that are the same at every call, by what they do. Their parameters are $1, $2 … in order. */
export function fixedStatements(dialect: Dialect, table: Sql, idType: 'string' | 'number') {
  const name = table.text[0] as string
  const order = dialect.id.text[0] as string
  const [list, idIn] =
    idType === 'string' ? ['text[]', "value ->> 'id'"] : ['float8[]', "(value -> 'id')::float8"]
  const insert = `INSERT INTO ${name} (id, data) VALUES ($1, $2)`
  // The documents come as one parameter, an array in JSON: there is no limit of parameters to count.
  const insertMany = `INSERT INTO ${name} (id, data) SELECT ${idIn}, value FROM jsonb_array_elements($1::jsonb)`
  // Always on the primary key: a clash in another unique index is an error, not an update of that item.
  const orReplace = 'ON CONFLICT (id) DO UPDATE SET data = EXCLUDED.data'
  return {
    insert,
    insertMany,
    upsert: `${insert} ${orReplace}`,
    upsertMany: `${insertMany} ${orReplace}`,
    update: `UPDATE ${name} SET data = $2 WHERE id = $1`,
    merge: `UPDATE ${name} SET data = (data - $2::text[]) || $3::jsonb WHERE id = $1 RETURNING data`,
    delete: `DELETE FROM ${name} WHERE id = $1 RETURNING data`,
    deleteMany: `DELETE FROM ${name} WHERE id = ANY($1::${list}) RETURNING data`,
    clear: `DELETE FROM ${name}`,
    get: `SELECT data FROM ${name} WHERE id = $1`,
    getMany: `SELECT data FROM ${name} WHERE id = ANY($1::${list}) ORDER BY ${order}`,
  }
}
