import { fileURLToPath } from 'node:url'
import type { Store, StoreOptions } from '../contract/Store.js'
import type { ItemRules } from '../core/ItemRules.js'
import { type ConfigReader, readChoice, readCount, readText } from '../core/settings.js'
import { ConfigException, UnsupportedException } from '../errors/index.js'
import { JsonFilePersister } from '../file/JsonFilePersister.js'
import { MemoryStore } from '../memory/MemoryStore.js'
import type { PostgresDriver } from '../postgres/driver.js'
import type { SqliteDriver } from '../sqlite/driver.js'

/** What a store by URL is made with. */
export interface StoreRequest<T> {
  readonly url: string
  readonly options: StoreOptions
  readonly rules: ItemRules<T>
  /** The component's configuration, for the settings of the one store. */
  readonly config: ConfigReader
  /** The driver module, where the caller hands one in. */
  readonly driver: unknown
  readonly warn: (message: string) => void
}

/**
 * The one place that knows all stores: makes the one that a URL names. SQL stores are loaded when they are used, so
 * that nobody needs their drivers who does not use them.
 * @throws ConfigException BAD_CONFIG  no such store; NO_DRIVER  the driver is not installed
 */
export async function storeFromUrl<T, K>(request: StoreRequest<T>): Promise<Store<T, K>> {
  const { url, options, config, driver, rules } = request
  if (typeof url !== 'string') throw unknownUrl(`the url is of type ${typeof url}, not a text`)
  const scheme = /^([a-z]+):/.exec(url)?.[1]
  switch (scheme) {
    case 'memory':
      return memoryStore(request, null)
    case 'file': {
      const persister = new JsonFilePersister<T>(pathOf(url, 'file:'))
      persister.configure({
        getAsNullableString: (key) => (key === 'path' ? null : (config.getAsNullableString(key) ?? null)),
      })
      return memoryStore(request, persister)
    }
    case 'sqlite': {
      refuseFrozen(rules, scheme)
      const { createSqliteStore } = await import('../sqlite/SqliteStore.js')
      const durability = readChoice(config, 'options.durability', ['sync', 'interval', 'none'])
      const busyTimeoutMs = readCount(config, 'options.busy_timeout_ms', 0)
      return createSqliteStore<T, K>(
        {
          filename: pathOf(url, 'sqlite:'),
          ...(driver === undefined ? {} : { driver: driver as SqliteDriver }),
          ...(durability === null ? {} : { durable: durability === 'sync' }),
          ...(busyTimeoutMs === null ? {} : { busyTimeoutMs }),
        },
        options,
      )
    }
    case 'postgres':
    case 'postgresql': {
      refuseFrozen(rules, scheme)
      const { createPostgresStore } = await import('../postgres/PostgresStore.js')
      const schema = readText(config, 'schema')
      const poolSize = readCount(config, 'options.max_pool_size')
      const connectTimeoutMs = readCount(config, 'options.connect_timeout')
      return createPostgresStore<T, K>(
        {
          url,
          distribute: readChoice(config, 'options.distribute', ['true', 'false']) === 'true',
          prepare: readChoice(config, 'options.prepare', ['true', 'false']) === 'true',
          ...(driver === undefined ? {} : { driver: driver as PostgresDriver }),
          ...(schema === null ? {} : { schema }),
          ...(poolSize === null ? {} : { poolSize }),
          ...(connectTimeoutMs === null ? {} : { connectTimeoutMs }),
        },
        options,
      )
    }
    default:
      throw unknownUrl(url === '' ? 'no url is set' : namesNoStore(url))
  }
}

/** What SQL answers is the caller's own from the start: there is nothing shared to freeze. */
function refuseFrozen(rules: { readonly frozen: boolean }, store: string): void {
  if (!rules.frozen) return
  throw new UnsupportedException(
    null,
    'UNSUPPORTED',
    `The ${store} store has no frozen reads: each read makes new objects. Leave options.reads at "copied".`,
  )
}

function memoryStore<T, K>(request: StoreRequest<T>, persister: JsonFilePersister<T> | null): Store<T, K> {
  const { options, rules, warn } = request
  const store = new MemoryStore<T, K>(true, rules, { loader: () => persister, saver: () => persister, warn })
  for (const index of options.indexes) store.ensureIndex(index)
  return store
}

/** `file:./a/b.json` and `file:a/b.json` are relative to the working directory; `file:///a/b.json` is a file URL. */
function pathOf(url: string, scheme: string): string {
  const rest = url.slice(scheme.length)
  if (rest === '') throw unknownUrl(namesNoStore(url))
  if (!rest.startsWith('//')) return rest
  try {
    return fileURLToPath(`file:${rest}`)
  } catch (error) {
    const path = withoutPassword(`${scheme}${rest.slice(2)}`)
    throw new ConfigException(
      null,
      'BAD_CONFIG',
      `Cannot open the component: "${withoutPassword(url)}" is no URL of a file. After "${scheme}//" comes a host, which ` +
        `must be empty, and then an encoded path from the root. Configure "url" as "${path}": without the slashes, what ` +
        'follows is taken for a path as it is.',
    ).withCause(error)
  }
}

function namesNoStore(url: string): string {
  return `"${withoutPassword(url)}" names no store`
}

function unknownUrl(problem: string): ConfigException {
  const known =
    '"memory:", "file:./data/items.json", "sqlite:./data/app.db" or "postgres://user@host/database"'
  return new ConfigException(
    null,
    'BAD_CONFIG',
    `Cannot open the component: ${problem}. Configure "url" as ${known}.`,
  )
}

function withoutPassword(url: string): string {
  // Up to the last @: a password that was not encoded may hold any character.
  return url.replace(/^([^:]*:\/*).*@/s, '$1***@')
}
