import { afterEach, expect, test, vi } from 'vitest'
import { createSqliteStore } from '../../src/sqlite/index.js'

const options = { name: 'd', idType: 'string', indexes: [], dateFields: [] } as const

afterEach(() => {
  vi.doUnmock('better-sqlite3')
  vi.doUnmock('node:sqlite')
})

test('without a driver open() is NO_DRIVER and says what to install', async () => {
  for (const name of ['better-sqlite3', 'node:sqlite']) {
    vi.doMock(name, () => {
      throw new Error('not installed')
    })
  }
  const opening = createSqliteStore({ filename: ':memory:' }, options).open(null)
  await expect(opening).rejects.toMatchObject({
    code: 'NO_DRIVER',
    message: expect.stringContaining('npm install'),
  })
})

test('a driver that is none is BAD_CONFIG', async () => {
  const opening = createSqliteStore({ filename: ':memory:', driver: { Database: 1 } }, options).open(null)
  await expect(opening).rejects.toMatchObject({ code: 'BAD_CONFIG' })
})
