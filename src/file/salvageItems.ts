import { FileException } from '../errors/index.js'
import type { DiskFile } from './Disk.js'
import { ItemScanner } from './ItemScanner.js'
import { jsonErrorAt } from './jsonErrorAt.js'
import { readSnapshot } from './SnapshotReader.js'
import { readAll } from './writeAll.js'

/**
 * The items that can be read of a data file: all of a good one; of a damaged one those before the damage, and behind it
 * each that stands whole on a line of its own, as this library writes them. The part behind the first damaged stretch is
 * held in memory as a whole.
 */
export async function salvageItems(file: DiskFile, path: string, problems: string[]): Promise<unknown[]> {
  const progress = { items: [] as unknown[], offset: 0 }
  try {
    return (await readSnapshot(file, path, progress)).items
  } catch (error) {
    if (!(error instanceof FileException) || error.code !== 'DATA_CORRUPTED') throw error
    problems.push(error.message)
  }
  const { items } = progress
  const rest = Buffer.alloc((await file.stat()).size - progress.offset)
  await readAll(file, rest, rest.length, progress.offset)

  // The part that would not parse as a whole: its items up to the one that is damaged.
  const from = progress.offset === 0 ? rest.indexOf('[') + 1 : 0
  const error = jsonErrorAt(rest.subarray(from)) + from
  const { cut, ended, end } = new ItemScanner().find(rest, from, Math.min(error + 1, rest.length))
  const good = Math.min(ended ? end : cut, error)
  if (good > from) {
    for (const item of parse(`[${rest.toString('utf8', from, good)}]`) ?? []) items.push(item)
  }

  const lines = rest.toString('utf8', Math.max(good, from)).split('\n')
  let lost = 0
  for (const line of lines) {
    const text = line
      .trim()
      .replace(/^[[,]\s*/, '')
      .replace(/,$/, '')
    if (text === '' || text === '[' || text === ']') continue
    const found = parse(`[${text}]`)
    if (found === null || found.length !== 1) lost++
    else items.push(found[0])
  }
  if (lost > 0) problems.push(`"${path}": ${lost} lines cannot be read.`)
  return items
}

function parse(text: string): unknown[] | null {
  try {
    return JSON.parse(text) as unknown[]
  } catch {
    return null
  }
}
