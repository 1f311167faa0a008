/** Drizzle on the same table, its statements prepared once as its manual advises. */
import Database from 'better-sqlite3'
import { eq, sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/better-sqlite3'
import { sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { indexedExpressions } from '../indexedExpressions.mjs'

const places = sqliteTable('places', { id: text().primaryKey(), data: text({ mode: 'json' }).notNull() })

export async function open(url) {
  const client = new Database(url.slice('sqlite:'.length))
  client.pragma('synchronous = FULL')
  client.pragma('busy_timeout = 10000')
  const definitions = client
    .prepare("SELECT sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL")
    .pluck()
    .all()
  const country = indexedExpressions(definitions, 'country')
  const name = indexedExpressions(definitions, 'name')
  const database = drizzle({ client })
  const data = { data: places.data }
  const given = sql.placeholder
  const one = database
    .select(data)
    .from(places)
    .where(eq(places.id, given('id')))
    .prepare()
  const insert = database
    .insert(places)
    .values({ id: given('id'), data: given('data') })
    .returning()
    .prepare()
  const isCountry = sql`${sql.raw(country[0])} = 4 AND ${sql.raw(country[1])} = ${given('country')}`
  const byCountry = database.select(data).from(places).where(isCountry).orderBy(places.id).limit(20).prepare()
  const sorted = database
    .select(data)
    .from(places)
    .orderBy(sql.raw(name.join(', ')))
    .limit(20)
    .prepare()
  return {
    getOneById: async (id) => one.get({ id })?.data ?? null,
    create: async (item) => insert.get({ id: item.id, data: item }).data,
    update: async (item) =>
      database.update(places).set({ data: item }).where(eq(places.id, item.id)).returning().get()?.data ??
      null,
    deleteById: async (id) =>
      database.delete(places).where(eq(places.id, id)).returning().get()?.data ?? null,
    createMany: async (items) =>
      database.transaction((all) => {
        for (let from = 0; from < items.length; from += 1000)
          all
            .insert(places)
            .values(items.slice(from, from + 1000).map((item) => ({ id: item.id, data: item })))
            .run()
      }),
    pageByCountry: async (wanted) => byCountry.all({ country: wanted }).map((row) => row.data),
    firstSortedPage: async () => sorted.all().map((row) => row.data),
    close: () => client.close(),
  }
}
