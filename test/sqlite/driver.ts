// @ts-expect-error: a script without types
import { ensureDriver } from '../../scripts/test-drivers.mjs'
import type { SqliteDriver } from '../../src/sqlite/index.js'

/** The SQLite drivers that work here, by name, and why the others do not. */
export async function sqliteDrivers(): Promise<{ drivers: Map<string, SqliteDriver>; reasons: string[] }> {
  const drivers = new Map<string, SqliteDriver>()
  const reasons: string[] = []
  const found = await ensureDriver('better-sqlite3')
  if ('reason' in found) reasons.push(found.reason)
  else drivers.set('better-sqlite3', found.require('better-sqlite3'))
  try {
    const name = 'node:sqlite'
    drivers.set(name, (await import(name)) as SqliteDriver)
  } catch {
    reasons.push(`node:sqlite is not in Node.js ${process.versions.node}`)
  }
  return { drivers, reasons }
}
