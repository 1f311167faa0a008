/** A PostgreSQL server of the bench's own, in a process beside it; it ends when that one does. */
import { startServer } from '../../test/postgres/server.js'

const server = await startServer()
process.send?.(server.url)
process.once('disconnect', async () => {
  await server.remove()
  process.exit()
})
