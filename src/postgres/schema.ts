import type { IndexDefinition, StoreOptions } from '../contract/Store.js'
import { setTimeout } from '../core/timers.js'
import { ConfigException, ConflictException, UnsupportedException } from '../errors/index.js'
import type { Dialect } from '../sql/Dialect.js'
import { DocumentTable } from '../sql/DocumentTable.js'
import { indexName, tableName } from '../sql/naming.js'
import { bind, identifier, type Sql, sql } from '../sql/Sql.js'
import type { PostgresResult } from './driver.js'
import { type Attempt, codeOf, isSchemaRace } from './errors.js'
import type { ResolvedPostgresOptions } from './options.js'

/** Runs one statement, by any connection. */
export type Run = (statement: Sql) => Promise<PostgresResult>

/** The table of a component as `openSchema` found or made it. */
export interface OpenedSchema {
  readonly table: DocumentTable
  /** Name of an index in the database to the name its declaration has; `id` for the primary key. */
  readonly indexNames: ReadonlyMap<string, string>
}

/** Tries of a step that other processes take at the same time; each one but the first finds more of it done. */
const MAX_TRIES = 50

/**
 * Makes what is missing: schema, table, indexes, distribution. One step a statement, each repeated until the catalogue
 * shows its result, so that any number of processes may do it at once.
 */
export async function openSchema(
  run: Run,
  dialect: Dialect,
  where: ResolvedPostgresOptions,
  options: StoreOptions,
  attempt: Attempt,
): Promise<OpenedSchema> {
  if (where.distribute) refuseGlobalIndexes(options, attempt)
  await checkEncoding(run, attempt)
  const schema = where.schema ?? (await currentSchema(run, attempt))
  const name = tableName(options.name)
  const full = sql`${identifier(schema)}.${identifier(name)}`
  const table = new DocumentTable(dialect, full, options.indexes)
  await ensure(run, schemaExists(schema), sql`CREATE SCHEMA IF NOT EXISTS ${identifier(schema)}`)
  const id = options.idType === 'string' ? sql`text COLLATE "C"` : sql`double precision`
  const columns = sql`(id ${id} PRIMARY KEY, data jsonb NOT NULL)`
  await ensure(run, relationExists(schema, name), sql`CREATE TABLE IF NOT EXISTS ${full} ${columns}`)
  await checkColumns(run, schema, name, options, attempt)
  if (where.distribute) await distribute(run, schema, name, attempt)
  const indexNames = new Map(await primaryKey(run, schema, name))
  for (const index of options.indexes) {
    const known = indexName(name, index)
    indexNames.set(known, index.name)
    await ensureIndex(run, table, index, known, schema, attempt)
  }
  return { table, indexNames }
}

async function ensure(run: Run, exists: Sql, create: Sql): Promise<void> {
  for (let i = 0; ; i++) {
    if ((await run(exists)).rows.length > 0) return
    try {
      await run(create)
    } catch (error) {
      if (!isSchemaRace(error) || i >= MAX_TRIES) throw error
      await new Promise((resolve) => setTimeout(resolve, 10 + Math.random() * 40))
    }
  }
}

function schemaExists(schema: string): Sql {
  return sql`SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = ${bind(schema)}`
}

/** A table or an index; an index only when its making was finished. */
function relationExists(schema: string, name: string): Sql {
  const inSchema = sql`(SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = ${bind(schema)})`
  const found = sql`SELECT oid FROM pg_catalog.pg_class WHERE relnamespace = ${inSchema} AND relname = ${bind(name)}`
  const broken = sql`SELECT 1 FROM pg_catalog.pg_index WHERE indexrelid = pg_class.oid AND NOT indisvalid`
  return sql`${found} AND NOT EXISTS (${broken})`
}

async function ensureIndex(
  run: Run,
  table: DocumentTable,
  index: IndexDefinition,
  name: string,
  schema: string,
  attempt: Attempt,
): Promise<void> {
  try {
    await ensure(run, relationExists(schema, name), table.createIndex(index, name))
  } catch (error) {
    if (codeOf(error) !== '23505') throw error
    const [first, last] = (await run(table.findDuplicates(index))).rows[0] ?? []
    throw new ConflictException(
      attempt.traceId,
      'DUPLICATE_KEY',
      `Cannot open "${attempt.name}": the items "${first}" and "${last}" have the same value in the unique index ` +
        `"${index.name}". Change one of them, or declare the index without unique.`,
      { cause: error },
    )
      .withDetails('index', index.name)
      .withDetails('ids', [first, last])
  }
}

