import { ConfigParams } from '../component/index.js'
import { readText } from '../core/settings.js'
import type { IIdentifiable } from '../data/index.js'
import { IdentifiablePersistence } from '../persistence/IdentifiablePersistence.js'

/**
 * `IdentifiablePersistence` on SQLite. Besides its config keys, those of Pip.Services: `connection.database`, the path
 * of the file, or `connection.uri`, a URL that begins with `file:`.
 */
export class IdentifiableSqlitePersistence<
  T extends IIdentifiable<K>,
  K extends string | number = string,
> extends IdentifiablePersistence<T, K> {
  /** @throws ConfigException BAD_CONFIG */
  override configure(config: ConfigParams): void {
    super.configure(config)
    const url = sqliteUrl(readText(config, 'connection.database'), readText(config, 'connection.uri'))
    if (url !== null) super.configure(ConfigParams.fromTuples('url', url))
  }
}

function sqliteUrl(path: string | null, uri: string | null): string | null {
  if (uri?.startsWith('file:')) return `sqlite:${uri.slice('file:'.length)}`
  return uri === null && path !== null ? `sqlite:${path}` : null
}
