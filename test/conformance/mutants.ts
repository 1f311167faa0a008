import { copyValue } from '../../src/core/copyValue.js'
import { DataPage, TokenizedDataPage } from '../../src/data/index.js'
import type { Item, TestedPersistence } from '../../src/testing/index.js'

/** What one broken promise replaces in a component that keeps all the others. */
type Mutant = (p: TestedPersistence) => Partial<TestedPersistence>

const ids = (items: readonly Item[]) => items.map((item) => item.id)

/** A component for each way to break a promise, to see the suite notice it. */
export const mutants: Readonly<Record<string, Mutant>> = {
  'create() keeps the id of the caller when it is empty': (p) => ({
    create: (context, item) => p.create(context, item.id === '' ? { ...item, id: 'empty' } : item),
  }),
  'create() replaces an item with the same id': (p) => ({ create: (context, item) => p.set(context, item) }),
  'create() changes the caller’s object': (p) => ({
    create: async (context, item) => Object.assign(item, await p.create(context, item)),
  }),
  'create() loses null fields': (p) => ({
    create: (context, item) =>
      p.create(
        context,
        item && Object.fromEntries(Object.entries(item).filter(([, value]) => value !== null)),
      ),
  }),
  'createMany() stores what it can': (p) => ({
    createMany: async (context, items) => {
      const stored: Item[] = []
      for (const item of items) stored.push(await p.create(context, item))
      return stored
    },
  }),
  'set() merges instead of replacing': (p) => ({
    set: async (context, item) => {
      const before = await p.getOneById(context, item?.id).catch(() => null)
      return p.set(context, before === null ? item : { ...before, ...item })
    },
  }),
  'set() moves the item to the end': (p) => ({
    set: async (context, item) => {
      if (item?.id) await p.deleteById(context, item.id)
      return p.set(context, item)
    },
  }),
  'update() inserts': (p) => ({ update: (context, item) => p.set(context, item) }),
  'update() merges': (p) => ({
    update: async (context, item) => {
      const { id, ...data } = item ?? {}
      return item === null ? p.update(context, item) : p.updatePartially(context, id, data)
    },
  }),
  'updatePartially() merges deeply': (p) => ({
    updatePartially: async (context, id, data) => {
      const before = await p.getOneById(context, id)
      if (before === null || typeof data !== 'object' || data === null || 'getAsObject' in data)
        return p.updatePartially(context, id, data)
      const merged = Object.fromEntries(
        Object.entries(data).map(([key, value]) => [
          key,
          value?.constructor === Object ? { ...before[key], ...value } : value,
        ]),
      )
      return p.updatePartially(context, id, merged)
    },
  }),
  'updatePartially() drops nulls': (p) => ({
    updatePartially: (context, id, data) =>
      p.updatePartially(
        context,
        id,
        data?.constructor === Object
          ? Object.fromEntries(Object.entries(data).filter(([, value]) => value !== null))
          : data,
      ),
  }),
  'deleteById() answers with nothing': (p) => ({
    deleteById: async (context, id) => {
      await p.deleteById(context, id)
      return null
    },
  }),
  'deleteByIds() takes only the first': (p) => ({
    deleteByIds: (context, list) => p.deleteByIds(context, list.slice(0, 1)),
  }),
  'deleteByFilter() leaves out undefined conditions': (p) => ({
    deleteByFilter: async (context, filter) =>
      p.deleteByIds(context, ids(await p.getListByFilter(context, filter))),
  }),
  'clear() leaves one item': (p) => ({
    clear: async (context) => {
      const [first] = await p.getListByFilter(context, null)
      await p.clear(context)
      if (first !== undefined) await p.create(context, first)
    },
  }),
  'getListByIds() goes in the order of the ids': (p) => ({
    getListByIds: async (context, list) => {
      const found = await Promise.all(list.map((id) => p.getOneById(context, id)))
      return found.filter((item) => item !== null)
    },
  }),
  'getListByFilter() has a page limit': (p) => ({
    getListByFilter: async (...call) => (await p.getListByFilter(...call)).slice(0, 100),
  }),
  'getOneRandom() always gives the first': (p) => ({
    getOneRandom: async (context, filter) => (await p.getListByFilter(context, filter))[0] ?? null,
  }),
  'pages always have a total': (p) => ({
    getPageByFilter: async (context, filter, ...rest) =>
      new DataPage(
        (await p.getPageByFilter(context, filter, ...rest)).data,
        await p.getCountByFilter(context, filter),
      ),
  }),
  'pages have no maximum': (p) => ({
    getPageByFilter: async (context, filter, paging, sort, select) => {
      const page = await p.getPageByFilter(context, filter, paging, sort, select)
      return paging === null ? new DataPage(await p.getListByFilter(context, filter, sort, select)) : page
    },
  }),
  'a token outlives its filter': (p) => {
    const forms = new Map<string, readonly [unknown, unknown]>()
    return {
      getPageByToken: async (context, filter, paging, sort, select) => {
        const { token = null } = (paging ?? {}) as { token?: string | null }
        const [boundFilter, boundSort] = forms.get(token ?? '') ?? [filter, sort]
        const page = await p.getPageByToken(context, boundFilter, paging, boundSort, select)
        if (page.token !== null) forms.set(page.token, [boundFilter, boundSort])
        return page
      },
    }
  },
  'tokens are positions': (p) => ({
    getPageByToken: async (context, filter, paging, sort, select) => {
      const { token = null, take = 0 } = (paging ?? {}) as { token?: string | null; take?: number }
      const skip = Number(token ?? 0)
      const page = await p.getPageByFilter(
        context,
        filter,
        { skip, take, total: true },
        sort ?? { id: 1 },
        select,
      )
      const next = skip + page.data.length
      return new TokenizedDataPage(page.data, next < page.total! ? String(next) : null)
    },
  }),
  'explain() counts nothing': (p) => ({
    explain: async (...call) => ({ ...(await p.explain(...call)), returned: 0 }),
  }),
  'explain() never names an index': (p) => ({
    explain: async (...call) => ({ ...(await p.explain(...call)), index: null }),
  }),
  'open() empties': (p) => ({
    open: async (context) => {
      await p.clear(context)
      await p.open(context)
    },
  }),
  'close() is forgotten': () => ({ close: async () => undefined }),
  'isOpen() is always true': () => ({ isOpen: () => true }),
  'every other write takes effect late': (p) => {
    let calls = 0
    return {
      set: async (context, item) => {
        const copy = copyValue(item)
        if (calls++ % 2 === 0) await new Promise((resolve) => setTimeout(resolve, 5))
        return p.set(context, copy)
      },
    }
  },
  'errors lose their trace id': (p) => ({
    create: (context, item) =>
      p.create(context, item).catch((error) => {
        throw Object.assign(error, { trace_id: null })
      }),
  }),
  'a projection keeps everything': (p) => ({
    getListByFilter: (context, filter, sort) => p.getListByFilter(context, filter, sort),
  }),
  'a sort breaks ties by insertion': (p) => ({
    getListByFilter: async (context, filter, sort, select) => {
      const list = await p.getListByFilter(context, filter, sort, select)
      if (sort === null || typeof sort !== 'object' || !('name' in sort)) return list
      const order = ids(await p.getListByFilter(context, null))
      return list.sort(
        (a, b) =>
          Number(a.name > b.name) - Number(a.name < b.name) || order.indexOf(a.id) - order.indexOf(b.id),
      )
    },
  }),
}

/** The component with what the mutant replaces. */
export function mutate(p: TestedPersistence, mutant: Mutant): TestedPersistence {
  const replaced = mutant(p) as Record<string | symbol, unknown>
  return new Proxy(p, {
    get(target, name) {
      if (Object.hasOwn(replaced, name)) return replaced[name]
      const member: unknown = Reflect.get(target, name)
      return typeof member === 'function' ? member.bind(target) : member
    },
  })
}
