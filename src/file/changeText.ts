import type { Batch, Change } from '../contract/Change.js'
import { isUsableId } from '../memory/Slot.js'
import { jsonText } from './jsonText.js'

/**
 * A change as one line of the journal: a JSON array and a line feed. JSON text holds no raw line feed, so a batch can be
 * cut into lines without parsing it.
 * @throws TypeError, RangeError  there is no such text, or none that could be read again
 */
export function encodeChange(change: Change): string {
  switch (change.op) {
    case 'put':
      return change.id === null
        ? `["add",${textOfItem(change.item)}]\n`
        : `["put",${textOfId(change.id)},${textOfItem(change.item)}]\n`
    case 'delete':
      return `["delete",${textOfId(change.id)}]\n`
    case 'deleteAt':
      return `["deleteAt",[${change.positions.join(',')}]]\n`
    case 'clear':
      return '["clear"]\n'
  }
}

/** A subclass can put anything into its items: a line without a usable id would be damage at the next opening. */
function textOfId(id: string | number | boolean): string {
  if (!isUsableId(id)) throw new TypeError(`${String(id)} cannot be an id`)
  return JSON.stringify(id)
}

function textOfItem(item: unknown): string {
  const text = jsonText(item)
  if (text === undefined) throw new TypeError('JSON has no text for it')
  return text
}

/**
 * The lines of a batch: one text, or several of about a MiB so that no batch is too long for a string. Throws as
 * `encodeChange`.
 */
export function encodeBatch(batch: Batch): string | string[] {
  if (batch.length === 1) return encodeChange(batch[0]!)
  const texts: string[] = []
  let text = ''
  for (const change of batch) {
    const line = encodeChange(change)
    // Together they might be too long for a string.
    if (line.length >= TEXT_SIZE && text !== '') {
      texts.push(text)
      text = ''
    }
    text += line
    if (text.length < TEXT_SIZE) continue
    texts.push(text)
    text = ''
  }
  if (texts.length === 0) return text
  if (text !== '') texts.push(text)
  return texts
}

const TEXT_SIZE = 1024 * 1024

/** The change in one line without its line feed; null when it is none. */
export function decodeChange(line: string): Change | null {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    return null
  }
  return changeOf(value)
}

/** The change that the parsed text of a line means; null when it means none. */
export function changeOf(value: unknown): Change | null {
  if (!Array.isArray(value)) return null
  const [op, first, second] = value as unknown[]
  if (op === 'put' && value.length === 3 && isId(first)) return { op, id: first, item: second }
  if (op === 'add' && value.length === 2) return { op: 'put', id: null, item: first }
  if (op === 'delete' && value.length === 2 && isId(first)) return { op, id: first }
  if (op === 'deleteAt' && value.length === 2 && isPositions(first)) return { op, positions: first }
  if (op === 'clear' && value.length === 1) return { op }
  return null
}

function isId(value: unknown): value is string | number | boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
}

function isPositions(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((p) => Number.isSafeInteger(p) && (p as number) >= 0)
}

/** What a FOLDED frame holds: the snapshot of exactly that sequence number has that size and CRC. */
export interface Folded {
  readonly sequence: number
  readonly size: number
  readonly crc: number
}

export function encodeFolded(folded: Folded): string {
  return `{"sequence":${folded.sequence},"size":${folded.size},"crc":${folded.crc}}\n`
}

export function decodeFolded(text: string): Folded | null {
  try {
    const value = JSON.parse(text) as Partial<Folded> | null
    const { sequence, size, crc } = value ?? {}
    if (!Number.isSafeInteger(sequence) || !Number.isSafeInteger(size) || !Number.isSafeInteger(crc))
      return null
    return { sequence: sequence!, size: size!, crc: crc! }
  } catch {
    return null
  }
}
