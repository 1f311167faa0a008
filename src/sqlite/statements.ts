/** The statements that are the same at every call, by what they do; `table` is its name in quotes. */
export function fixedStatements(table: string) {
  return {
    insert: `INSERT INTO ${table} (id, data) VALUES (?, ?)`,
    // Not INSERT OR REPLACE: that deletes other items that hold the same value of a unique index.
    upsert: `INSERT INTO ${table} (id, data) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET data = excluded.data`,
    update: `UPDATE ${table} SET data = ? WHERE id = ?`,
    delete: `DELETE FROM ${table} WHERE id = ? RETURNING data`,
    get: `SELECT data FROM ${table} WHERE id = ?`,
    clear: `DELETE FROM ${table}`,
  }
}
