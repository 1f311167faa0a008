// @ts-expect-error: a script without types
import { ensureDriver } from '../../scripts/test-drivers.mjs'

/**
 * The SQLite driver of this project's tests: better-sqlite3, or the `node:sqlite` of newer Node.js. A program of your
 * own needs none of this: it installs better-sqlite3, and the component loads it by its name.
 */
export async function findSqliteDriver(): Promise<
  { readonly driver: unknown } | { readonly reason: string }
> {
  const found = await ensureDriver('better-sqlite3')
  if (!('reason' in found)) return { driver: found.require('better-sqlite3') }
  try {
    // By a variable: TypeScript's types of the oldest Node.js supported do not have it.
    const name = 'node:sqlite'
    return { driver: await import(name) }
  } catch {
    return { reason: `${found.reason.trim()}, and Node.js ${process.versions.node} has no node:sqlite` }
  }
}
