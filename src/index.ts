/** What users import. `test/packaging/exports.test.ts` holds the same list: a public name is a promise. */

export {
  type CallContext,
  CompositeLogger,
  ConfigParams,
  ConsoleLogger,
  Context,
  Descriptor,
  type ICleanable,
  type IClosable,
  type IConfigurable,
  type IContext,
  type IDescriptor,
  type ILogger,
  type IOpenable,
  type IReferenceable,
  type IReferences,
  type IUnreferenceable,
  Logger,
  LogLevel,
  LogLevelConverter,
  ReferenceException,
  References,
} from './component/index.js'
export type { RecoveryReport } from './contract/ChangeLog.js'
export type { Explanation } from './contract/Store.js'
export * from './data/index.js'
export * from './errors/index.js'
export {
  type FieldCondition,
  type Filter,
  type FilterObject,
  type PathOf,
  type Projection,
  path,
  type Sort,
} from './query/Filter.js'
