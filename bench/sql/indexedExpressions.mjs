/**
 * The expressions of the index over a field, as the database's catalogue has them: a statement written by hand has to
 * use the same ones, or the index does not serve it.
 */
export function indexedExpressions(definitions, field) {
  const definition = definitions.find((text) => text.includes(`places_${field}_idx`))
  if (definition === undefined) throw new Error(`There is no index over ${field}.`)
  const list = definition.slice(definition.indexOf('('))
  const parts = []
  let depth = 0
  let quoted = false
  let from = 1
  for (let i = 0; i < list.length; i++) {
    if (list[i] === "'") quoted = !quoted
    if (quoted) continue
    if (list[i] === '(') depth++
    if (list[i] === ')') depth--
    if ((list[i] === ',' && depth === 1) || depth === 0) {
      parts.push(list.slice(from, i).trim())
      from = i + 1
      if (depth === 0) break
    }
  }
  return parts
}
