// biome-ignore-all lint/suspicious/noExplicitAny: configurations are read from anything, as in Pip.Services
import { entriesOf, pairsOf, putEntry } from '../data/entries.js'
import { parseLine, putTexts, StringValueMap } from '../data/StringValueMap.js'
import { ConfigException } from '../errors/index.js'

/** A configuration: texts under dotted names, such as `options.max_page_size`. */
export class ConfigParams extends StringValueMap {
  /** What stands before the first dot of each name, each once, in order. */
  getSectionNames(): string[] {
    const names = new Set<string>()
    for (const key of Object.keys(this)) {
      const dot = key.indexOf('.')
      names.add(dot > 0 ? key.slice(0, dot) : key)
    }
    return [...names]
  }

  /** The entries under `section.`, by the rest of their names. Case counts. */
  getSection(section: string): ConfigParams {
    const result = new ConfigParams()
    const prefix = `${section}.`
    for (const [key, value] of Object.entries(this)) {
      if (key.startsWith(prefix)) putEntry(result, key.slice(prefix.length), value)
    }
    return result
  }

  /** Adds entries under `section.`; `''` adds them as they are. */
  addSection(section: string, sectionParams: ConfigParams): void {
    if (section === null || section === undefined) {
      throw new TypeError(
        'addSection() needs the name of the section; use append() to add entries as they are',
      )
    }
    for (const [key, value] of entriesOf(sectionParams)) {
      const name = section === '' || key === '' ? section + key : `${section}.${key}`
      putTexts(this, [[name, value]])
    }
  }

  /** A new configuration: these entries and `configParams`, which win. */
  override(configParams: ConfigParams): ConfigParams {
    return ConfigParams.fromMaps(this, configParams)
  }

  /** A new configuration: these entries, and those of the defaults that are missing here. A null entry is not missing. */
  setDefaults(defaultConfigParams: ConfigParams): ConfigParams {
    return ConfigParams.fromMaps(defaultConfigParams, this)
  }

  override clone(): any {
    return new ConfigParams(this)
  }

  /**
   * From an object or an array, at any depth: `{ options: { max_page_size: 5 } }` becomes the entry
   * `options.max_page_size`. Functions, and objects and arrays without entries, leave none.
   * @throws ConfigException BAD_CONFIG  the object contains itself
   */
  static override fromValue(value: any): ConfigParams {
    const result = new ConfigParams()
    if (typeof value === 'object' && value !== null) addNested(result, '', value, [])
    return result
  }

  static override fromTuples(...tuples: any[]): ConfigParams {
    return ConfigParams.fromTuplesArray(tuples)
  }

  static override fromTuplesArray(tuples: any[] | null): ConfigParams {
    return putTexts(new ConfigParams(), pairsOf(tuples))
  }

  /** Parses `name=value;name=value`, see `StringValueMap.fromString`. */
  static override fromString(line: string | null): ConfigParams {
    return putTexts(new ConfigParams(), parseLine(line))
  }

  static override fromMaps(...maps: any[]): ConfigParams {
    const result = new ConfigParams()
    for (const map of maps) putTexts(result, entriesOf(map))
    return result
  }

  /** All entries of the configurations; of a name that occurs twice, the last. */
  static mergeConfigs(...configs: ConfigParams[]): ConfigParams {
    return ConfigParams.fromMaps(...configs)
  }
}

function addNested(result: ConfigParams, path: string, value: object, outer: object[]): void {
  if (outer.includes(value)) {
    throw new ConfigException(
      null,
      'BAD_CONFIG',
      `Cannot read a configuration from the object: what stands at "${path}" contains itself. Remove the cycle.`,
    )
  }
  for (const [key, each] of Object.entries(value)) {
    const name = path === '' ? key : `${path}.${key}`
    if (typeof each === 'function') continue
    if (typeof each !== 'object' || each === null || each instanceof Date) putTexts(result, [[name, each]])
    else addNested(result, name, each, [...outer, value])
  }
}
