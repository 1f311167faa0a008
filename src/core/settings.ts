import { ConfigException } from '../errors/index.js'

/** The members of a configuration that components read, ours or another package's. */
export interface ConfigReader {
  getAsNullableString(key: string): string | null | undefined
}

/**
 * A setting as text; null when it is missing or empty.
 * @throws ConfigException BAD_CONFIG  no configuration, but an object of settings
 */
export function readText(config: ConfigReader, key: string): string | null {
  if (typeof (config as ConfigReader | null | undefined)?.getAsNullableString !== 'function') {
    throw new ConfigException(
      null,
      'BAD_CONFIG',
      'Cannot configure the component: what was given is no ConfigParams. ' +
        'Make one of an object by ConfigParams.fromValue({ options: { max_page_size: 50 } }).',
    )
  }
  return config.getAsNullableString(key) || null
}

/** A setting that is one of a few words; null when it is missing. @throws ConfigException BAD_CONFIG */
export function readChoice<C extends string>(
  config: ConfigReader,
  key: string,
  choices: readonly C[],
): C | null {
  const text = readText(config, key)
  if (text === null) return null
  if (!choices.includes(text as C))
    throw badSetting(key, text, choices.map((choice) => `"${choice}"`).join(' or '))
  return text as C
}

/**
 * A setting that is a whole number from `least` on (default 1); null when it is missing or no number at all, as in
 * Pip.Services.
 * @throws ConfigException BAD_CONFIG
 */
export function readCount(config: ConfigReader, key: string, least = 1): number | null {
  const text = readText(config, key)
  const count = text === null ? Number.NaN : Number(text)
  if (Number.isNaN(count)) return null
  if (!Number.isInteger(count) || count < least)
    throw badSetting(key, text, `a whole number from ${least} on`)
  return count
}

export function badSetting(key: string, value: unknown, wanted: string): ConfigException {
  return new ConfigException(
    null,
    'BAD_CONFIG',
    `The setting ${key} is "${String(value)}" and must be ${wanted}.`,
  ).withDetails(key, value)
}
