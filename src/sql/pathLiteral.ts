import type { Path } from '../query/Condition.js'
import { parsePath } from '../query/path.js'
import { fixedText, type Sql } from './Sql.js'

/**
 * How an engine spells a path into a JSON document: `json-path` is one literal, `'$."a"."b"'` (SQLite);
 * `steps` is one operator per segment, `->'a'->'b'` (PostgreSQL, whose path operator `#>` would take digits for
 * positions in an array).
 */
export type PathStyle = 'json-path' | 'steps'

/**
 * The one place where a path becomes text of a statement. The segments have passed the grammar long before; they pass
 * it here again, so that no way around the parser can lead into a statement.
 */
export function pathLiteral(path: Path, style: PathStyle): Sql {
  for (const segment of path) parsePath(segment, 'path of a statement')
  if (path.length === 0 || path.some((segment) => segment.includes('.'))) {
    throw new TypeError(`Not the segments of a path: ${JSON.stringify(path)}`)
  }
  if (style === 'json-path') return fixedText(`'$.${path.map((segment) => `"${segment}"`).join('.')}'`)
  return fixedText(path.map((segment) => ` -> '${segment}'`).join(''))
}
