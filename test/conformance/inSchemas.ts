import type { Declaration, PersistenceFactory, TestedPersistence } from '../../src/testing/index.js'

/**
 * Gives each case a schema to itself. Those that are left empty are used again for the same declaration: to make a
 * table takes longer than most cases.
 * @param query  sends a statement past the component, and returns its rows as arrays
 */
export function inSchemas(
  query: (text: string, values?: unknown[]) => Promise<readonly (readonly unknown[])[]>,
  make: (schema: string, declaration: Declaration) => TestedPersistence,
): PersistenceFactory {
  let schemas = 0
  const empty = new Map<string, string[]>()
  return async (declaration) => {
    const key = JSON.stringify(declaration)
    const schema = empty.get(key)?.pop() ?? `case ${++schemas}`
    let changed = false
    return {
      persistence: make(schema, declaration),
      reopen: async (other = declaration) => {
        if (other !== declaration) changed = true
        return make(schema, other)
      },
      dispose: async () => {
        if (changed) return void (await query(`DROP SCHEMA IF EXISTS "${schema}" CASCADE`))
        const tables = await query('SELECT tablename FROM pg_tables WHERE schemaname = $1', [schema])
        for (const [table] of tables) await query(`DELETE FROM "${schema}"."${table}"`)
        empty.set(key, [...(empty.get(key) ?? []), schema])
      },
    }
  }
}
