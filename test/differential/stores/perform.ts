import { isMissingId } from '../../../src/core/ids.js'
import { ApplicationException } from '../../../src/errors/index.js'
import { canonical } from './canonical.js'
import type { Component } from './engines.js'
import type { Operation } from './operations.js'

/** Pages that a walk by token may take: more mean that it does not end. */
const MOST_PAGES = 200

/** What an operation comes to, as text to compare: its result, or the code and class of its error. */
export async function perform(component: Component, { name, args }: Operation): Promise<string> {
  try {
    return canonical(await call(component, name, args))
  } catch (error) {
    return failure(error)
  }
}

function failure(error: unknown): string {
  if (error instanceof ApplicationException) return `${error.constructor.name} ${error.code}`
  return `a bare ${error instanceof Error ? error.name : typeof error}`
}

async function call(component: Component, name: string, args: readonly unknown[]): Promise<unknown> {
  switch (name) {
    case 'create':
    case 'set': {
      const [item] = args
      const stored: unknown = await method(component, name, args)
      return (await withoutNewIds(component, [item], [stored]))[0]
    }
    case 'createMany':
    case 'setMany': {
      const stored = (await method(component, name, args)) as unknown[]
      return withoutNewIds(component, args[0] as unknown[], stored)
    }
    case 'getPageByToken':
      return pagesByToken(component, args)
    case 'getOneRandom': {
      const item = (await component.getOneRandom(null, args[0] as never)) as Item | null
      if (item === null) return 'none'
      const stored = (await component.getOneById(null, item.id)) as unknown
      return canonical(stored) === canonical(item) ? 'a stored one' : { found: item, stored }
    }
    case 'getListByIdsInOrder': {
      const items = (await component.getListByIds(null, args[0] as never)) as { id: string | number }[]
      return items.sort((a, b) => compareIds(a.id, b.id))
    }
    case 'explain':
      return (await component.explain(null, args[0] as never, args[1] as never)).returned
    case 'atOnce':
      return Promise.all((args as readonly Operation[]).map((operation) => perform(component, operation)))
    case 'reopen':
      return reopen(component)
    default:
      return method(component, name, args)
  }
}

type Item = Record<string, unknown>
type Methods = Record<string, (context: null, ...args: unknown[]) => Promise<unknown>>

function method(component: Component, name: string, args: readonly unknown[]): Promise<unknown> {
  return (component as unknown as Methods)[name]!(null, ...args)
}

/** Texts by code point, which is the order of their bytes. */
function compareIds(a: string | number, b: string | number): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b
  return Buffer.compare(Buffer.from(String(a)), Buffer.from(String(b)))
}

/** Ids that a store made differ: they are looked at, and their items deleted again. */
async function withoutNewIds(component: Component, given: unknown[], stored: unknown[]): Promise<unknown[]> {
  const results: unknown[] = []
  for (const [i, item] of stored.entries()) {
    if (!isMissingId((given[i] as Item).id)) {
      results.push(item)
      continue
    }
    const { id, ...rest } = item as Item
    const deleted = (await component.deleteById(null, id)) as Item | null
    results.push({
      rest,
      deleted: { ...deleted, id: deleted?.id === id },
      isId: /^[0-9a-f]{32}$/.test(String(id)),
    })
  }
  return results
}

/** All pages, each with its total, until there is no token. */
async function pagesByToken(component: Component, args: readonly unknown[]): Promise<unknown> {
  const [filter, , sort, select] = args as never[]
  const paging = args[1] as Item
  const pages: unknown[] = []
  let token = paging.token as string | null
  do {
    const asked = { ...paging, token }
    const page = await component.getPageByToken(null, filter!, asked as never, sort, select)
    pages.push(page.data, page.total)
    token = page.token
  } while (token !== null && pages.length < 2 * MOST_PAGES)
  return pages
}

/** What is stored must be there again, and nothing may be asked in between. */
async function reopen(component: Component): Promise<unknown> {
  await component.close(null)
  const refused = await component.getCountByFilter(null, null).catch(failure)
  await component.open(null)
  return [refused, await component.getCountByFilter(null, null)]
}
