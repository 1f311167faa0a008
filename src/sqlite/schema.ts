import type { IndexDefinition } from '../contract/Store.js'
import type { DocumentTable } from '../sql/DocumentTable.js'
import { type Sql, sql } from '../sql/Sql.js'
import type { SqliteRow } from './driver.js'
import { type Attempt, duplicateKey, violatedIndex } from './errors.js'

/** What the steps need of a connection. */
export interface SchemaSession {
  execute(step: Sql): Promise<unknown>
  all(statement: Sql): SqliteRow[]
}

/**
 * Makes the table and the indexes that are missing. Each step is one statement that does nothing where its result is
 * there already, so that any number of processes may open a new file at once.
 */
export async function openSchema(
  session: SchemaSession,
  table: DocumentTable,
  idType: 'string' | 'number',
  indexes: ReadonlyMap<string, IndexDefinition>,
  attempt: Attempt,
): Promise<void> {
  const id = idType === 'string' ? sql`TEXT` : sql`REAL`
  const data = sql`data TEXT NOT NULL CHECK (json_valid(data))`
  await session.execute(
    sql`CREATE TABLE IF NOT EXISTS ${table.name} (id ${id} PRIMARY KEY NOT NULL, ${data})`,
  )
  for (const [name, index] of indexes) {
    try {
      await session.execute(table.createIndex(index, name))
    } catch (error) {
      if (violatedIndex(error) === null) throw error
      const { first, last } = session.all(table.findDuplicates(index))[0] ?? {}
      throw duplicateKey(
        { ...attempt, verb: 'open the unique index of' },
        index.name,
        `${first}" and "${last}`,
      )
        .withDetails('ids', [first, last])
        .withCause(error)
    }
  }
}
