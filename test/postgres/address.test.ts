import { expect, test } from 'vitest'
import { parseUrl } from '../../src/postgres/address.js'

const bad = (problem: string) => new Error(problem)

test('a URL with several hosts, escapes and parameters is taken apart as libpq does', () => {
  const url =
    'postgresql://a%40b:p%3Aw@one:5433,[::1],three/db%20x?sslmode=verify-full&application_name=me&channel_binding=require'
  expect(parseUrl(url, bad)).toEqual({
    hosts: [
      { host: 'one', port: 5433 },
      { host: '::1', port: 5432 },
      { host: 'three', port: 5432 },
    ],
    user: 'a@b',
    password: 'p:w',
    database: 'db x',
    ssl: { rejectUnauthorized: true },
    applicationName: 'me',
    channelBinding: true,
    text: 'one:5433,::1:5432,three:5432',
  })
})

test('what is left out has the defaults of the driver', () => {
  const { hosts, user, password, database, ssl, channelBinding } = parseUrl('postgres://', bad)
  expect({ hosts, user, password, database, ssl, channelBinding }).toEqual({
    hosts: [{ host: 'localhost', port: 5432 }],
    ssl: false,
    channelBinding: false,
  })
})

test('the text for messages holds no password', () => {
  expect(parseUrl('postgres://u:secret@h/db', bad).text).not.toContain('secret')
  for (const wrong of [
    'postgres://u:secret@h:x/db',
    'postgres://u:secret@h/db?a=1',
    'mysql://u:secret@h/db',
  ]) {
    expect(() => parseUrl(wrong, bad)).toThrow(
      expect.not.objectContaining({ message: expect.stringContaining('secret') }),
    )
  }
})
