import type { Cases } from '../Suite.js'
import { backup } from './backup.js'
import { copies } from './copies.js'
import { create } from './create.js'
import { createMany } from './createMany.js'
import { dates } from './dates.js'
import { clear, deleteByFilter, deleteById, deleteByIds } from './deletions.js'
import { errors } from './errors.js'
import { explain } from './explain.js'
import { fieldless } from './fieldless.js'
import { filterGroups, filterParams, predicates, refusedFilters } from './filters.js'
import { ids } from './ids.js'
import { indexes } from './indexes.js'
import { lifecycle } from './lifecycle.js'
import { order } from './order.js'
import { paging } from './paging.js'
import { projections } from './projections.js'
import { getOneRandom, readsByFilter, readsById } from './reads.js'
import { refusedValues } from './refusedValues.js'
import { reopening } from './reopening.js'
import { set, setMany } from './set.js'
import { sorts } from './sorts.js'
import { states } from './states.js'
import { tokens } from './tokens.js'
import { uniqueIndexes } from './uniqueIndexes.js'
import { update } from './update.js'
import { updatePartially } from './updatePartially.js'
import { values } from './values.js'

/** Every promise by the title of its group, in the order in which they run. */
export const promises: Readonly<Record<string, Cases>> = {
  create,
  createMany,
  set,
  setMany,
  update,
  updatePartially,
  deleteById,
  deleteByIds,
  deleteByFilter,
  clear,
  'reads by id': readsById,
  'reads by filter': readsByFilter,
  getOneRandom,
  ...filterGroups,
  'FilterParams as a whole': filterParams,
  predicates,
  'refused filters': refusedFilters,
  sorts,
  projections,
  'pages by position': paging,
  'pages by token': tokens,
  indexes,
  'unique indexes': uniqueIndexes,
  explain,
  copies,
  ids,
  values,
  'refused values': refusedValues,
  'objects without fields': fieldless,
  dates,
  lifecycle,
  'methods in states': states,
  errors,
  'order of operations': order,
  reopening,
  'backup and flush': backup,
}
