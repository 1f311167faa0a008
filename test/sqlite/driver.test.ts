import { afterEach, expect, test, vi } from 'vitest'
import { documentReader, type SqliteStatement } from '../../src/sqlite/driver.js'
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

test('documents are read in whatever form a driver can give rows', () => {
  type Form = 'objects' | 'arrays' | 'values'
  let form = 'objects' as Form
  const turnInto = (other: Form) => {
    form = other
  }
  const rowOf = (text: string): never =>
    ({ objects: { data: text }, arrays: [text], values: text })[form] as never
  const statement: SqliteStatement = {
    get: (id) => (id === 'none' ? undefined : rowOf('a')),
    all: () => [rowOf('a'), rowOf('b')],
    run: () => ({ changes: 0 }),
  }
  const drivers: [Form, SqliteStatement][] = [
    ['objects', statement],
    ['arrays', { ...statement, setReturnArrays: () => turnInto('arrays') }],
    ['values', { ...statement, pluck: () => turnInto('values') }],
  ]
  for (const [expected, driver] of drivers) {
    form = 'objects'
    const reader = documentReader(driver)
    expect(form).toBe(expected)
    expect(reader.all()).toEqual(['a', 'b'])
    expect(reader.get('one')).toBe('a')
    expect(reader.get('none')).toBeUndefined()
  }
})
