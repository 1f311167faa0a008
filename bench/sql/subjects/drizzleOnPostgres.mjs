/** Drizzle over the driver `pg`, on the same table. */
import { eq, sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/node-postgres'
import { jsonb, pgTable, text } from 'drizzle-orm/pg-core'
import pg from 'pg'
import { indexedExpressions } from '../indexedExpressions.mjs'

const places = pgTable('places', { id: text().primaryKey(), data: jsonb().notNull() })

export async function open(url) {
  const client = new pg.Pool({ connectionString: url, max: 10 })
  const { rows } = await client.query("SELECT indexdef FROM pg_indexes WHERE tablename = 'places'")
  const definitions = rows.map(({ indexdef }) => indexdef)
  const country = indexedExpressions(definitions, 'country')
  const name = indexedExpressions(definitions, 'name')
  const database = drizzle({ client })
  const data = { data: places.data }
  const isCountry = (wanted) =>
    sql`${sql.raw(country[0])} = 4 AND ${sql.raw(country[1])} = 0 AND ${sql.raw(country[2])} = ${wanted}`
  const first = (list) => list[0]?.data ?? null
  const dataOf = (row) => row.data
  return {
    getOneById: async (id) => first(await database.select(data).from(places).where(eq(places.id, id))),
    create: async (item) =>
      first(await database.insert(places).values({ id: item.id, data: item }).returning()),
    update: async (item) =>
      first(await database.update(places).set({ data: item }).where(eq(places.id, item.id)).returning()),
    deleteById: async (id) => first(await database.delete(places).where(eq(places.id, id)).returning()),
    createMany: (items) =>
      database.transaction(async (all) => {
        for (let from = 0; from < items.length; from += 1000)
          await all
            .insert(places)
            .values(items.slice(from, from + 1000).map((item) => ({ id: item.id, data: item })))
      }),
    pageByCountry: async (wanted) =>
      (await database.select(data).from(places).where(isCountry(wanted)).orderBy(places.id).limit(20)).map(
        dataOf,
      ),
    firstSortedPage: async () =>
      (
        await database
          .select(data)
          .from(places)
          .orderBy(sql.raw(name.join(', ')))
          .limit(20)
      ).map(dataOf),
    close: () => client.end(),
  }
}
