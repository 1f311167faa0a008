/** MikroORM on the same table: an entity with a JSON column, a fork of the entity manager for each call as its manual says. */
import { EntitySchema, raw } from '@mikro-orm/core'
import { indexedExpressions } from './indexedExpressions.mjs'

const Place = new EntitySchema({
  name: 'Place',
  tableName: 'places',
  properties: { id: { type: 'text', primary: true }, data: { type: 'json' } },
})

const PART = 1000

/**
 * @param MikroORM   of the package of the engine
 * @param settings   where the database is
 * @param sqlOfIndexes  asks for the definitions of the indexes, each in a column `sql`
 * @param isCountry  a condition in SQL on the expressions of the index, with `?` for the country
 */
export async function openMikroOrm(MikroORM, settings, sqlOfIndexes, isCountry) {
  const orm = await MikroORM.init({ entities: [Place], ...settings })
  const rows = await orm.em.getConnection().execute(sqlOfIndexes)
  const definitions = rows.map((row) => row.sql)
  const country = isCountry(indexedExpressions(definitions, 'country'))
  const name = indexedExpressions(definitions, 'name')
  const byName = () => name.map((expression) => ({ [raw(expression)]: 'asc' }))
  const dataOf = (place) => place.data
  return {
    orm,
    subject: {
      getOneById: async (id) => (await orm.em.fork().findOne(Place, id))?.data ?? null,
      async create(item) {
        const em = orm.em.fork()
        const place = em.create(Place, { id: item.id, data: item })
        await em.persist(place).flush()
        return place.data
      },
      // One statement, where loading, changing and flushing would be two.
      update: async (item) =>
        (await orm.em.fork().nativeUpdate(Place, { id: item.id }, { data: item })) === 0 ? null : item,
      deleteById: (id) => orm.em.fork().nativeDelete(Place, { id }),
      createMany: (items) =>
        orm.em.fork().transactional(async (em) => {
          for (let from = 0; from < items.length; from += PART) {
            const part = items.slice(from, from + PART)
            await em.insertMany(
              Place,
              part.map((item) => ({ id: item.id, data: item })),
            )
          }
        }),
      pageByCountry: async (wanted) => {
        const where = { [raw(country, [wanted])]: [] }
        return (await orm.em.fork().find(Place, where, { orderBy: { id: 'asc' }, limit: 20 })).map(dataOf)
      },
      firstSortedPage: async () =>
        (await orm.em.fork().find(Place, {}, { orderBy: byName(), limit: 20 })).map(dataOf),
      close: () => orm.close(),
    },
  }
}
