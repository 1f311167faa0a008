import type { Store } from '../contract/Store.js'
import { BadRequestException, UnsupportedException } from '../errors/index.js'

export function idChanged(id: unknown, other: unknown): BadRequestException {
  return new BadRequestException(
    null,
    'ID_CHANGED',
    `Cannot update item "${String(id)}" partially: the data gives it the id "${String(other)}". ` +
      'An id never changes: leave it out of the data, or create an item with the new id and delete the old one.',
  ).withDetails('id', id)
}

export function emptyFilter(at: string): BadRequestException {
  return new BadRequestException(
    null,
    'EMPTY_FILTER',
    `Refused to delete by a filter whose condition "${at}" is undefined: leaving it out could delete everything. ` +
      'Give it a value, take it out, or pass null to delete all items on purpose.',
  ).withDetails('at', at)
}

export function extractorByToken(): UnsupportedException {
  return new UnsupportedException(
    null,
    'UNSUPPORTED',
    'Cannot page by token in the order of a key function: a token must hold the place as data. ' +
      'Sort by fields, { field: 1 }, or leave the sort out.',
  )
}

export function unsupported<T, K>(store: Store<T, K>, what: string, wayOut: string): UnsupportedException {
  const { name } = store.capabilities
  return new UnsupportedException(null, 'UNSUPPORTED', `The ${name} store cannot take ${what}. ${wayOut}`)
}
