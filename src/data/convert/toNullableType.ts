import { AnyValueArray } from '../AnyValueArray.js'
import { AnyValueMap } from '../AnyValueMap.js'
import { TypeCode } from '../TypeCode.js'
import { toNullableBoolean } from './toNullableBoolean.js'
import { toNullableDateTime } from './toNullableDateTime.js'
import { toNullableDouble } from './toNullableDouble.js'
import { toNullableLong } from './toNullableLong.js'
import { toNullableString } from './toNullableString.js'

/** The value as the type asked for, `null` when it has no such form. Types without a converter leave it as it is. */
export function toNullableType(type: TypeCode, value: unknown): unknown {
  if (value === null || value === undefined) return null
  switch (type) {
    case TypeCode.String:
      return toNullableString(value)
    case TypeCode.Boolean:
      return toNullableBoolean(value)
    case TypeCode.Integer:
    case TypeCode.Long:
      return toNullableLong(value)
    case TypeCode.Float:
    case TypeCode.Double:
      return toNullableDouble(value)
    case TypeCode.DateTime:
      return toNullableDateTime(value)
    case TypeCode.Array:
      return [...AnyValueArray.fromValue(value)]
    case TypeCode.Map:
      return typeof value === 'object' ? AnyValueMap.fromValue(value).getAsObject() : null
    default:
      return value
  }
}
