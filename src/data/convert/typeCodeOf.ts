import { TypeCode } from '../TypeCode.js'

/** The type of a value: whole numbers are `Long`, others `Double`; functions and the rest are `Object`. */
export function typeCodeOf(value: unknown): TypeCode {
  if (value === null || value === undefined) return TypeCode.Unknown
  if (Array.isArray(value)) return TypeCode.Array
  if (value instanceof Date) return TypeCode.DateTime
  switch (typeof value) {
    case 'boolean':
      return TypeCode.Boolean
    case 'number':
      return Number.isInteger(value) ? TypeCode.Long : TypeCode.Double
    case 'string':
      return TypeCode.String
    case 'object':
      return TypeCode.Map
    default:
      return TypeCode.Object
  }
}
