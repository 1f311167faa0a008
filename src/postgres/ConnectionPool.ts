import { performance, setTimeout } from '../core/timers.js'
import type { Address, Host } from './address.js'
import { type ClientClass, type PostgresClient, type PostgresResult, queryOf } from './driver.js'
import { isHopeless } from './errors.js'

/** Pauses between two rounds over the hosts, and the longest wait for one host. */
const FIRST_PAUSE_MS = 20
const LONGEST_PAUSE_MS = 400
const HOST_TIMEOUT_MS = 3000

/** A connection that one caller has at a time. */
export interface Connection {
  /** `false` once the server ended it or an error of the network did. */
  readonly usable: boolean
  query(text: string, values: readonly unknown[], name?: string): Promise<PostgresResult>
}

interface Waiting {
  readonly since: number
  readonly resolve: (connection: PooledConnection) => void
  readonly reject: (error: unknown) => void
}

/**
 * Connections to whichever host takes writes. Nothing is kept on a connection between two calls, so that it may lead
 * to a pooler. A connection that ended is dropped when it ends, not when it is used next.
 */
export class ConnectionPool {
  readonly #Client: ClientClass
  readonly #address: Address
  readonly #size: number
  readonly #timeoutMs: number
  readonly #idle: PooledConnection[] = []
  readonly #waiting: Waiting[] = []
  /** Connections that exist or are being made. */
  #count = 0
  /** Grows when all connections are to be dropped: those of an older generation are, once they are given back. */
  #generation = 0
  #preferred = 0
  #closed = false

  constructor(Client: ClientClass, address: Address, size: number, timeoutMs: number) {
    this.#Client = Client
    this.#address = address
    this.#size = size
    this.#timeoutMs = timeoutMs
  }

  /**
   * A connection that was alive a moment ago. At once when one is free.
   * @throws the last error of the network when no host answered in time, or the server's refusal at once
   */
  acquire(): Promise<Connection> {
    const free = this.#takeIdle()
    if (free !== null) return Promise.resolve(free)
    if (this.#count < this.#size) {
      this.#count++
      return this.#make().catch((error) => {
        this.#count--
        this.#passFailure(error)
        throw error
      })
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ since: performance.now(), resolve, reject })
    })
  }

  #takeIdle(): PooledConnection | null {
    for (;;) {
      // The one used last: its caches are warm, and those not needed stay unused.
      const connection = this.#idle.pop()
      if (connection === undefined) return null
      if (this.#isGood(connection)) return connection
      this.#drop(connection)
    }
  }

  #isGood(connection: PooledConnection): boolean {
    return connection.usable && connection.generation === this.#generation && !this.#closed
  }

  /** Gives a connection back. `broken`: it is not to be used again, whatever it looks like. */
  release(given: Connection, broken: boolean): void {
    const connection = given as PooledConnection
    if (broken || !this.#isGood(connection)) {
      this.#drop(connection)
      this.#serveByNew()
      return
    }
    const next = this.#waiting.shift()
    if (next === undefined) this.#idle.push(connection)
    else next.resolve(connection)
  }

  /** Makes a connection for a caller that waits, when one was dropped in its stead. */
  #serveByNew(): void {
    const next = this.#waiting.shift()
    if (next === undefined) return
    this.acquire().then((connection) => next.resolve(connection as PooledConnection), next.reject)
  }

  /** No connection could be made in all the time given: who waited for one to become free as long gives up too. */
  #passFailure(error: unknown): void {
    const patience = performance.now() - this.#timeoutMs / 2
    while (this.#waiting[0] !== undefined && this.#waiting[0].since <= patience)
      this.#waiting.shift()?.reject(error)
    this.#serveByNew()
  }

  /** After a failover: connections may lead to a server that takes no writes any more. */
  dropAll(): void {
    this.#generation++
    for (const connection of this.#idle.splice(0)) this.#drop(connection)
  }

  #drop(connection: PooledConnection): void {
    this.#count--
    connection.end()
  }

  async close(): Promise<void> {
    this.#closed = true
    const closing = this.#idle.splice(0).map((connection) => connection.end())
    await Promise.all(closing)
  }

  /** Goes round the hosts until one takes writes, or the time is up. */
  async #make(): Promise<PooledConnection> {
    const deadline = performance.now() + this.#timeoutMs
    const { hosts } = this.#address
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
      let problem: unknown
      for (let i = 0; i < hosts.length; i++) {
        const at = (this.#preferred + i) % hosts.length
        try {
          const connection = await this.#connect(hosts[at] as Host, deadline)
          this.#preferred = at
          return connection
        } catch (error) {
          // The last host is as good a reason as any; a refusal by one of several does not end the search.
          problem = error
          if (hosts.length === 1 && isHopeless(error)) throw error
        }
      }
      if (this.#closed || performance.now() + pauseMs > deadline) throw problem
      await new Promise((resolve) => setTimeout(resolve, pauseMs * (0.5 + Math.random())))
    }
  }

  async #connect({ host, port }: Host, deadline: number): Promise<PooledConnection> {
    const { user, password, database, ssl, hosts, applicationName, channelBinding } = this.#address
    const client = new this.#Client({
      host,
      port,
      ssl,
      ...(user === undefined ? {} : { user }),
      ...(password === undefined ? {} : { password }),
      ...(database === undefined ? {} : { database }),
      ...(applicationName === undefined ? {} : { application_name: applicationName }),
      enableChannelBinding: channelBinding,
      keepAlive: true,
      connectionTimeoutMillis: Math.max(1, Math.min(HOST_TIMEOUT_MS, deadline - performance.now())),
    })
    const connection = new PooledConnection(client, this.#generation, () => this.#forget(connection))
    try {
      await client.connect()
      if (hosts.length > 1) await refuseStandby(connection, host, port)
    } catch (error) {
      connection.end()
      throw error
    }
    return connection
  }

  /** An idle connection has ended. */
  #forget(connection: PooledConnection): void {
    const at = this.#idle.indexOf(connection)
    if (at < 0) return
    this.#idle.splice(at, 1)
    this.#drop(connection)
  }
}

class PooledConnection implements Connection {
  readonly generation: number
  readonly #client: PostgresClient
  #usable = true

  constructor(client: PostgresClient, generation: number, onLoss: () => void) {
    this.#client = client
    this.generation = generation
    const lose = () => {
      if (!this.#usable) return
      this.#usable = false
      onLoss()
    }
    // Without a listener an error of an idle connection would end the process.
    client.on('error', lose)
    client.on('end', lose)
  }

  get usable(): boolean {
    return this.#usable
  }

  query(text: string, values: readonly unknown[], name?: string): Promise<PostgresResult> {
    return this.#client.query(queryOf(text, values, name))
  }

  end(): Promise<void> {
    this.#usable = false
    return this.#client.end().catch(() => {})
  }
}

async function refuseStandby(connection: Connection, host: string, port: number): Promise<void> {
  const { rows } = await connection.query('SELECT pg_is_in_recovery()', [])
  if (rows[0]?.[0] === 't') throw new Error(`the server at ${host}:${port} is a standby and takes no writes`)
}
