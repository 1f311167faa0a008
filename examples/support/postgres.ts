import { serverProblem, startServer } from '../../test/postgres/server.js'

/** A PostgreSQL server to run an example on. */
export interface ExampleServer {
  readonly url: string
  /** Stops it and removes its data, where the example started it. */
  release(): Promise<void>
}

/**
 * The server at `url`, or without one a new server of this project's tests, on 127.0.0.1 and with data of its own.
 */
export async function findPostgres(url: string | null): Promise<ExampleServer | { readonly reason: string }> {
  if (url !== null) return { url, release: async () => undefined }
  const reason = await serverProblem()
  if (reason !== null) return { reason: reason.trim() }
  try {
    const server = await startServer()
    return { url: server.url, release: () => server.remove() }
  } catch (error) {
    return { reason: error instanceof Error ? error.message : String(error) }
  }
}
