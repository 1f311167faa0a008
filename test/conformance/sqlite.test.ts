import { describe, it, test } from 'vitest'
import { testPersistence } from '../../src/testing/index.js'
import { sqliteDrivers } from '../sqlite/driver.js'
import { byUrlSubject, SQL_BY_URL } from './subjects.js'

const { drivers, reasons } = await sqliteDrivers()

for (const [name, driver] of drivers) {
  testPersistence(
    `IdentifiablePersistence on sqlite: by ${name}`,
    byUrlSubject((folder) => `sqlite:${folder}/items.db`, driver),
    {
      runner: { describe, it },
      capabilities: SQL_BY_URL,
    },
  )
}

test.skipIf(drivers.size > 0)(`SQLite has no driver here: ${reasons.join('; ')}`, (context) => context.skip())
