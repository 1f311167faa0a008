import { ConfigParams } from '../component/index.js'
import { type ConfigReader, readText } from '../core/settings.js'
import type { IIdentifiable } from '../data/index.js'
import { IdentifiablePersistence } from '../persistence/IdentifiablePersistence.js'

/**
 * `IdentifiablePersistence` on PostgreSQL. Besides its config keys, those of Pip.Services: `connection.host`, `.port`
 * (default 5432), `.database`, `credential.username`, `.password`, or `connection.uri` with all of them.
 */
export class IdentifiablePostgresPersistence<
  T extends IIdentifiable<K>,
  K extends string | number = string,
> extends IdentifiablePersistence<T, K> {
  /** @throws ConfigException BAD_CONFIG */
  override configure(config: ConfigParams): void {
    super.configure(config)
    const host = readText(config, 'connection.host')
    if (host === null || readText(config, 'connection.uri') !== null) return
    super.configure(ConfigParams.fromTuples('url', postgresUrl(host, config)))
  }
}

function postgresUrl(host: string, config: ConfigReader): string {
  const port = readText(config, 'connection.port') ?? '5432'
  const database = encodeURIComponent(readText(config, 'connection.database') ?? '')
  const user = readText(config, 'credential.username') ?? readText(config, 'credential.user')
  const password = readText(config, 'credential.password') ?? readText(config, 'credential.pass')
  const secret = password === null ? '' : `:${encodeURIComponent(password)}`
  const login = user === null ? '' : `${encodeURIComponent(user)}${secret}@`
  return `postgres://${login}${host}:${port}/${database}`
}
