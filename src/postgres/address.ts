/** Servers that hold the same database, and how to get in. */
export interface Address {
  readonly hosts: readonly Host[]
  readonly user: string | undefined
  readonly password: string | undefined
  readonly database: string | undefined
  readonly ssl: boolean | { readonly rejectUnauthorized: boolean }
  /** What the server lists for these connections. */
  readonly applicationName: string | undefined
  /** Binds the password exchange to the TLS connection, as `channel_binding=require` and `prefer` of libpq. */
  readonly channelBinding: boolean
  /** The hosts without user and password, for messages. */
  readonly text: string
}

export interface Host {
  readonly host: string
  readonly port: number
}

const FORM = /^postgres(?:ql)?:\/\/(?:([^:@/]*)(?::([^@/]*))?@)?([^/?]*)(?:\/([^?]*))?(?:\?(.*))?$/s
const HOST = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d+))?$/
const PARAMETERS: ReadonlySet<string> = new Set([
  'sslmode',
  'target_session_attrs',
  'application_name',
  'channel_binding',
])

/**
 * Takes a URL apart, with any number of hosts, as libpq does (PostgreSQL documentation, "Connection URIs"). Drivers
 * differ in what they make of several hosts, so it is not left to them.
 */
export function parseUrl(url: string, bad: (problem: string) => Error): Address {
  const parts = typeof url === 'string' ? FORM.exec(url) : null
  if (parts === null) throw bad('"url" is not of the form postgres://user:password@host:port/database')
  const [, user, password, list, database, query] = parts
  // Such a URL would be taken apart in the wrong place, and messages would show a part of the password.
  if (`${list}${database}${query}`.includes('@')) {
    throw bad(
      '"url" has an "@", "/", ":" or "?" in the user or the password; write them as %40, %2F, %3A and %3F',
    )
  }
  const hosts = (list || 'localhost').split(',').map((text) => {
    const found = HOST.exec(text)
    if (found === null) throw bad(`"url" names the host "${text}", which is not host or host:port`)
    return { host: (found[1] ?? found[2]) as string, port: Number(found[3] ?? 5432) }
  })
  const parameters = new URLSearchParams(query ?? '')
  for (const name of parameters.keys()) {
    if (!PARAMETERS.has(name))
      throw bad(`"url" has the parameter "${name}"; known are ${[...PARAMETERS].join(', ')}`)
  }
  return {
    hosts,
    user: decode(user, bad),
    password: decode(password, bad),
    database: decode(database, bad),
    ssl: sslOf(parameters.get('sslmode') ?? 'disable', bad),
    applicationName: parameters.get('application_name') ?? undefined,
    channelBinding: ['require', 'prefer'].includes(parameters.get('channel_binding') ?? 'disable'),
    text: hosts.map(({ host, port }) => `${host}:${port}`).join(','),
  }
}

function decode(text: string | undefined, bad: (problem: string) => Error): string | undefined {
  if (text === undefined || text === '') return undefined
  try {
    return decodeURIComponent(text)
  } catch {
    throw bad('"url" holds a "%" that is not followed by two hexadecimal digits')
  }
}

function sslOf(mode: string, bad: (problem: string) => Error): Address['ssl'] {
  switch (mode) {
    case 'disable':
      return false
    case 'require':
      // As in libpq: encrypted, whoever the server is.
      return { rejectUnauthorized: false }
    case 'verify-full':
      return { rejectUnauthorized: true }
    default:
      throw bad(`"url" has the sslmode "${mode}"; known are disable, require, verify-full`)
  }
}
