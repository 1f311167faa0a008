import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import ts from 'typescript'
import { describe, expect, test } from 'vitest'
import { root } from './project.js'

/** Every public name of the package's main entry. Adding one is a promise; taking one away breaks users. */
const publicNames = {
  'items and queries': `IIdentifiable IStringIdentifiable ICloneable INamed IChangeable ITrackable IVersioned
    FilterParams StringValueMap AnyValue AnyValueArray AnyValueMap PagingParams TokenizedPagingParams SortParams SortField
    ProjectionParams DataPage TokenizedDataPage IdGenerator TypeCode
    Filter FilterObject FieldCondition Sort Projection PathOf path
    Paging TokenizedPaging
    IndexFields IndexOptions Explanation RecoveryReport`,
  components: `ConfigParams IConfigurable IReferenceable IUnreferenceable IReferences References IOpenable IClosable
    ICleanable IContext CallContext Context Descriptor IDescriptor ILogger Logger LogLevel LogLevelConverter ConsoleLogger
    CompositeLogger ReferenceException`,
  'reading and writing': `ILoader ISaver IGetter ISetter IWriter IPartialUpdater IFilteredReader IFilteredPageReader
    IQuerableReader IQuerablePageReader`,
  persistences: `MemoryPersistence IdentifiableMemoryPersistence FilePersistence IdentifiableFilePersistence
    JsonFilePersister JsonFilePersisterOptions Durability IdentifiablePersistence IdentifiablePersistenceOptions
    CopyOptions StoreCapabilities`,
  'stores of one’s own': `Store StoreFactory StoreOptions Awaitable IndexDefinition Query Place Condition ParsedFilter
    ParsedSort Path Scalar SortKey ValueCondition ValueTest compileCondition compareBy compareToPlace project`,
  tools: 'verify VerifyReport salvage SalvageReport SalvageWhat',
  errors: `ApplicationException BadRequestException ConfigException ConflictException ConnectionException FileException
    InvalidStateException UnsupportedException`,
}

const program = ts.createProgram([join(root, 'src/index.ts')], {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  types: ['node'],
  noEmit: true,
})
const checker = program.getTypeChecker()

/** Each name that the module at `path` exports, with the source file that declares it. */
function exportsOf(path: string): Map<string, string> {
  const file = program.getSourceFile(join(root, path))
  const module = file && checker.getSymbolAtLocation(file)
  if (!module) throw new Error(`${path} is not a module of the program`)
  return new Map(
    checker.getExportsOfModule(module).map((symbol) => {
      const declared = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol
      return [symbol.name, relative(root, declared.declarations?.[0]?.getSourceFile().fileName ?? '')]
    }),
  )
}

describe('src/index.ts', () => {
  const exported = exportsOf('src/index.ts')

  test('exports the public names and nothing else', () => {
    const names = Object.values(publicNames).flatMap((list) => list.split(/\s+/))
    expect([...exported.keys()].sort()).toEqual(names.sort())
  })

  test('takes a class or interface from the file of its name', () => {
    // Small families share a file: the kinds of exceptions, and a type that belongs to an interface.
    const families = ['src/errors/exceptions.ts', 'src/component/IContext.ts', 'src/component/Descriptor.ts']
    const together = [
      'src/query/Filter.ts',
      'src/query/paging.ts',
      'src/contract/Store.ts',
      'src/contract/ChangeLog.ts',
      'src/core/indexDefinition.ts',
      'src/file/FileOptions.ts',
      'src/file/JsonFilePersister.ts',
      'src/persistence/IdentifiablePersistence.ts',
      'src/persistence/copyItems.ts',
      'src/file/salvage.ts',
      'src/file/verify.ts',
      'src/query/Condition.ts',
      'src/query/projection.ts',
      'src/query/sort.ts',
    ]
    const strays = [...exported].filter(
      ([name, file]) => ![...families, ...together].includes(file) && !file.endsWith(`/${name}.ts`),
    )
    expect(strays).toEqual([])
  })
})

describe('package.json', () => {
  const { exports, typesVersions } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const subPaths = Object.keys(exports).filter((path) => path !== '.' && path !== './package.json')

  test('names a sub-path for each public folder, and a source for each sub-path', () => {
    const folders = ['sqlite', 'postgres', 'testing'].filter((f) =>
      existsSync(join(root, 'src', f, 'index.ts')),
    )
    expect(subPaths.sort()).toEqual(folders.map((folder) => `./${folder}`).sort())
  })

  test('gives the same files under each name: types beside code, CommonJS beside ES modules', () => {
    for (const path of ['.', ...subPaths]) {
      const base = path === '.' ? 'index' : `${path.slice(2)}/index`
      expect(exports[path]).toEqual({
        import: { types: `./dist/${base}.d.ts`, default: `./dist/${base}.js` },
        require: { types: `./dist/cjs/${base}.d.ts`, default: `./dist/cjs/${base}.js` },
      })
      if (path !== '.') expect(typesVersions['*'][path.slice(2)]).toEqual([`./dist/cjs/${base}.d.ts`])
    }
  })
})

describe('the folders of src', () => {
  // docs/architecture.md has the same list with what each holds.
  const order =
    'testing,sqlite postgres,persistence,sql,file,memory,core,contract,query,component,data,errors'
  const ranks = new Map(order.split(',').flatMap((folders, rank) => folders.split(' ').map((f) => [f, rank])))

  test('are on the map', () => {
    const folders = readdirSync(join(root, 'src'), { withFileTypes: true }).filter((e) => e.isDirectory())
    expect(folders.map((f) => f.name).filter((name) => !ranks.has(name))).toEqual([])
  })

  test('import only from folders below them', () => {
    const upward = arrows().filter(({ from, to }) => (ranks.get(to) ?? 99) < (ranks.get(from) ?? 99))
    expect(upward.filter((arrow) => !allowed.has(`${arrow.file} ${arrow.to}`))).toEqual([])
  })
})

/** Imports that point up the map on purpose, as `file folder`. */
const allowed = new Set([
  // The one place that knows all stores; it loads these two when they are used.
  'persistence/storeFromUrl.ts sqlite',
  'persistence/storeFromUrl.ts postgres',
])

interface Arrow {
  readonly file: string
  readonly from: string
  readonly to: string
}

/** Imports from one folder of src into another. Types count too: they decide what can be understood alone. */
function arrows(): Arrow[] {
  const src = join(root, 'src')
  const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((file) =>
    /[/\\].*\.ts$/.test(file),
  )
  return files.flatMap((file) => {
    const { importedFiles } = ts.preProcessFile(readFileSync(join(src, file), 'utf8'))
    return importedFiles
      .filter(({ fileName }) => fileName.startsWith('.'))
      .map(({ fileName }) => relative(src, join(src, dirname(file), fileName)))
      .map((target) => ({ file, from: folderOf(file), to: folderOf(target) }))
      .filter(({ from, to }) => from !== to)
  })
}

function folderOf(path: string): string {
  return path.split(/[/\\]/)[0] ?? ''
}