async function currentSchema(run: Run, attempt: Attempt): Promise<string> {
  const schema = (await run(sql`SELECT current_schema()`)).rows[0]?.[0]
  if (typeof schema === 'string') return schema
  throw new ConfigException(
    attempt.traceId,
    'BAD_CONFIG',
    `Cannot open "${attempt.name}": no schema of the user's search path exists. Name one in the option "schema".`,
  )
}

/** Only UTF-8 holds every text, and orders it by code point in COLLATE "C". */
async function checkEncoding(run: Run, attempt: Attempt): Promise<void> {
  const encoding = (await run(sql`SELECT current_setting('server_encoding')`)).rows[0]?.[0]
  if (encoding === 'UTF8') return
  throw new UnsupportedException(
    attempt.traceId,
    'UNSUPPORTED',
    `Cannot open "${attempt.name}": the database has the encoding ${encoding}. Use one that was created with UTF8.`,
  )
}

async function checkColumns(
  run: Run,
  schema: string,
  name: string,
  options: StoreOptions,
  attempt: Attempt,
): Promise<void> {
  const table = sql`table_schema = ${bind(schema)} AND table_name = ${bind(name)}`
  const { rows } = await run(
    sql`SELECT column_name::text, data_type::text FROM information_schema.columns WHERE ${table}`,
  )
  const types = new Map(rows.map(([column, type]) => [column, type]))
  const idTypes = options.idType === 'string' ? ['text', 'character varying'] : ['double precision']
  if (idTypes.includes(types.get('id') ?? '') && types.get('data') === 'jsonb') return
  throw new ConfigException(
    attempt.traceId,
    'BAD_CONFIG',
    `Cannot open "${attempt.name}": the table "${schema}"."${name}" is there and has other columns than ` +
      `id (${idTypes[0]}) and data (jsonb). Give the component another name or schema.`,
  )
}

async function primaryKey(run: Run, schema: string, name: string): Promise<[string, string][]> {
  const table = sql`n.nspname = ${bind(schema)} AND t.relname = ${bind(name)}`
  const { rows } = await run(
    sql`SELECT c.relname::text FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid JOIN pg_catalog.pg_class t ON t.oid = i.indrelid JOIN pg_catalog.pg_namespace n ON n.oid = t.relnamespace WHERE i.indisprimary AND ${table}`,
  )
  return rows.map(([index]) => [index as string, 'id'])
}

function refuseGlobalIndexes(options: StoreOptions, attempt: Attempt): void {
  const index = options.indexes.find(
    ({ unique, fields }) => unique && !fields.some(({ path }) => path.join('.') === 'id'),
  )
  if (index === undefined) return
  throw new UnsupportedException(
    attempt.traceId,
    'UNSUPPORTED',
    `Cannot open "${attempt.name}": its table is distributed by id, and no shard can see that the unique index ` +
      `"${index.name}" is kept in the others. Make the field the id, keep the values in a component of their own ` +
      'whose id they are, or open it without "distribute".',
  ).withDetails('index', index.name)
}

async function distribute(run: Run, schema: string, name: string, attempt: Attempt): Promise<void> {
  const citus = await run(sql`SELECT 1 FROM pg_catalog.pg_extension WHERE extname = 'citus'`)
  if (citus.rows.length === 0) {
    throw new UnsupportedException(
      attempt.traceId,
      'UNSUPPORTED',
      `Cannot distribute "${attempt.name}": the database has no extension "citus". ` +
        'Run CREATE EXTENSION citus on every node, or open it without "distribute".',
    )
  }
  const table = sql`format('%I.%I', ${bind(schema)}::text, ${bind(name)}::text)::regclass`
  await ensure(
    run,
    sql`SELECT 1 FROM pg_dist_partition WHERE logicalrelid = ${table}`,
    sql`SELECT create_distributed_table(${table}, 'id')`,
  )
}
