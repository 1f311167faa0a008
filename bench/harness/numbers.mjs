/** The middle of the values; of an even number the mean of the two in the middle. */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >>> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/**
 * The middle of the ratios of each round, for lists that have a place for each; NaN where one was not measured. Side by
 * side both had the same of what changes from minute to minute, in the machine and on its disk.
 */
export function medianRatio(values = [], others = []) {
  return median(values.map((value, round) => value / others[round]).filter(Number.isFinite))
}

/** 1234567 as "1.23 M". */
export function short(value) {
  if (value === undefined || value === null || Number.isNaN(value)) return '–'
  if (value >= 1e6) return `${digits(value / 1e6)} M`
  if (value >= 1e4) return `${digits(value / 1e3)} k`
  return digits(value)
}

function digits(value) {
  if (value >= 100) return value.toFixed(0)
  return value >= 10 ? value.toFixed(1) : value.toFixed(2)
}

/** A ratio, the bar it is held to, and whether it is met. @param {'≥' | '≤'} side */
export function judged(ratio, side, bar) {
  if (!Number.isFinite(ratio)) return '–'
  if (bar === undefined) return digits(ratio)
  const met = side === '≥' ? ratio >= bar : ratio <= bar
  return `${digits(ratio)} (${side} ${bar}) ${met ? '✓' : '✗'}`
}

/** A Markdown table whose columns are aligned, so that it reads well on a terminal too. */
export function table(head, rows) {
  const widths = head.map((cell, i) => Math.max(cell.length, ...rows.map((row) => row[i].length)))
  const line = (cells) =>
    `| ${cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join(' | ')} |`
  const rule = `|${widths.map((width, i) => (i === 0 ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`)).join('|')}|`
  return [line(head), rule, ...rows.map(line)].join('\n')
}

/** The list from another place on in each round, so that nobody always goes first. */
export function rotated(list, round) {
  const from = ((round % list.length) + list.length) % list.length
  return [...list.slice(from), ...list.slice(0, from)]
}
