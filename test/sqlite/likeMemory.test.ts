import { describe, test } from 'vitest'
import type { StoreOptions } from '../../src/contract/Store.js'
import { createSqliteStore } from '../../src/sqlite/index.js'
import type { Doc } from '../sql/arbitraries.js'
import { testLikeMemory, testSpecialValues } from '../sql/likeMemory.js'
import { sqliteDrivers } from './driver.js'

const { drivers, reasons } = await sqliteDrivers()

describe.each([...drivers])('SQLite by %s', (name, driver) => {
  const make = async (options: StoreOptions) =>
    createSqliteStore<Doc, string>({ filename: ':memory:', driver }, options)
  testLikeMemory(name, make, { runs: Number(process.env.HOLDFAST_RUNS ?? 150) })
  testSpecialValues(name, make)
})

test.skipIf(drivers.size > 0)(`SQLite has no driver here: ${reasons.join('; ')}`, (context) => context.skip())
