import type { IndexDefinition } from '../contract/Store.js'
import type { Condition, Path, Place, SortKey, ValueTest } from '../query/Condition.js'
import { rankOf } from '../query/compare.js'
import { isIdPath } from './conditionToSql.js'
import { type Dialect, type KeyPart, RANK, rankLiteral } from './Dialect.js'
import { allOf, join, type Sql, sql } from './Sql.js'

/** One column of an order. */
export interface Column {
  readonly expression: Sql
  readonly ascending: boolean
  /** Field that it belongs to, dotted. */
  readonly field: string
  readonly part: 'rank' | 'value' | 'id'
}

/** The columns that items are ordered by: the key columns of each field, then the id. */
export function columnsOf(dialect: Dialect, keys: readonly SortKey[]): Column[] {
  const columns: Column[] = []
  for (const { path, ascending } of keys) {
    const field = pathText(path)
    if (isIdPath(path)) return [...columns, { expression: dialect.id, ascending, field, part: 'id' }]
    const { rank, key } = dialect.field(dialect.data, path)
    columns.push({ expression: rank, ascending, field, part: 'rank' })
    for (const expression of key) columns.push({ expression, ascending, field, part: 'value' })
  }
  return [...columns, { expression: dialect.id, ascending: true, field: 'id', part: 'id' }]
}

/**
 * `ORDER BY` without the words. `fixed` columns, which are the same in all rows that WHERE lets through, are left out:
 * SQLite does not see that of an expression, and would sort all those rows instead of reading the first from an index.
 */
export function orderBy(columns: readonly Column[], fixed: ReadonlySet<Column>): Sql {
  const directed: Sql[] = []
  for (const column of columns) {
    const { expression, ascending } = column
    if (!fixed.has(column)) directed.push(ascending ? expression : sql`${expression} DESC`)
  }
  return join(directed, sql`, `)
}

/** The columns that `condition` fixes. */
export function columnsFixedBy(condition: Condition, columns: readonly Column[]): Set<Column> {
  const fields = fixedFields(condition)
  const isFixed = ({ field, part }: Column) =>
    part === 'rank' ? fields.has(field) : part === 'value' && fields.get(field) === 'value'
  return new Set(columns.filter(isFixed))
}

/** A part of what lies past a place. */
export interface Branch {
  readonly where: Sql
  readonly fixed: readonly Column[]
}

/**
 * What lies past a place, as conditions that do not overlap, in the order in which the items come: first the items
 * with the same keys and a later id, then those that differ in the last column only, and so on to the first. Each is
 * some equalities and one comparison, so that an index finds its beginning at once wherever the place is. Columns
 * in one direction are one comparison of rows where an index serves that.
 */
export function branchesAfter(dialect: Dialect, columns: readonly Column[], place: Place): Branch[] {
  const branches: Branch[] = []
  const equal: Sql[] = []
  const fixed: Column[] = []
  let run: Bound[] = []
  const endRun = () => {
    if (run.some(({ varies }) => varies)) {
      branches.push({ where: allOf([...equal, past(run)]), fixed: [...fixed] })
    }
    for (const { column, value } of run) {
      equal.push(sql`${column.expression} = ${value}`)
      fixed.push(column)
    }
    run = []
  }
  for (const bound of boundsOf(dialect, columns, place)) {
    const { column, value } = bound
    const goesOn = run.length > 0 && run[0]?.column.ascending === column.ascending
    if (value === null || !goesOn || !dialect.comparesRows) endRun()
    if (value === null) {
      equal.push(sql`${column.expression} IS NULL`)
      if (dialect.isFixedByNull) fixed.push(column)
    } else {
      run.push({ column, value, varies: bound.varies })
    }
  }
  endRun()
  return branches.reverse()
}

/** What a column holds at a place. */
interface Bound<V = Sql> {
  readonly column: Column
  readonly value: V
  /** Whether anything that agrees in the columns before can lie past it. */
  readonly varies: boolean
}

function boundsOf(dialect: Dialect, columns: readonly Column[], place: Place): Bound<Sql | null>[] {
  let field = -1
  let parts: KeyPart[] = []
  return columns.map((column) => {
    if (column.part === 'id') return { column, value: dialect.idParameter(place.id), varies: true }
    if (column.part === 'value') return { column, ...(parts.shift() ?? { value: null, varies: false }) }
    field++
    const value = place.values[field] ?? null
    const rank = rankOf(value)
    parts = value === null || typeof value === 'object' ? [] : [...dialect.keyOf(value)]
    const varies = column.ascending ? rank < RANK.other : rank > RANK.none
    return { column, value: rankLiteral(rank), varies }
  })
}

function past(run: readonly Bound[]): Sql {
  const sides = [run.map(({ column }) => column.expression), run.map(({ value }) => value)]
  const [left, right] = sides.map((side) =>
    side.length === 1 ? (side[0] as Sql) : sql`(${join(side, sql`, `)})`,
  ) as [Sql, Sql]
  return run[0]?.column.ascending ? sql`${left} > ${right}` : sql`${left} < ${right}`
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
  const fixed = fixedFields(condition)
  return indexes.some((index) => {
    let start = 0
    const first = pathText((fields[0] as SortKey).path)
    while (start < index.fields.length && pathText((index.fields[start] as SortKey).path) !== first) {
      if (fixed.get(pathText((index.fields[start] as SortKey).path)) !== 'value') return false
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

/** The fields that a condition fixes: the type of their values alone, or the value too. */
function fixedFields(condition: Condition): Map<string, 'type' | 'value'> {
  const fields = new Map<string, 'type' | 'value'>()
  const note = (field: string, fixed: 'type' | 'value') => {
    if (fields.get(field) !== 'value') fields.set(field, fixed)
  }
  for (const part of condition.op === 'and' ? condition.of : [condition]) {
    if (part.op === 'and') for (const [field, fixed] of fixedFields(part)) note(field, fixed)
    if (part.op !== 'field') continue
    const fixed = fixedByTest(part.test)
    if (fixed !== null) note(pathText(part.path), fixed)
  }
  return fields
}

function fixedByTest(test: ValueTest): 'type' | 'value' | null {
  switch (test.op) {
    case 'in': {
      const [first] = test.values
      if (test.values.length === 1 && first !== null) return 'value'
      const ranks = new Set(test.values.map(rankOf))
      return ranks.size === 1 ? 'type' : null
    }
    case 'gt':
    case 'gte':
    case 'lt':
    case 'lte':
    case 'contains':
    case 'icontains':
    case 'startsWith':
    case 'istartsWith':
      return 'type'
    default:
      return null
  }
}

function pathText(path: Path): string {
  return path.join('.')
}
