import { afterEach, expect, test, vi } from 'vitest'
import { createPostgresStore } from '../../src/postgres/index.js'

const options = { name: 'd', idType: 'string', indexes: [], dateFields: [] } as const
const url = 'postgres://nobody@127.0.0.1:1/none'

afterEach(() => {
  vi.doUnmock('pg')
})

test('without a driver open() is NO_DRIVER and says what to install', async () => {
  vi.doMock('pg', () => {
    throw new Error('not installed')
  })
  const opening = createPostgresStore({ url }, options).open(null)
  await expect(opening).rejects.toMatchObject({
    code: 'NO_DRIVER',
    message: expect.stringContaining('npm install pg'),
  })
})

test('a driver that is none is BAD_CONFIG', async () => {
  const opening = createPostgresStore({ url, driver: { Pool: 1 } }, options).open(null)
  await expect(opening).rejects.toMatchObject({ code: 'BAD_CONFIG' })
})
