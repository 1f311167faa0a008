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
export type { IFilteredPageReader } from './contract/IFilteredPageReader.js'
export type { IFilteredReader } from './contract/IFilteredReader.js'
export type { IGetter } from './contract/IGetter.js'
export type { ILoader } from './contract/ILoader.js'
export type { IPartialUpdater } from './contract/IPartialUpdater.js'
export type { IQuerablePageReader } from './contract/IQuerablePageReader.js'
export type { IQuerableReader } from './contract/IQuerableReader.js'
export type { ISaver } from './contract/ISaver.js'
export type { ISetter } from './contract/ISetter.js'
export type { IWriter } from './contract/IWriter.js'
export type {
  Awaitable,
  Explanation,
  IndexDefinition,
  Query,
  Store,
  StoreCapabilities,
  StoreOptions,
} from './contract/Store.js'
export type { IndexFields, IndexOptions } from './core/indexDefinition.js'
export * from './data/index.js'
export * from './errors/index.js'
export type { Durability } from './file/FileOptions.js'
export { FilePersistence } from './file/FilePersistence.js'
export { IdentifiableFilePersistence } from './file/IdentifiableFilePersistence.js'
export { JsonFilePersister, type JsonFilePersisterOptions } from './file/JsonFilePersister.js'
export { type SalvageReport, type SalvageWhat, salvage } from './file/salvage.js'
export { type VerifyReport, verify } from './file/verify.js'
export { IdentifiableMemoryPersistence } from './memory/IdentifiableMemoryPersistence.js'
export { MemoryPersistence } from './memory/MemoryPersistence.js'
export type { CopyOptions } from './persistence/copyItems.js'
export {
  IdentifiablePersistence,
  type IdentifiablePersistenceOptions,
  type StoreFactory,
} from './persistence/IdentifiablePersistence.js'
export type {
  Condition,
  ParsedFilter,
  ParsedSort,
  Path,
  Place,
  Scalar,
  SortKey,
  ValueCondition,
  ValueTest,
} from './query/Condition.js'
export { compileCondition } from './query/compileCondition.js'
export {
  type FieldCondition,
  type Filter,
  type FilterObject,
  type PathOf,
  type Projection,
  path,
  type Sort,
} from './query/Filter.js'
export type { Paging, TokenizedPaging } from './query/paging.js'
export { project } from './query/projection.js'
export { compareBy, compareToPlace } from './query/sort.js'
