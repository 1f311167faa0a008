import type { IndexDefinition } from '../contract/Store.js'
import type { Condition, Path, Place, SortKey } from '../query/Condition.js'
import { rankOf } from '../query/compare.js'
import { isIdPath } from './conditionToSql.js'
import { type Dialect, RANK, rankLiteral } from './Dialect.js'
import { allOf, join, type Sql, sql } from './Sql.js'

/** `ORDER BY` of a sort, without the words: by the key columns of each field, then by ascending id. */
export function orderBy(dialect: Dialect, keys: readonly SortKey[]): Sql {
  const columns: Sql[] = []
  for (const { path, ascending } of keys) {
    const direction = ascending ? sql`` : sql` DESC`
    if (isIdPath(path)) return join([...columns, sql`${dialect.id}${direction}`], sql`, `)
    const operand = dialect.field(dialect.data, path)
    for (const column of [operand.rank, ...operand.key]) columns.push(sql`${column}${direction}`)
  }
  return join([...columns, dialect.id], sql`, `)
}

/**
 * What lies past a place, as conditions that do not overlap, in the order in which the items come: first the items
 * with the same keys and a later id, then those that differ in the last column only, and so on to the first. Each is
 * some equalities and one comparison, so that an index finds its beginning at once wherever the place is.
 */
export function branchesAfter(dialect: Dialect, keys: readonly SortKey[], place: Place): Sql[] {
  const branches: Sql[] = []
  const equal: Sql[] = []
  for (let i = 0; i < keys.length; i++) {
    const { path, ascending } = keys[i] as SortKey
    const beyond = ascending ? sql`>` : sql`<`
    if (isIdPath(path))
      return [sql`${allOf([...equal, past(dialect, beyond, place)])}`, ...branches.reverse()]
    const { rank, key } = dialect.field(dialect.data, path)
    const value = place.values[i] ?? null
    const atRank = rankOf(value)
    if (ascending ? atRank < RANK.other : atRank > RANK.none) {
      branches.push(allOf([...equal, sql`${rank} ${beyond} ${rankLiteral(atRank)}`]))
    }
    equal.push(sql`${rank} = ${rankLiteral(atRank)}`)
    if (value === null || typeof value === 'object') continue
    for (const [column, part] of dialect.keyOf(value).entries()) {
      const expression = key[column] as Sql
      if (part.varies) branches.push(allOf([...equal, sql`${expression} ${beyond} ${part.value}`]))
      equal.push(sql`${expression} = ${part.value}`)
    }
  }
  return [allOf([...equal, past(dialect, sql`>`, place)]), ...branches.reverse()]
}

function past(dialect: Dialect, beyond: Sql, place: Place): Sql {
  return sql`${dialect.id} ${beyond} ${dialect.idParameter(place.id)}`
}

/**
 * Whether an index holds the items in the order of `keys`, once the fields that `condition` fixes to one value are
 * passed over: only then is a search per branch cheaper than one pass that tests all branches.
 */
export function isSortIndexed(
  condition: Condition,
  keys: readonly SortKey[],
  indexes: readonly IndexDefinition[],
): boolean {
  const id = keys.findIndex(({ path }) => isIdPath(path))
  const fields = id < 0 ? keys : keys.slice(0, id)
  if (fields.length === 0) return true
  const fixed = fixedPaths(condition)
  return indexes.some((index) => {
    let start = 0
    const first = pathText((fields[0] as SortKey).path)
    while (start < index.fields.length && pathText((index.fields[start] as SortKey).path) !== first) {
      if (!fixed.has(pathText((index.fields[start] as SortKey).path))) return false
      start++
    }
    const inOrder = index.fields.slice(start, start + fields.length)
    if (inOrder.length < fields.length) return false
    const turned = inOrder[0]?.ascending !== fields[0]?.ascending
    return inOrder.every(({ path, ascending }, i) => {
      const field = fields[i] as SortKey
      return pathText(path) === pathText(field.path) && (ascending !== field.ascending) === turned
    })
  })
}

function fixedPaths(condition: Condition): Set<string> {
  const parts = condition.op === 'and' ? condition.of : [condition]
  const paths = new Set<string>()
  for (const part of parts) {
    if (part.op === 'and') for (const path of fixedPaths(part)) paths.add(path)
    if (part.op === 'field' && part.test.op === 'in' && part.test.values.length === 1)
      paths.add(pathText(part.path))
  }
  return paths
}

function pathText(path: Path): string {
  return path.join('.')
}
