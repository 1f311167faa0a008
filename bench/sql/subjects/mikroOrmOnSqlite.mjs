/** MikroORM over better-sqlite3. */
import { MikroORM } from '@mikro-orm/better-sqlite'
import { openMikroOrm } from '../mikroOrm.mjs'

export async function open(url) {
  const { orm, subject } = await openMikroOrm(
    MikroORM,
    { dbName: url.slice('sqlite:'.length) },
    "SELECT sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL",
    (expressions) => `${expressions[0]} = 4 AND ${expressions[1]} = ?`,
  )
  await orm.em.getConnection().execute('PRAGMA synchronous = FULL')
  await orm.em.getConnection().execute('PRAGMA busy_timeout = 10000')
  return subject
}
