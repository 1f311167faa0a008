import { inspect } from 'node:util'
import { ConfigException } from '../errors/index.js'

/**
 * The options of a tool as they are, once each is known and has a value it can have: a word misspelt would else be taken
 * for the default. `disk` is for tests and is not named.
 * @throws ConfigException BAD_CONFIG
 */
export function toolOptions<O extends object>(
  tool: string,
  options: O,
  known: Readonly<Record<string, readonly unknown[]>>,
): O {
  if (typeof options !== 'object' || options === null)
    throw badOption(`The options of ${tool}() cannot be ${inspect(options)}: give an object, or nothing.`)
  for (const [name, value] of Object.entries(options)) {
    if (name === 'disk') continue
    const values = Object.hasOwn(known, name) ? known[name]! : null
    if (values === null) {
      const names = Object.keys(known).join(', ')
      throw badOption(`${tool}() has no option "${name}". It has ${names === '' ? 'none' : names}.`)
    }
    if (value !== undefined && !values.includes(value)) {
      throw badOption(`"${name}" of ${tool}() cannot be ${inspect(value)}: it takes ${values.join(', ')}.`)
    }
  }
  return options
}

function badOption(message: string): ConfigException {
  return new ConfigException(null, 'BAD_CONFIG', message)
}
