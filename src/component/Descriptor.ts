import { ConfigException } from '../errors/index.js'

/** What a descriptor is known by, ours or that of the Pip.Services packages. */
export interface IDescriptor {
  getGroup(): string | null
  getType(): string | null
  getKind(): string | null
  getName(): string | null
  getVersion(): string | null
}

type Fields = readonly (string | null)[]

/** Locates components by five fields: `myservice:persistence:memory:default:1.0`. `*` or null stands for anything. */
export class Descriptor implements IDescriptor {
  static {
    // The References of Pip.Services know a descriptor by the name of its class, which a minifier would change.
    Object.defineProperty(Descriptor, 'name', { value: 'Descriptor', configurable: true })
  }

  readonly #fields: Fields

  constructor(
    group: string | null,
    type: string | null,
    kind: string | null,
    name: string | null,
    version: string | null,
  ) {
    this.#fields = [group, type, kind, name, version].map((field) => (!field || field === '*' ? null : field))
  }

  getGroup(): string | null {
    return this.#fields[0] ?? null
  }

  getType(): string | null {
    return this.#fields[1] ?? null
  }

  getKind(): string | null {
    return this.#fields[2] ?? null
  }

  getName(): string | null {
    return this.#fields[3] ?? null
  }

  getVersion(): string | null {
    return this.#fields[4] ?? null
  }

  /** Whether all fields agree; null on either side agrees with anything. */
  match(descriptor: IDescriptor): boolean {
    const other = fieldsOf(descriptor)
    return this.#fields.every((field, i) => field === null || other[i] === null || field === other[i])
  }

  /** Whether all fields are equal; null equals only null. */
  exactMatch(descriptor: IDescriptor): boolean {
    const other = fieldsOf(descriptor)
    return this.#fields.every((field, i) => field === other[i])
  }

  /** Whether no field is null. */
  isComplete(): boolean {
    return this.#fields.every((field) => field !== null)
  }

  /** `match` for anything that has the getters of a descriptor; `false` for the rest. */
  equals(value: unknown): boolean {
    return isDescriptor(value) && this.match(value)
  }

  /** `group:type:kind:name:version`, null as `*`. */
  toString(): string {
    return this.#fields.map((field) => field ?? '*').join(':')
  }

  /**
   * Parses `group:type:kind:name:version`; null or `''` gives null.
   * @throws ConfigException BAD_DESCRIPTOR  the text has not five fields
   */
  static fromString(value: string | null): Descriptor | null {
    if (value === null || value === undefined || value.length === 0) return null
    const [group = null, type = null, kind = null, name = null, version = null, ...more] = value.split(':')
    if (version === null || more.length > 0) {
      throw new ConfigException(
        null,
        'BAD_DESCRIPTOR',
        `Cannot read the descriptor "${value}": it must be group:type:kind:name:version, with * for any.`,
      ).withDetails('descriptor', value)
    }
    return new Descriptor(group, type, kind, name, version)
  }
}

/** Whether a value has the getters of a descriptor. */
export function isDescriptor(value: unknown): value is IDescriptor {
  if (typeof value !== 'object' || value === null) return false
  const { getGroup, getType, getKind, getName, getVersion } = value as Partial<IDescriptor>
  return [getGroup, getType, getKind, getName, getVersion].every((method) => typeof method === 'function')
}

/** Whether two descriptors, of any package, agree. */
export function descriptorsMatch(one: IDescriptor, other: IDescriptor): boolean {
  const [group = null, type = null, kind = null, name = null, version = null] = fieldsOf(one)
  return new Descriptor(group, type, kind, name, version).match(other)
}

function fieldsOf(value: IDescriptor): Fields {
  return [value.getGroup(), value.getType(), value.getKind(), value.getName(), value.getVersion()]
}
