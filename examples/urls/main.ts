/**
 * The same component on four stores, then a move from the file to SQLite and on to PostgreSQL.
 *
 *     npm run build && npx tsx examples/urls/main.ts [--postgres URL] [--orders COUNT]
 *
 * Without a URL a PostgreSQL server of its own is started. A store that this machine cannot run is left out, and
 * standard error says why.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { ConfigParams } from 'holdfast'
import { findPostgres } from '../support/postgres.js'
import { findSqliteDriver } from '../support/sqlite.js'
import { move, type Place, showNewest } from './move.js'
import { OrdersPersistence } from './OrdersPersistence.js'
import { makeOrders } from './orders.js'
import { takeTour } from './tour.js'

const CREATE_AT_ONCE = 1000

/** A store that can be used here. */
interface Choice {
  readonly name: string
  readonly url: string
  readonly driver?: unknown
}

async function main(postgresUrl: string | null, count: number): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-urls-'))
  const server = await findPostgres(postgresUrl)
  const sqlite = await findSqliteDriver()
  const choices: Choice[] = [
    { name: 'memory', url: 'memory:' },
    { name: 'file', url: `file:${folder}/orders.json` },
  ]
  if ('reason' in sqlite) console.error(`sqlite is left out: ${sqlite.reason}`)
  else choices.push({ name: 'sqlite', url: `sqlite:${folder}/orders.db`, driver: sqlite.driver })
  if ('reason' in server) console.error(`postgres is left out: ${server.reason}`)
  else choices.push({ name: 'postgres', url: server.url })
  try {
    for (const choice of choices) {
      console.log(`== Orders on ${choice.name}`)
      await takeTour(make(choice))
    }
    console.log('== From store to store')
    await moveAlong(
      choices.slice(1).map((choice) => ({ name: choice.name, orders: make(choice) })),
      count,
    )
  } finally {
    if ('release' in server) await server.release()
    await rm(folder, { recursive: true, force: true })
  }
}

function make({ url, driver }: Choice): OrdersPersistence {
  const orders = new OrdersPersistence(driver === undefined ? {} : { driver })
  orders.configure(ConfigParams.fromTuples('url', url))
  return orders
}

/** Fills the first store and copies from each to the next. */
async function moveAlong(places: readonly Place[], count: number): Promise<void> {
  const opened: OrdersPersistence[] = []
  try {
    for (const { orders } of places) {
      await orders.open(null)
      opened.push(orders)
    }
    const [first] = places as [Place]
    const all = makeOrders(count)
    for (let start = 0; start < count; start += CREATE_AT_ONCE) {
      await first.orders.createMany(null, all.slice(start, start + CREATE_AT_ONCE))
    }
    console.log(`${first.name}: ${count} created`)
    await showNewest(first.orders)
    for (const [i, to] of places.slice(1).entries()) await move(places[i] as Place, to)
  } finally {
    for (const orders of opened) {
      await orders.clear(null)
      await orders.close(null)
    }
  }
}

const { values } = parseArgs({
  options: { postgres: { type: 'string' }, orders: { type: 'string', default: '10000' } },
})
const count = Number(values.orders)
if (!Number.isInteger(count) || count < 1) throw new Error('--orders takes a whole number from 1 on.')
await main(values.postgres ?? null, count)
