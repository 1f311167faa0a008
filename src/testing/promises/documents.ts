import type { Item } from '../Subject.js'

/**
 * The documents that filters and sorts are tried on: one for each kind of value of the field `v`, its id saying which.
 * Nothing among them is refused by any store.
 */
export const DOCUMENTS: readonly Item[] = [
  { id: 'missing' },
  { id: 'null', v: null },
  { id: 'false', v: false },
  { id: 'true', v: true },
  { id: 'minus ten', v: -10 },
  { id: 'minus one', v: -1 },
  { id: 'zero', v: 0 },
  { id: 'half', v: 0.5 },
  { id: 'one', v: 1 },
  { id: 'five', v: 5 },
  { id: 'ten', v: 10 },
  { id: 'largest integer', v: 9007199254740991 },
  { id: 'huge', v: 1e300 },
  { id: 'text empty', v: '' },
  { id: 'text 0', v: '0' },
  { id: 'text 10', v: '10' },
  { id: 'text 5', v: '5' },
  { id: 'text date', v: '2024-01-02T03:04:05.678Z' },
  { id: 'text A', v: 'A' },
  { id: 'text APPLE', v: 'APPLE' },
  { id: 'text a', v: 'a' },
  { id: 'text apple', v: 'apple' },
  { id: 'text percent', v: 'a%_\\b' },
  { id: 'text false', v: 'false' },
  { id: 'text null', v: 'null' },
  { id: 'text ss', v: 'ss' },
  { id: 'text sharp s', v: 'ß' },
  { id: 'text e acute', v: 'é' },
  { id: 'text e decomposed', v: 'e\u0301' },
  { id: 'text i dotted', v: 'İ' },
  { id: 'text cyrillic', v: 'ЖУК' },
  { id: 'text private use', v: '\ue000' },
  { id: 'text last of BMP', v: '\ufffd' },
  { id: 'text emoji', v: '\u{1f600}' },
  { id: 'list empty', v: [] },
  { id: 'list 5', v: [5] },
  { id: 'list a b', v: ['a', 'b'] },
  { id: 'list mixed', v: [1, '5', true, null] },
  { id: 'list of lists', v: [['a'], [5]] },
  {
    id: 'list of objects',
    v: [
      { size: 5, color: 'red' },
      { size: 9, color: 'blue', in: { deep: 1 } },
    ],
  },
  { id: 'object empty', v: {} },
  { id: 'object', v: { a: 1, '0': 'zero', b: { c: { d: 'deep' } }, none: null } },
  { id: 'object text', v: { a: '1', length: 3 } },
]

/** The ids of all documents but these. */
export function allBut(...ids: readonly string[]): string[] {
  for (const id of ids)
    if (!DOCUMENTS.some((document) => document.id === id))
      throw new TypeError(`There is no document "${id}".`)
  return DOCUMENTS.map((document) => document.id as string).filter((id) => !ids.includes(id))
}
