import pg from 'pg'
import type { PostgresServer } from './server.js'

/** Sends one statement past the store, and returns its rows as texts. */
export async function sendSql(server: Pick<PostgresServer, 'url'>, text: string): Promise<string[][]> {
  const client = new pg.Client({ connectionString: server.url })
  client.on('error', () => {})
  await client.connect()
  try {
    const types = { getTypeParser: () => (value: string) => value }
    return (await client.query({ text, rowMode: 'array', types: types as never })).rows as string[][]
  } finally {
    await client.end()
  }
}
