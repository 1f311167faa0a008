import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, test } from 'vitest'
import { findSqliteDriver } from '../../examples/support/sqlite.js'
import { makeOrders } from '../../examples/urls/orders.js'
import { serverProblem } from '../postgres/server.js'

/*
 * examples/urls runs one class on every store and prints what each gave: the same text, whatever the store. What this
 * machine cannot run is skipped here and left out there.
 */

const execute = promisify(execFile)
const root = fileURLToPath(new URL('../..', import.meta.url))
const tsx = createRequire(import.meta.url).resolve('tsx/cli')
const sqlite = await findSqliteDriver()
const reasons = new Map([
  ['sqlite', 'reason' in sqlite ? sqlite.reason : null],
  ['postgres', await serverProblem()],
])

const tour = `created: 60 orders
refused, an id that is taken: DUPLICATE_ID
refused, a key that is taken: DUPLICATE_KEY
refused, an amount that JSON has not: INVALID_ITEM
by key 2024/8:
  o-00008 2024/8 paid 和子 60.33 2024-01-01T04:19:00.000Z -
by key 2023/1: null
third to fifth newest of 19 open orders from 20.00:
  o-00052 2024/52 open 和子 79.69 2024-01-02T07:27:00.000Z -
  o-00049 2024/49 open Ada 40.12 2024-01-02T05:36:00.000Z -
  o-00046 2024/46 open Émilie 99.55 2024-01-02T03:45:00.000Z gift
gifts to France and Japan of the first day, by name, the dearest first:
  o-00006 2024/6 shipped Émilie 99.95 2024-01-01T03:05:00.000Z gift
  o-00026 2024/26 paid Émilie 99.75 2024-01-01T15:25:00.000Z gift
  o-00016 2024/16 open 和子 99.85 2024-01-01T09:15:00.000Z gift
  o-00036 2024/36 shipped 和子 99.65 2024-01-01T21:35:00.000Z gift
all in order of total, in pages by token:
  25 from 100 to 4057
  25 from 5983 to 9945
  10 from 9950 to 9995
index that finds a key: key:1:unique
paid:
  o-00001 2024/1 paid Ada 1.00 2024-01-01T00:00:00.000Z gift
paid, but unknown: null
deleted:
  o-00004 2024/4 open 和子 40.57 2024-01-01T01:51:00.000Z -
left when those shipped are deleted: 39
after opening again: 39 orders
  o-00001 2024/1 paid Ada 1.00 2024-01-01T00:00:00.000Z gift
`

const MOVED = 3000

/** What the move prints of a store that has all the orders, found by plain means. */
function newest(): string {
  const found = makeOrders(MOVED).filter(({ status, total }) => status === 'open' && total >= 5000)
  found.sort((a, b) => b.placed.getTime() - a.placed.getTime())
  const lines = found.slice(0, 3).map(({ id, key, status, customer, total, placed, note }) => {
    const amount = (total / 100).toFixed(2)
    return `  ${id} ${key} ${status} ${customer.name} ${amount} ${placed.toISOString()} ${note ?? '-'}\n`
  })
  return `newest of ${found.length}:\n${lines.join('')}`
}

/** What was printed under each heading. */
let parts: Map<string, string>
let complaints: string

beforeAll(async () => {
  await execute(process.execPath, [join(root, 'scripts/build.mjs')])
  const command = [tsx, join(root, 'examples/urls/main.ts'), '--orders', String(MOVED)]
  const { stdout, stderr } = await execute(process.execPath, command, { cwd: root })
  complaints = stderr
  parts = new Map(
    stdout
      .split(/^== /m)
      .slice(1)
      .map((part) => [part.slice(0, part.indexOf('\n')), part.slice(part.indexOf('\n') + 1)]),
  )
}, 300_000)

describe('the same class on four URLs', () => {
  test.for(['memory', 'file', 'sqlite', 'postgres'])(
    '%s prints the same as every store',
    (name, { skip }) => {
      const reason = reasons.get(name) ?? null
      if (reason !== null) {
        expect(complaints).toContain(`${name} is left out:`)
        skip(reason)
      }
      expect(parts.get(`Orders on ${name}`)).toBe(tour)
    },
  )

  test('the move copies everything from each store to the next, with progress', () => {
    const stores = ['file', 'sqlite', 'postgres'].filter((name) => (reasons.get(name) ?? null) === null)
    const moves = stores
      .slice(1)
      .map((name, i) => `${stores[i]} to ${name}: ${MOVED} copied, ${MOVED} there\n${newest()}`)
    expect(parts.get('From store to store')).toBe(`file: ${MOVED} created\n${newest()}${moves.join('')}`)
    for (const [i, name] of stores.slice(1).entries()) {
      expect(complaints).toMatch(new RegExp(`${stores[i]} to ${name} \\[=+\\] 100 % \\| ${MOVED}/${MOVED}`))
    }
  })

  test('the class names no store', async () => {
    for (const file of ['OrdersPersistence.ts', 'Order.ts', 'tour.ts']) {
      const text = await readFile(join(root, 'examples/urls', file), 'utf8')
      expect(text).not.toMatch(/memory:|file:|sqlite|postgres/i)
    }
  })
})
