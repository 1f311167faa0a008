import { cpSync, mkdtempSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import pg from 'pg'
import { chownTree, type PostgresServer, startServer } from './server.js'

/**
 * Starts a hot standby named `standby` of a running server. The copy is made of its files between `pg_backup_start`
 * and `pg_backup_stop` (PostgreSQL documentation, "Making a Base Backup Using the Low Level API"), which belong to one
 * session.
 */
export async function startStandby(primary: PostgresServer): Promise<PostgresServer> {
  const dataFolder = mkdtempSync(join(dirname(primary.dataFolder), 'standby-'))
  const client = new pg.Client({ connectionString: primary.url })
  await client.connect()
  await client.query("SELECT pg_backup_start('standby', true)")
  cpSync(primary.dataFolder, dataFolder, {
    recursive: true,
    filter: (path) => !['postmaster.pid', 'postmaster.opts'].includes(basename(path)),
  })
  const { rows } = await client.query('SELECT labelfile FROM pg_backup_stop(false)')
  await client.end()
  writeFileSync(join(dataFolder, 'backup_label'), rows[0].labelfile)
  writeFileSync(join(dataFolder, 'standby.signal'), '')
  chownTree(dataFolder)
  const primary_conninfo = `host=127.0.0.1 port=${primary.port} user=postgres application_name=standby`
  return startServer({ dataFolder, settings: { primary_conninfo } })
}
