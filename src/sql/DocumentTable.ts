import type { IndexDefinition, Query } from '../contract/Store.js'
import type { Condition, SortKey } from '../query/Condition.js'
import { conditionToSql } from './conditionToSql.js'
import type { Dialect } from './Dialect.js'
import { branchesAfter, columnsFixedBy, columnsOf, isSortIndexed, orderBy } from './order.js'
import { allOf, anyOf, bind, identifier, join, type Sql, sql } from './Sql.js'

const NOTHING = sql``

/** More than any table holds: SQLite has no OFFSET without a LIMIT. */
const NO_LIMIT = Number.MAX_SAFE_INTEGER

/**
 * The statements over a table of documents that every engine spells alike, but for its `Dialect`. A table has the
 * columns `id` (primary key) and `data` (the whole item as JSON).
 */
export class DocumentTable {
  readonly dialect: Dialect
  readonly name: Sql
  readonly indexes: readonly IndexDefinition[]

  constructor(dialect: Dialect, name: Sql, indexes: readonly IndexDefinition[]) {
    this.dialect = dialect
    this.name = name
    this.indexes = indexes
  }

  /**
   * The statements that find the documents of `query`: to be run in order until `take` documents are there, each
   * returning at most `take`. Several only past a place of a sort, that an index leads to. Each is made when asked for.
   */
  *find(query: Query): Generator<Sql, void> {
    const { filter, sort, after, skip, take } = query
    const keys = sort?.keys ?? []
    const where = this.where(filter.condition)
    if (after === null && keys.length === 0) {
      yield this.#select(where, this.dialect.id, skip, take)
      return
    }
    const columns = columnsOf(this.dialect, keys)
    const fixed = columnsFixedBy(filter.condition, columns)
    if (after === null) {
      yield this.#select(where, orderBy(columns, fixed), skip, take)
      return
    }
    const branches = branchesAfter(this.dialect, columns, after)
    if (keys.length > 0 && !isSortIndexed(filter.condition, keys, this.indexes)) {
      const past = anyOf(branches.map((branch) => branch.where))
      yield this.#select(allOf([where, past]), orderBy(columns, fixed), skip, take)
      return
    }
    for (const branch of branches) {
      const order = orderBy(columns, new Set([...fixed, ...branch.fixed]))
      yield this.#select(allOf([where, branch.where]), order, 0, take)
    }
  }

  #select(where: Sql, order: Sql, skip: number, take: number | null): Sql {
    const bare = where.values.length === 0 && skip === 0
    const limit =
      take === null && skip === 0 ? NOTHING : sql` LIMIT ${this.dialect.limit(take ?? NO_LIMIT, bare)}`
    const offset = skip === 0 ? NOTHING : sql` OFFSET ${bind(skip)}`
    return sql`SELECT data FROM ${this.name} WHERE ${where} ORDER BY ${order}${limit}${offset}`
  }

  /** One row, one column: how many match. */
  count(condition: Condition): Sql {
    return sql`SELECT count(*) AS found FROM ${this.name} WHERE ${this.where(condition)}`
  }

  /** One document of those that match, each as likely as the others. The draw reads the ids and not the documents. */
  random(condition: Condition): Sql {
    const drawn = sql`SELECT id FROM ${this.name} WHERE ${this.where(condition)} ORDER BY random() LIMIT 1`
    return sql`SELECT data FROM ${this.name} WHERE id = (${drawn})`
  }

  deleteWhere(condition: Condition): Sql {
    return sql`DELETE FROM ${this.name} WHERE ${this.where(condition)}`
  }

  where(condition: Condition): Sql {
    return conditionToSql(this.dialect, condition)
  }

  /** Makes an index: the key columns of each field, and behind them the id, by which ties are ordered. */
  createIndex(index: IndexDefinition, name: string): Sql {
    const columns = this.#keyColumns(index, (column, { ascending }) =>
      ascending ? sql`(${column})` : sql`(${column}) DESC`,
    )
    if (!index.unique) columns.push(this.dialect.id)
    const kind = index.unique ? sql`UNIQUE INDEX` : sql`INDEX`
    return sql`CREATE ${kind} IF NOT EXISTS ${identifier(name)} ON ${this.name} (${join(columns, sql`, `)})`
  }

  /** One row with the least and the greatest id (`first`, `last`) of items that share a key of `index`; or no row. */
  findDuplicates(index: IndexDefinition): Sql {
    const columns = this.#keyColumns(index, (column) => column)
    const present = index.fields.map(({ path }) => {
      const { key } = this.dialect.field(this.dialect.data, path)
      return sql`${key[0] as Sql} IS NOT NULL`
    })
    return sql`SELECT min(${this.dialect.id}) AS first, max(${this.dialect.id}) AS last FROM ${this.name} WHERE ${allOf(present)} GROUP BY ${join(columns, sql`, `)} HAVING count(*) > 1 LIMIT 1`
  }

  #keyColumns(index: IndexDefinition, write: (column: Sql, field: SortKey) => Sql): Sql[] {
    return index.fields.flatMap((field) => {
      const { rank, key } = this.dialect.field(this.dialect.data, field.path)
      return [rank, ...key].map((column) => write(column, field))
    })
  }
}
