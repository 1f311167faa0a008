/** MikroORM over the driver `pg`. */
import { MikroORM } from '@mikro-orm/postgresql'
import { openMikroOrm } from '../mikroOrm.mjs'

export async function open(url) {
  const { subject } = await openMikroOrm(
    MikroORM,
    { clientUrl: url, dbName: new URL(url).pathname.slice(1), pool: { min: 0, max: 10 } },
    "SELECT indexdef AS sql FROM pg_indexes WHERE tablename = 'places'",
    (expressions) => `${expressions[0]} = 4 AND ${expressions[1]} = 0 AND ${expressions[2]} = ?`,
  )
  return subject
}
